defmodule Linx.Netlink.Generic.Devlink.Fmsg do
  @moduledoc """
  Value that a driver composes of objects, lists and simple values: a diagnosis or a dump of a health
  reporter.

  Kernel side: `DEVLINK_ATTR_FMSG*` of `include/uapi/linux/devlink.h`, `devlink_fmsg_*` of
  `net/devlink/health.c`. The value is a sequence of attributes, which may continue in the next message.
  """

  use Linx.Netlink.Codec

  # DEVLINK_ATTR_FMSG_*.
  @object 107
  @pair 108
  @list 109
  @close 110
  @name 111
  @type_of 112
  @data 113

  codec do
    unknown :attributes
  end

  @doc """
  The value of the attributes of all parts, one behind the other. `nil` for none, and a list for several.

      iex> alias Linx.Netlink.Generic.Devlink.Fmsg
      iex> Fmsg.value([{107, ""}, {108, ""}, {111, "n\\0"}, {112, <<1>>}, {113, <<5>>}, {110, ""}, {110, ""}])
      %{"n" => 5}
  """
  @spec value([{0..0xFFFF, binary()}]) :: term()
  def value(attributes) do
    case values(attributes, []) do
      {[], _rest} -> nil
      {[value], _rest} -> plain(value)
      {values, _rest} -> list(values)
    end
  end

  # Values up to the end of the nest. Names stand before values as `{:name, text}`.
  defp values([{id, payload} | rest], values) do
    case id do
      @close -> {Enum.reverse(values), rest}
      @object -> nest(rest, values, &object/1)
      @pair -> nest(rest, values, &pair/1)
      @list -> nest(rest, values, &list/1)
      @name -> values(rest, [{:name, text(payload)} | values])
      @type_of -> typed(payload, rest, values)
      _other -> values(rest, values)
    end
  end

  defp values([], values), do: {Enum.reverse(values), []}

  defp nest(rest, values, make) do
    {inner, rest} = values(rest, [])
    values(rest, [make.(inner) | values])
  end

  # A binary is a list of its parts.
  defp list([{:bytes, _} | _] = parts), do: for({:bytes, bytes} <- parts, into: <<>>, do: bytes)
  defp list(values), do: Enum.map(values, &plain/1)

  # An object holds pairs, and simple values behind their names.
  defp object(values), do: object(values, %{})
  defp object([{:pair, name, value} | rest], map), do: object(rest, Map.put(map, name, value))

  defp object([{:name, name}, value | rest], map),
    do: object(rest, Map.put(map, name, plain(value)))

  defp object([_other | rest], map), do: object(rest, map)
  defp object([], map), do: map

  defp pair([{:name, name}, value]), do: {:pair, name, plain(value)}
  defp pair([{:name, name} | values]), do: {:pair, name, list(values)}
  defp pair(values), do: values

  defp plain({:bytes, bytes}), do: bytes
  defp plain(value), do: value

  defp typed(<<type>>, [{@data, payload} | rest], values),
    do: values(rest, [data(type, payload) | values])

  defp typed(_type, rest, values), do: values(rest, values)

  # DEVLINK_VAR_ATTR_TYPE_*.
  defp data(1, <<number::native-8>>), do: number
  defp data(2, <<number::native-16>>), do: number
  defp data(3, <<number::native-32>>), do: number
  defp data(4, <<number::native-64>>), do: number
  defp data(6, <<number::native-8>>), do: number != 0
  defp data(type, payload) when type in [5, 10], do: text(payload)
  defp data(11, payload), do: {:bytes, payload}
  defp data(_unknown, payload), do: payload

  defp text(payload), do: payload |> :binary.split(<<0>>) |> hd()
end

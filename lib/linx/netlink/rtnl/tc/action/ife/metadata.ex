defmodule Linx.Netlink.Rtnl.Tc.Action.Ife.Metadata do
  @moduledoc """
  Metadata of packets: a number of 2 or 4 bytes in host order, or no byte for that of each packet.

  Kernel side: `IFE_META_*` of `include/uapi/linux/ife.h`.
  """

  use Linx.Netlink.Codec

  codec prefix: "IFE_META_" do
    attr 1, :skbmark, :binary, "mark"
    attr 3, :prio, :binary, "priority"
    attr 5, :tcindex, :binary, "index of traffic control"
  end

  @fields %{mark: {:skbmark, 32}, prio: {:prio, 32}, tcindex: {:tcindex, 16}}

  @doc false
  @spec cast_allow(term()) :: {:ok, map()} | :error
  def cast_allow(names) do
    if is_list(names) and not List.improper?(names) and
         Enum.all?(names, &is_map_key(@fields, &1)),
       do: {:ok, Map.new(names, &{elem(@fields[&1], 0), <<>>})},
       else: :error
  end

  @doc false
  @spec cast_use(term()) :: {:ok, map()} | :error
  def cast_use(values) do
    if is_list(values) and not List.improper?(values) and Enum.all?(values, &value?/1) do
      {:ok,
       Map.new(values, fn {name, value} ->
         {field, bits} = @fields[name]
         {field, <<value::native-size(bits)>>}
       end)}
    else
      :error
    end
  end

  defp value?({name, value}) when is_map_key(@fields, name) and is_integer(value),
    do: value >= 0 and value < Integer.pow(2, elem(@fields[name], 1))

  defp value?(_other), do: false
end

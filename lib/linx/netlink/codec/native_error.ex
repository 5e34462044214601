defmodule Linx.Netlink.Codec.NativeError do
  @moduledoc false
  # The text of errors of the native codec, which returns them as atoms and tuples
  # (`native/linx_nif/src/codec/fault.rs`, `native/linx_nif/src/frame.rs`).

  alias Linx.Netlink.Codec.Secret

  # The longest text of a value in a message, in characters.
  @shown 60
  # The most names that a message lists.
  @listed 40
  # `MAX_DEPTH` of `native/linx_wire/src/schema.rs`.
  @max_depth 32

  @doc """
  The value of `{:ok, value}`. Raises `ArgumentError` for `{:error, error}`.
  """
  @spec ok!({:ok, value} | {:error, term()}) :: value when value: term()
  def ok!({:ok, value}), do: value
  def ok!({:error, error}), do: raise(ArgumentError, message(error))

  @doc """
  The text of an error.
  """
  @spec message(term()) :: String.t()
  def message({:encode, module, field, problem}) do
    problem =
      if Secret.field?(module, field), do: "not a value of its type", else: problem(problem)

    "#{inspect(module)}: cannot encode field #{inspect(field)}: #{problem}"
  end

  def message({:bad_length, unit, offset, length, room}),
    do: "#{unit} of length #{length} at offset #{offset} does not fit in its #{room} bytes"

  def message(:too_deep), do: "attributes are nested deeper than #{@max_depth} levels"
  def message(:exhausted), do: "the value is too large"

  def message({:not_attr_type, term}), do: "not an attribute type: #{show(term)}"

  def message({:not_attr_payload, type, term}),
    do: "the payload of attribute #{type} is not iodata: #{show(term)}"

  def message({:attr_too_long, size}), do: problem({:too_long, size})
  def message({:not_msg_type, term}), do: "not a message type: #{show(term)}"
  def message({:not_msg_flags, term}), do: "not the flags of a message: #{show(term)}"
  def message({:not_seq, term}), do: "not a sequence number: #{show(term)}"
  def message({:not_port, term}), do: "not a port id: #{show(term)}"

  def message({:not_msg_payload, term}),
    do: "the payload of a message is not iodata: #{show(term)}"

  def message({:msg_too_long, size}),
    do: "a message of #{size} bytes does not fit its 32-bit length"

  def message({:schema, module, reason}), do: "#{inspect(module)}: #{schema(reason)}"
  def message({:description, term}), do: "not part of a codec: #{show(term)}"

  def message({:no_field, module, field}),
    do: "the struct #{inspect(module)} has no field #{inspect(field)}"

  defp problem({:type, expected, value}), do: "#{show(value)} is not #{expected(expected)}"
  defp problem({:range, value, scalar}), do: "#{show(value)} does not fit #{inspect(scalar)}"
  defp problem(:nul), do: "a string must not contain a NUL byte"

  defp problem({:no_type, field, value}),
    do: "no codec registered for #{show(value)}, the value of #{inspect(field)}"

  defp problem(:no_selector), do: "no enclosing struct has the field that the type depends on"

  defp problem({:too_long, size}),
    do: "an attribute of #{size} bytes does not fit its 16-bit length (at most 65531)"

  defp problem(:too_deep), do: "values are nested deeper than #{@max_depth} levels"

  defp expected(:integer), do: "an integer"

  defp expected({:integer, names}),
    do: "an integer or one of #{names |> Enum.take(@listed) |> Enum.map_join(", ", &inspect/1)}"

  defp expected(:binary), do: "a binary"
  defp expected({:binary, size}), do: "a binary of #{size} bytes"
  defp expected(:string), do: "a string"
  defp expected(:flag), do: "true, false or nil"
  defp expected(:list), do: "a list"
  defp expected(:bitfield32), do: "a pair of value and selector"
  defp expected(:attribute), do: "a pair of type and payload"
  defp expected(:attribute_type), do: "an attribute type"
  defp expected(:numbered), do: "a pair of attribute number and value"
  defp expected(:attribute_number), do: "an attribute number in 0..0x3FFF"
  defp expected(:ip), do: "a %Linx.IP{} of 4 or 16 bytes"
  defp expected(:mac), do: "a %Linx.MAC{} of 6 bytes"

  defp expected(:link_address),
    do: "a %Linx.MAC{} or a %Linx.LinkAddress{} of 1 to 32 bytes"

  defp expected(:sockaddr),
    do: "a socket address: {%Linx.IP{}, port}, {%Linx.IP{}, port, scope_id} for IPv6, or a binary"

  defp expected(:packet_hw),
    do: "a %Linx.MAC{} or a %Linx.LinkAddress{} of 1 to 8 bytes"

  defp expected({:struct, module}), do: "a %#{inspect(module)}{}"
  defp expected({:field, field}), do: "a struct with a field #{inspect(field)}"

  defp schema(:no_set), do: "refers to a set that does not exist"

  defp schema(:inline_set),
    do: "a group holds attributes only: no header, no group, no unknown"

  defp schema(:struct_array), do: "packed structs have a header and nothing else"

  defp schema(:length_prefixed),
    do: "entries of a chain begin with their length, a field of type :u16"

  defp schema(:fixed_array), do: "packed values have a width"

  defp schema(:selector),
    do: "a field that others depend on holds an integer, a string or bytes"

  defp schema(:too_many_attrs), do: "too many attributes"

  defp show(term) do
    text = inspect(term, limit: @listed, printable_limit: @shown)

    case String.split_at(text, @shown) do
      {_all, ""} -> text
      {start, _rest} -> start <> "…"
    end
  end
end

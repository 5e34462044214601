defmodule Linx.Netlink.Codec.Engine do
  @moduledoc false
  # Encodes and decodes the structs of codec modules, by the native engine.

  import Linx.Netlink.Codec.NativeError, only: [ok!: 1]
  import Linx.Netlink.Native, only: [is_large: 1]

  alias Linx.Netlink.Codec.{Cache, CustomTypes, Heap}
  alias Linx.Netlink.Native

  # Bytes of messages from which on a larger heap pays.
  @large 128 * 1024
  # How many words of structs are decoded at once for a stream, and how many are left for what
  # its user makes of them. Together with other terms, the heap stays below the 512 KiB from which on
  # the VM allocates every heap from the system.
  @some 16_000
  @spare 10_000

  @typedoc "A field, the index of an element in a list, or an undeclared attribute's number."
  @type step :: atom() | non_neg_integer()

  @doc """
  Encodes a struct of `module`. Raises `ArgumentError` if a value does not fit.
  """
  @spec encode(module(), struct()) :: binary()
  def encode(module, struct) do
    {native, traversal} = Cache.fetch(module)
    struct = CustomTypes.encode(traversal, struct)

    case Native.encode(native, struct) do
      :dirty -> native |> Native.encode_dirty(struct) |> ok!()
      encoded -> ok!(encoded)
    end
  end

  @doc """
  Decodes a body to a struct of `module`. Raises `ArgumentError` for
  inconsistent lengths.

  Attributes and groups named in `skip` are passed over, and stay as they are in
  an empty struct.
  """
  @spec decode(module(), binary(), [atom()]) :: struct()
  def decode(module, body, skip \\ []) do
    {native, traversal} = Cache.fetch(module, skip)
    CustomTypes.decode(traversal, ok!(decode_body(native, body)))
  end

  defp decode_body(native, body) when is_large(body), do: Native.decode_dirty(native, body)

  defp decode_body(native, body) do
    with :dirty <- Native.decode(native, body), do: Native.decode_dirty(native, body)
  end

  @doc """
  Decodes the payload of the first of raw messages, each with its header; `nil` if there is none.

  One struct is decoded alone, as by `decode/3`: what `decode_messages/3` prepares pays from a few
  similar ones on.
  """
  @spec decode_first(module(), binary(), [atom()]) :: struct() | nil
  def decode_first(module, messages, skip \\ [])
  def decode_first(_module, <<>>, _skip), do: nil

  # struct nlmsghdr begins with the length of the message.
  def decode_first(module, <<len::native-32, _::96, rest::binary>>, skip)
      when len >= 16 and len - 16 <= byte_size(rest),
      do: decode(module, binary_part(rest, 0, len - 16), skip)

  @doc """
  Decodes the payloads of raw messages to structs of `module`, in order.

  `messages` are whole messages, each with its header and padding, back to
  back; types are not looked at. The caller's heap is sized for a large result
  while this runs, since a heap that has to grow on the way costs more than
  everything else. Raises `ArgumentError` for inconsistent lengths.

  Attributes and groups named in `skip` are passed over, and stay as they are in
  an empty struct.
  """
  @spec decode_messages(module(), binary(), [atom()]) :: [struct()]
  def decode_messages(module, messages, skip \\ []),
    do: module |> decode_list(messages, skip) |> elem(0)

  @doc """
  The structs that `decode_messages/3` returns, and about how many words of heap a large list of them
  takes.
  """
  @spec decode_list(module(), binary(), [atom()]) :: {[struct()], non_neg_integer()}
  def decode_list(module, messages, skip) do
    {native, traversal} = Cache.fetch(module, skip)
    {structs, words} = read(native, messages)
    {convert(traversal, structs), words}
  end

  @doc """
  The structs of a part of the messages of a large list, for which the caller's heap has room, and
  about how many words of it they take.
  """
  @spec decode_slice(module(), binary(), [atom()]) :: {[struct()], non_neg_integer()}
  def decode_slice(module, messages, skip) do
    {native, traversal} = Cache.fetch(module, skip)
    {structs, words} = whole(native, messages)
    {convert(traversal, structs), words}
  end

  defp read(native, messages) when byte_size(messages) >= @large,
    do: fill(native, messages, {[], byte_size(messages), 0})

  defp read(native, messages) when is_large(messages), do: whole(native, messages)

  defp read(native, messages) do
    case Native.decode_messages(native, messages) do
      :dirty -> whole(native, messages)
      decoded -> {ok!(decoded), 0}
    end
  end

  defp whole(native, messages) do
    {structs, 0, words} = slice(native, messages, 0, {[], byte_size(messages), 0}, nil)
    {structs, words}
  end

  # Decodes the messages before `to` where the heap has room for them. The room is an estimate. Where
  # it was too small, more is made for the rest: at least half of what was used, so that the first
  # structs are copied a few times at most. Where it was too large, the heap is shrunk.
  defp fill(_native, _messages, {structs, 0, used}), do: {structs, used}

  defp fill(native, messages, {_structs, to, used} = decoded) do
    {estimate, cuts} = native |> Native.measure(messages, to) |> ok!()
    room = max(estimate, div(used, 2))

    decoded = Heap.with_room(room, fn -> slices(native, messages, cuts, decoded, room) end)

    :ok = Heap.shrink(room, elem(decoded, 2) - used)
    fill(native, messages, decoded)
  end

  # From the last slice to the first, as a list is made, until the room is used up.
  defp slices(native, messages, [from | cuts], {_structs, _to, before} = decoded, room) do
    {_structs, to, used} = decoded = slice(native, messages, from, decoded, room)
    room = room - (used - before)

    if cuts == [] or to > from or room <= 0,
      do: decoded,
      else: slices(native, messages, cuts, decoded, room)
  end

  defp slice(native, messages, from, {behind, to, used}, room) do
    {structs, first, words} =
      native |> Native.decode_slice(messages, from, to, behind, room) |> ok!()

    {structs, first, used + words}
  end

  @doc """
  The next structs of a stream: of the messages from `offset` on as many as a small heap
  has room for, and the offset of the next one.

  They are garbage by the time of the following ones, and the caller's heap is only swept
  of those.
  """
  @spec decode_some(module(), binary(), non_neg_integer(), [atom()]) ::
          {[struct()], non_neg_integer()}
  def decode_some(module, messages, offset, skip \\ []) do
    {native, traversal} = Cache.fetch(module, skip)

    {structs, offset} =
      Heap.with_room(@some + @spare, fn ->
        case Native.decode_some(native, messages, offset, @some) do
          :dirty -> native |> Native.decode_some_dirty(messages, offset, @some) |> ok!()
          decoded -> ok!(decoded)
        end
      end)

    {convert(traversal, structs), offset}
  end

  defp convert(nil, structs), do: structs
  defp convert(traversal, structs), do: Enum.map(structs, &CustomTypes.decode(traversal, &1))

  @doc """
  The fields down to the attribute, or header field, at `offset` of a body.

      Engine.locate(Link, body, 52) #=> [:linkinfo, :info_data, :id]

  Empty if the offset is beyond the body.
  """
  @spec locate(module(), binary(), non_neg_integer()) :: [step()]
  def locate(module, body, offset) do
    {native, _} = Cache.fetch(module)
    Native.locate(native, body, offset)
  end

  @doc """
  The fields down to the nest at offset `nest` of a body (`nil`: the body
  itself), and the attribute of type `id` that is missing from it.
  """
  @spec missing(module(), binary(), non_neg_integer() | nil, 0..0xFFFF) :: [step()]
  def missing(module, body, nest, id) do
    {native, _} = Cache.fetch(module)
    Native.missing(native, body, nest, id)
  end
end

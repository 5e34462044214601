defmodule Linx.Netlink.Codec.Engine do
  @moduledoc false
  # Between the modules of `codec` blocks and the native engine.
  #
  # A module's schema is described to the native side at its first use, with
  # every module it reaches, and kept in `:persistent_term`. It is described
  # anew when one of them has been recompiled since.

  import Linx.Netlink.Native, only: [is_large: 1]

  alias Linx.Netlink.Codec.{Description, Foreign, Heap}
  alias Linx.Netlink.Native

  # Bytes of messages from which on a larger heap pays.
  @large 128 * 1024
  # How many words of structs are decoded at once for a stream, and how many are left for what
  # its user makes of them. With what else is on it, the heap stays below the 512 KiB from which
  # on the VM gets every heap anew from the system.
  @some 16_000
  @spare 10_000
  # The name of the process that loads schemas, while there is one.
  @loader Module.concat(__MODULE__, Loader)

  @typedoc "A field, the index of an element in a list, or an undeclared attribute's number."
  @type step :: atom() | non_neg_integer()

  @doc """
  Encodes a struct of `module`. Raises `ArgumentError` if a value does not fit.
  """
  @spec encode(module(), struct()) :: binary()
  def encode(module, struct) do
    {native, foreign, _} = schema(module)
    struct = Foreign.encode(foreign, struct)

    case Native.encode(native, struct) do
      :dirty -> native |> Native.encode_dirty(struct) |> ok!()
      encoded -> ok!(encoded)
    end
  end

  @doc """
  Decodes a body to a struct of `module`. Raises `ArgumentError` for
  inconsistent lengths.
  """
  @spec decode(module(), binary()) :: struct()
  def decode(module, body) do
    {native, foreign, _} = schema(module)
    Foreign.decode(foreign, ok!(decode_body(native, body)))
  end

  defp decode_body(native, body) when is_large(body), do: Native.decode_dirty(native, body)

  defp decode_body(native, body) do
    with :dirty <- Native.decode(native, body), do: Native.decode_dirty(native, body)
  end

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
  def decode_messages(module, messages, skip \\ []) do
    {native, foreign, _} = schema(module, skip)
    foreign(foreign, read(native, messages))
  end

  defp read(native, messages) when byte_size(messages) >= @large do
    {words, cuts} = native |> Native.measure(messages) |> ok!()
    Heap.with_room(words, :major, fn -> slices(native, messages, cuts) end)
  end

  defp read(native, messages) when is_large(messages), do: slices(native, messages, [0])

  defp read(native, messages) do
    case Native.decode_messages(native, messages) do
      :dirty -> slices(native, messages, [0])
      decoded -> ok!(decoded)
    end
  end

  # From the last slice to the first, as a list is made.
  defp slices(native, messages, cuts) do
    {structs, 0} =
      Enum.reduce(cuts, {[], byte_size(messages)}, fn from, {behind, to} ->
        {native |> Native.decode_slice(messages, from, to, behind) |> ok!(), from}
      end)

    structs
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
    {native, foreign, _} = schema(module, skip)

    {structs, offset} =
      Heap.with_room(@some + @spare, :minor, fn ->
        case Native.decode_some(native, messages, offset, @some) do
          :dirty -> native |> Native.decode_some_dirty(messages, offset, @some) |> ok!()
          decoded -> ok!(decoded)
        end
      end)

    {foreign(foreign, structs), offset}
  end

  defp foreign(nil, structs), do: structs
  defp foreign(foreign, structs), do: Enum.map(structs, &Foreign.decode(foreign, &1))

  @doc """
  The fields down to the attribute, or header field, at `offset` of a body.

      Engine.locate(Link, body, 52) #=> [:linkinfo, :info_data, :id]

  Empty if the offset is beyond the body.
  """
  @spec locate(module(), binary(), non_neg_integer()) :: [step()]
  def locate(module, body, offset) do
    {native, _, _} = schema(module)
    Native.locate(native, body, offset)
  end

  @doc """
  The fields down to the nest at offset `nest` of a body (`nil`: the body
  itself), and the attribute of type `id` that is missing from it.
  """
  @spec missing(module(), binary(), non_neg_integer() | nil, 0..0xFFFF) :: [step()]
  def missing(module, body, nest, id) do
    {native, _, _} = schema(module)
    native |> Native.missing(body, nest, id) |> ok!()
  end

  # Schemas

  defp schema(module, skip \\ []) do
    key =
      if skip == [], do: {Linx.Netlink.Codec, module}, else: {Linx.Netlink.Codec, module, skip}

    with :error <- loaded(key), do: load(module, skip, key)
  end

  defp loaded(key) do
    with {_, _, parts} = schema <- :persistent_term.get(key, nil),
         true <- Description.current?(parts) do
      schema
    else
      _ -> :error
    end
  end

  # Of many processes that need schemas for the first time one makes them, in a process of
  # that name, and the others wait: modules have to be loaded for it, and to replace what is
  # there, even by its like, costs the VM a look at every process.
  defp load(module, skip, key) do
    case Process.whereis(@loader) do
      nil ->
        {_pid, ref} = spawn_monitor(fn -> load_alone(module, skip, key) end)
        if ended(ref) == :busy, do: schema(module, skip), else: loaded!(module, skip, key)

      loader ->
        _ = ended(Process.monitor(loader))
        schema(module, skip)
    end
  end

  defp ended(ref) do
    receive do: ({:DOWN, ^ref, :process, _, reason} -> reason)
  end

  defp load_alone(module, skip, key) do
    try do
      true = Process.register(self(), @loader)
    rescue
      ArgumentError -> exit(:busy)
    end

    if loaded(key) == :error, do: make(module, skip, key)
  rescue
    # Of a codec that is wrong its user is told, by the same error.
    _ -> :ok
  end

  defp loaded!(module, skip, key),
    do: with(:error <- loaded(key), do: make(module, skip, key))

  defp make(module, skip, key) do
    {description, parts} = Description.of(module, skip)
    schema = {description |> Native.schema_load() |> ok!(), Foreign.plan(module, parts), parts}
    :persistent_term.put(key, schema)
    schema
  end

  defp ok!({:ok, value}), do: value
  defp ok!({:error, text}), do: raise(ArgumentError, text)
end

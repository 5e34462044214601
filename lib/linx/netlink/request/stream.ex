defmodule Linx.Netlink.Request.Stream do
  @moduledoc false
  # A dump as a lazy stream. Its state is the messages that have arrived, the offset of the next one
  # to be decoded, and the reader, or `nil` once the reply has ended.

  alias Linx.Netlink.Error
  alias Linx.Netlink.Request.{Call, Reader}

  # Bytes of the reply that are read before they are decoded.
  @slice 256 * 1024

  @doc """
  A stream of the structs that `decode` returns for messages from an offset on, with the offset of
  the rest. `new` makes the request of each enumeration.
  """
  @spec stream!(
          (() -> {:ok, Call.t()} | {:error, term()}),
          (binary(), offset :: non_neg_integer() -> {list(), non_neg_integer()})
        ) :: Enumerable.t()
  def stream!(new, decode) do
    fn
      {:cont, acc}, fun -> reduce(open!(new.()), decode, acc, fun)
      {:halt, acc}, _fun -> {:halted, acc}
      {:suspend, acc}, fun -> {:suspended, acc, &stream!(new, decode).(&1, fun)}
    end
  end

  # `Stream.resource/3` adds a third to the time that decoding takes.
  defp reduce({<<>>, 0, nil}, _decode, acc, _fun), do: {:done, acc}
  defp reduce({<<>>, 0, open}, decode, acc, fun), do: reduce(next!(open), decode, acc, fun)

  defp reduce({bytes, offset, open}, decode, acc, fun) do
    {structs, offset} = guarded(open, fn -> decode.(bytes, offset) end)
    rest = if offset < byte_size(bytes), do: {bytes, offset, open}, else: {<<>>, 0, open}
    each(fn -> Enumerable.reduce(structs, {:cont, acc}, fun) end, rest, decode, fun)
  end

  # Emits the structs of one decoding, then the rest.
  defp each(structs, {_bytes, _offset, open} = rest, decode, fun) do
    case guarded(open, structs) do
      {:done, acc} ->
        reduce(rest, decode, acc, fun)

      {:halted, acc} ->
        cancel(open)
        {:halted, acc}

      {:suspended, acc, more} ->
        {:suspended, acc, fn command -> each(fn -> more.(command) end, rest, decode, fun) end}
    end
  end

  # Decoding may raise, and so may the caller's function of a struct.
  defp guarded(open, fun) do
    fun.()
  catch
    kind, reason ->
      cancel(open)
      :erlang.raise(kind, reason, __STACKTRACE__)
  end

  defp open!({:error, reason}), do: raise(exception(reason))
  defp open!({:ok, call}), do: {<<>>, 0, Reader.open(call, @slice)}

  defp next!(reader) do
    case Reader.next(reader) do
      {:slice, bytes} -> {bytes, 0, reader}
      {:last, bytes} -> {bytes, 0, nil}
      :interrupted -> raise exception(:dump_interrupted)
      {:error, reason} -> raise exception(reason)
    end
  end

  defp cancel(nil), do: :ok
  defp cancel(reader), do: Reader.close(reader)

  defp exception(%Error{} = error), do: error
  defp exception({_stage, reason}), do: %Error{errno: reason, code: nil}
  defp exception(reason), do: %Error{errno: reason, code: nil}
end

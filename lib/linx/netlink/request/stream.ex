defmodule Linx.Netlink.Request.Stream do
  @moduledoc false
  # A dump as a lazy stream. Its state is the messages that have come, the offset of the next one
  # among them, and the request, or `nil` once its reply has ended.

  alias Linx.Netlink.Error
  alias Linx.Netlink.Request.{Call, InFlight}

  # How many bytes of the reply are read before they are decoded.
  @slice 256 * 1024

  @doc """
  A stream of what `decode` makes of the messages that have come: it returns some, and the offset
  of the rest. `new` makes the request of each enumeration.
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

  # Not with `Stream.resource/3`, which takes a third as long for a struct as to decode it.
  defp reduce({<<>>, 0, nil}, _decode, acc, _fun), do: {:done, acc}
  defp reduce({<<>>, 0, open}, decode, acc, fun), do: reduce(next!(open), decode, acc, fun)

  defp reduce({bytes, offset, open}, decode, acc, fun) do
    {structs, offset} = guarded(open, fn -> decode.(bytes, offset) end)
    rest = if offset < byte_size(bytes), do: {bytes, offset, open}, else: {<<>>, 0, open}
    each(fn -> Enumerable.reduce(structs, {:cont, acc}, fun) end, rest, decode, fun)
  end

  # Structs of one decoding, then the rest.
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

  # Decoding may fail, and so may what the user does with a struct.
  defp guarded(open, fun) do
    fun.()
  catch
    kind, reason ->
      cancel(open)
      :erlang.raise(kind, reason, __STACKTRACE__)
  end

  defp open!({:error, reason}), do: raise(exception(reason))

  defp open!({:ok, call}) do
    case Call.open(call, @slice) do
      {:ok, open} -> {<<>>, 0, open}
      {:error, reason} -> raise exception(reason)
    end
  end

  defp next!({call, request}) do
    if InFlight.pending?(request) do
      bytes = InFlight.take(request)
      {bytes, 0, {call, InFlight.step(request)}}
    else
      case request.answer do
        {:ok, bytes, _count} -> {bytes, 0, nil}
        failed -> raise exception(Call.reason(failed, call))
      end
    end
  end

  defp cancel(nil), do: :ok
  defp cancel({_call, request}), do: InFlight.cancel(request)

  defp exception(%Error{} = error), do: error
  defp exception({_stage, reason}), do: %Error{errno: reason, code: nil}
  defp exception(reason), do: %Error{errno: reason, code: nil}
end

defmodule Linx.Netlink.Request.Dump do
  @moduledoc false
  # A dump as a list of structs.
  #
  # The caller's heap has to have room for the whole list before it is decoded: to enlarge it on the way
  # copies each struct once more, which takes as long as decoding. How much that is can be measured when
  # the whole reply has arrived. Where an earlier list of the same type on the same socket was large, its
  # size is known before: the reply is then decoded while a `Linx.Netlink.Request.Reader` receives it,
  # up to that size, and what is beyond that afterwards.

  alias Linx.Netlink.Codec.{Engine, Heap}
  alias Linx.Netlink.{Socket, Target}
  alias Linx.Netlink.Request.{Call, Reader}

  # Bytes of a reply, and words of its structs, from which on it pays to receive and decode it side by
  # side.
  @large_reply 2 * 1024 * 1024
  @large_list 1024 * 1024

  # Bytes of the slices in which such a reply is read and decoded. The last one is decoded alone, and
  # each costs a tenth of a millisecond.
  @slices {256 * 1024, 1024 * 1024}

  # Words for the messages with slices.
  @spare 4096

  @doc """
  The structs of `module` that a request is answered with, without the attributes named in `skip`.
  """
  @spec list(Call.t(), module(), [atom()]) :: {:ok, [struct()]} | {:error, term()}
  def list(call, module, skip) do
    Target.with_socket(call.sock, call.conn, fn sock ->
      call = %{call | sock: sock, conn: nil}

      case Socket.list_size(sock, call.type) do
        {bytes, words} = size when bytes >= @large_reply and words >= @large_list ->
          side_by_side(call, module, skip, size, call.dump_retries)

        _ ->
          one_by_one(call, module, skip)
      end
    end)
  end

  defp one_by_one(call, module, skip) do
    with {:ok, bytes, _count} <- Call.run(call) do
      {structs, words} = Engine.decode_list(module, bytes, skip)
      {:ok, sized(call, structs, {byte_size(bytes), words})}
    end
  end

  # Joining the lists of slices takes two more words for each struct. The size of a smaller list does
  # not matter, and counting its structs takes a twentieth of its time.
  defp sized(%{sock: sock, type: type}, structs, {bytes, words}) do
    words = if bytes >= @large_reply, do: words + 2 * length(structs), else: words
    :ok = Socket.put_list_size(sock, type, {bytes, words})
    structs
  end

  defp slice(bytes) do
    {least, most} = @slices
    bytes |> div(4) |> max(least) |> min(most)
  end

  defp side_by_side(call, module, skip, {bytes, words} = size, retries) do
    reader = Reader.open(call, slice(bytes))

    result =
      case Reader.next(reader) do
        {:last, bytes} ->
          {structs, words} = Engine.decode_list(module, bytes, skip)
          {:ok, structs, {byte_size(bytes), words}}

        {:slice, bytes} ->
          room = words + div(words, 16) + @spare
          decode = &Engine.decode_slice(module, &1, skip)
          list = &Engine.decode_list(module, &1, skip)
          collect_in(room, reader, bytes, {decode, list})

        failure ->
          failure
      end

    case result do
      {:ok, structs, size} -> {:ok, sized(call, structs, size)}
      :interrupted when retries > 0 -> side_by_side(call, module, skip, size, retries - 1)
      :interrupted -> {:error, :dump_interrupted}
      failure -> failure
    end
  end

  defp collect_in(room, reader, bytes, decoders) do
    result = Heap.with_room(room, fn -> collect(reader, bytes, decoders, room) end)

    with {:ok, _structs, {_bytes, words}} <- result do
      :ok = Heap.shrink(room, words)
      result
    end
  catch
    kind, reason ->
      :ok = Reader.close(reader)
      :erlang.raise(kind, reason, __STACKTRACE__)
  end

  defp collect(reader, bytes, {decode, _list} = decoders, room) do
    {structs, words} = decode.(bytes)
    collect(reader, decoders, room, [structs], {byte_size(bytes), words})
  end

  # Decodes slices while the heap has room for another one.
  defp collect(reader, {decode, list} = decoders, room, lists, {size, words}) do
    case Reader.next(reader) do
      {kind, bytes} when kind in [:slice, :last] ->
        if words + div(words * byte_size(bytes), size) <= room do
          {structs, used} = decode.(bytes)
          {lists, size} = {[structs | lists], {size + byte_size(bytes), words + used}}

          if kind == :last,
            do: {:ok, join(lists), size},
            else: collect(reader, decoders, room, lists, size)
        else
          with {:ok, bytes} <- rest(reader, kind, [bytes]) do
            {structs, used} = list.(bytes)
            {:ok, join([structs | lists]), {size + byte_size(bytes), words + used}}
          end
        end

      failure ->
        failure
    end
  end

  defp rest(_reader, :last, slices), do: {:ok, IO.iodata_to_binary(slices)}

  defp rest(reader, :slice, slices) do
    case Reader.next(reader) do
      {kind, bytes} when kind in [:slice, :last] -> rest(reader, kind, [slices | bytes])
      failure -> failure
    end
  end

  defp join(lists), do: lists |> Enum.reverse() |> :lists.append()
end

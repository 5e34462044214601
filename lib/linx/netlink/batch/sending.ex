defmodule Linx.Netlink.Batch.Sending do
  @moduledoc false
  # Sends the items of a batch, datagram by datagram, and makes a result of each.
  #
  # The native side (`native/linx_nif/src/batch.rs`) makes parts of the items: datagrams, and items that
  # are called at their place between two datagrams. Parts and items are consumed side by side.

  alias Linx.Netlink.{Batch, Error, Message, Native, Target}
  alias Linx.Netlink.Batch.Read
  alias Linx.Netlink.Codec.{Cache, CustomTypes}
  alias Linx.Netlink.Request.{Call, Datagram, Failure}
  alias Linx.Netlink.Socket.Buffers

  @typedoc """
  A datagram with the number of its messages, those of them that read something, and whether each
  message has one item without a function to be applied; or an item that is called or read alone.
  """
  @type part :: {binary(), pos_integer(), [run()], plain :: boolean()} | :call | :alone

  @typedoc "Successive requests that read objects of one schema: the first one and its index."
  @type run :: {non_neg_integer(), pos_integer(), Read.t()}

  @doc """
  Parts of items, for a receive buffer with room for replies of so many bytes. Checks every item.
  """
  @spec parts([Batch.item()], pos_integer()) ::
          {:ok, [part()]} | {:error, {:bad_message, pos_integer()}}
  def parts(items, room) do
    refusal = Buffers.refusal_room()

    case Native.batch_build(items, room, refusal) do
      :dirty -> Native.batch_build_dirty(items, room, refusal)
      built -> built
    end
    |> check(items)
  end

  defp check({:ok, parts, codecs}, items) do
    case Enum.reject(codecs, &Message.codec?/1) do
      [] -> {:ok, parts}
      wrong -> {:error, {:bad_message, first_of(wrong, items)}}
    end
  end

  # An item before that position may have a wrong codec.
  defp check({:error, position, codecs}, items) do
    case Enum.reject(codecs, &Message.codec?/1) do
      [] -> {:error, {:bad_message, position}}
      wrong -> {:error, {:bad_message, first_of(wrong, items)}}
    end
  end

  defp first_of(codecs, items) do
    1 +
      Enum.find_index(items, fn
        {:ok, %{codec: codec}} -> codec in codecs
        %{codec: codec} -> codec in codecs
        _error -> false
      end)
  end

  @doc """
  Sends the parts, and returns a result for each item.
  """
  @spec send([part()], [Batch.item()], Target.t(), pos_integer(), timeout()) :: [Batch.result()]
  def send(parts, items, target, room, timeout),
    do: send_parts(parts, items, %{target: target, room: room, timeout: timeout}, [])

  # The items behind the last part are errors.
  defp send_parts([], items, _way, done), do: :lists.reverse(done, items)

  defp send_parts(parts, [{:error, _reason} = error | items], way, done),
    do: send_parts(parts, items, way, [error | done])

  defp send_parts([{_datagram, count, reads, plain} = part | parts], items, way, done) do
    case exchange(part, way) do
      # The usual case, without a step for each request.
      {:ok, [], [], 0} when plain and reads == [] ->
        send_parts(parts, Enum.drop(items, count), way, oks(count, done))

      {:ok, [], answers, 0} when plain and length(answers) == count ->
        send_parts(parts, Enum.drop(items, count), way, :lists.reverse(answers, done))

      {:ok, refusals, answers, _without} ->
        {items, done} = results(items, 0, count, refusals, indexed(reads, answers), done)
        send_parts(parts, items, way, done)

      {:error, reason} ->
        if reason == {:recv, :enobufs} and reads_only?(reads, count),
          do: send_parts(smaller(items, count, way.room) ++ parts, items, way, done),
          else: fail(items, count, reason, done)
    end
  end

  defp send_parts([part | parts], [item | items], way, done) do
    read = request(item)

    result = if part == :call, do: read.call.(way.target, way.timeout), else: alone(read, way)

    done = [finish(read, result) | done]

    case result do
      {:error, {stage, _reason} = reason} when stage in [:send, :recv] ->
        after_failure(reason, items, done)

      _ ->
        send_parts(parts, items, way, done)
    end
  end

  # Two datagrams of half as many requests, since nothing was changed; one that does not fit with an
  # acknowledgement is read without.
  defp smaller(_items, 1, _room), do: [:alone]

  defp smaller(items, count, room) do
    reads = items |> Stream.reject(&match?({:error, _reason}, &1)) |> Enum.take(count)

    for half <- Tuple.to_list(Enum.split(reads, div(count, 2))),
        {:ok, parts} = parts(half, room),
        part <- parts,
        do: not_plain(part)
  end

  # There may be errors between them.
  defp not_plain({datagram, count, reads, _plain}), do: {datagram, count, reads, false}

  defp alone(read, way) do
    with {:ok, call} <-
           Call.new(way.target, read.type, read.flags, read.payload, timeout: way.timeout),
         do: Call.object(%{call | codec: read.query || read.codec}, read.codec, read.skip)
  end

  # One datagram

  # Refusals, the answers to requests that read something, and how many of these have no object.
  defp exchange(part, way) do
    with {:ok, sock, conn} <- Target.resolve(way.target),
         do: Target.with_socket(sock, conn, &exchange(&1, part, way.timeout))
  end

  defp exchange(sock, {datagram, count, reads, _plain}, timeout) do
    opts = [timeout: timeout, objects: reads != []]

    with {:ok, reply} <- Datagram.exchange(sock, datagram, count, opts) do
      {answers, missing, malformed} = answers(reads, reply.replies, reply.seq)
      # One that changes something has no answer.
      answered? = missing == length(reply.refusals) and reads_only?(reads, count)

      # A dropped datagram may have been a refusal or an object of this batch.
      if answered? or not reply.lost?,
        do: {:ok, reply.refusals, answers, missing + malformed},
        else: {:error, Failure.reason(:lost, nil)}
    end
  end

  defp reads_only?([{0, count, _read}], count), do: true

  defp reads_only?(reads, count),
    do: Enum.sum(for {_at, count, _read} <- reads, do: count) == count

  defp answers([], _replies, _seq), do: {[], 0, 0}

  defp answers(reads, replies, seq) do
    schemas =
      for {at, count, read} <- reads, do: {at, count, elem(Cache.fetch(read.codec, read.skip), 0)}

    {answers, missing, malformed} =
      case Native.batch_answers(replies, seq, schemas) do
        :dirty -> Native.batch_answers_dirty(replies, seq, schemas)
        answers -> answers
      end

    {convert(reads, answers), missing, malformed}
  end

  # Values that only Elixir converts.
  defp convert(reads, answers) do
    case for {_at, count, read} <- reads, do: {count, elem(Cache.fetch(read.codec, read.skip), 1)} do
      [{_count, nil}] -> answers
      traversals -> convert_runs(traversals, answers)
    end
  end

  defp convert_runs([{count, traversal} | runs], answers) do
    {own, answers} = Enum.split(answers, count)

    Enum.map(own, fn
      {:ok, object} -> {:ok, CustomTypes.decode(traversal, object)}
      none -> none
    end) ++ convert_runs(runs, answers)
  end

  defp convert_runs([], []), do: []

  # Answers with the indices of their requests.
  defp indexed(reads, answers) do
    indices = for {at, count, _read} <- reads, index <- at..(at + count - 1), do: index
    Enum.zip(indices, answers)
  end

  # Results

  defp oks(0, done), do: done
  defp oks(count, done), do: oks(count - 1, [:ok | done])

  # Of the next requests, from index `at` up to `count`. Refusals and answers are in order.
  defp results(items, count, count, _refusals, _answers, done), do: {items, done}

  defp results([{:error, _reason} = error | items], at, count, refusals, answers, done),
    do: results(items, at, count, refusals, answers, [error | done])

  defp results([_ | items], at, count, [], [], done),
    do: results(items, at + 1, count, [], [], [:ok | done])

  defp results(items, at, count, [{earlier, _, _} | refusals], answers, done) when earlier < at,
    do: results(items, at, count, refusals, answers, done)

  defp results([item | items], at, count, refusals, answers, done) do
    {refusal, refusals} = next(refusals, at)
    {answer, answers} = next(answers, at)
    result = result(request(item), refusal, answer)
    results(items, at + 1, count, refusals, answers, [result | done])
  end

  defp next([first | rest], at) when elem(first, 0) == at, do: {first, rest}
  defp next(list, _at), do: {nil, list}

  defp result(request, {_at, code, extack}, _answer),
    do: finish(request, {:error, Error.refusal(code, extack, body(request))})

  defp result(_request, nil, nil), do: :ok
  defp result(request, nil, {_at, answer}), do: finish(request, answer(answer))

  defp answer({:ok, object}), do: {:ok, object}
  defp answer(:missing), do: {:error, :no_reply}
  defp answer(:malformed), do: {:error, Failure.reason(:malformed, nil)}

  defp body(%Read{query: query, codec: codec, payload: payload}),
    do: {query || codec, IO.iodata_to_binary(payload)}

  defp body(%{codec: nil}), do: nil
  defp body(%{codec: codec, payload: payload}), do: {codec, IO.iodata_to_binary(payload)}

  defp finish(%Read{finish: finish}, result) when finish != nil, do: finish.(result)
  defp finish(_request, result), do: result

  defp request({:ok, request}), do: request
  defp request(request), do: request

  defp fail(items, count, reason, done) do
    {items, done} = failed(items, count, reason, done)
    after_failure(reason, items, done)
  end

  defp failed(items, 0, _reason, done), do: {items, done}

  defp failed([{:error, _} = error | items], count, reason, done),
    do: failed(items, count, reason, [error | done])

  defp failed([item | items], count, reason, done),
    do: failed(items, count - 1, reason, [finish(request(item), {:error, reason}) | done])

  # After a failure nothing more is sent.
  defp after_failure({_stage, reason}, items, done) do
    rest =
      Enum.map(items, fn
        {:error, _} = error -> error
        item -> finish(request(item), {:error, {:send, reason}})
      end)

    :lists.reverse(done, rest)
  end
end

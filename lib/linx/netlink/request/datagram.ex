defmodule Linx.Netlink.Request.Datagram do
  @moduledoc false
  # Many requests in one datagram, and the refusals among their replies.

  alias Linx.Netlink.{Error, Message, Native, Socket, Target}
  alias Linx.Netlink.Request.{Failure, InFlight}
  alias Linx.Netlink.Socket.Buffers

  @typedoc """
  Expected replies: `:last` is the index of the message that is acknowledged, from 0. Of a `:transaction`,
  the first message and the one behind `:last` begin and end it: a refusal of either ends all. With
  `:echo` the messages ask for an echo of their changes, with `:objects` some of them read something.
  """
  @type option ::
          {:last, non_neg_integer()}
          | {:transaction, boolean()}
          | {:echo, boolean()}
          | {:objects, boolean()}
          | {:timeout, timeout()}

  @typedoc "A refusal: index of the message, number of the errno, extended acknowledgement."
  @type refusal :: {non_neg_integer(), pos_integer(), binary()}

  @doc """
  Sends the transaction of the messages that `prepare` returns for a socket, and waits for the reply to
  the last one but one. `prepare` runs again if the connection's next socket is used.

  Returns `{:ok, refusals, echoes}`: the errors by position, and with `echo: true` the notifications of
  what was made, one behind the other.
  """
  @spec transact(Target.t(), (Socket.t() -> [Message.t()]), [option()]) ::
          {:ok, [{non_neg_integer(), Error.t()}], binary()} | {:error, {:send | :recv, atom()}}
  def transact(target, prepare, opts) do
    with {:ok, sock, conn} <- Target.resolve(target),
         do: Target.with_socket(sock, conn, &transact_on(&1, prepare.(&1), opts))
  end

  defp transact_on(sock, messages, opts) do
    count = length(messages)
    datagram = for message <- messages, do: Message.encode(%{message | seq: 0, pid: 0})
    opts = [transaction: true, last: count - 2] ++ opts

    # One refusal refuses the whole transaction.
    case exchange(sock, IO.iodata_to_binary(datagram), count, opts) do
      {:ok, %{lost?: lost?, refusals: refusals, replies: echoes}}
      when not lost? or refusals != [] ->
        {:ok, Failure.refusals(refusals, messages), echoes}

      {:ok, _lost} ->
        {:error, Failure.reason(:lost, nil)}

      {:error, reason} ->
        {:error, reason}
    end
  end

  @doc """
  Sends a datagram of `count` messages, which are numbered here, and waits for the reply.

  Returns the sequence number of the first message, the refusals, the echoes or objects, one behind the
  other, and whether the kernel dropped datagrams meanwhile: these may have been parts of the reply.
  """
  @spec exchange(Socket.t(), binary(), pos_integer(), [option()]) ::
          {:ok, %{seq: pos_integer(), refusals: [refusal()], replies: binary(), lost?: boolean()}}
          | {:error, {:send | :recv, atom()}}
  def exchange(%Socket{channel: channel} = sock, datagram, count, opts) do
    seq = Socket.next_seq(sock, count)
    drops = Buffers.drops(sock)
    last = Keyword.get(opts, :last, count - 1)
    [transaction, echo, objects] = for key <- [:transaction, :echo, :objects], do: !!opts[key]

    sock
    |> InFlight.send(seq, InFlight.whole(), Keyword.fetch!(opts, :timeout), fn ticket ->
      Native.batch_send(channel, ticket, seq, datagram, last, transaction, echo, objects)
    end)
    |> InFlight.await()
    |> case do
      {:batch, refusals, replies} ->
        lost? = Buffers.drops(sock) != drops
        {:ok, %{seq: seq, refusals: refusals, replies: replies, lost?: lost?}}

      failure ->
        {:error, Failure.reason(failure, nil)}
    end
  end
end

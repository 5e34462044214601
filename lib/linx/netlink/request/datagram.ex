defmodule Linx.Netlink.Request.Datagram do
  @moduledoc false
  # Many requests in one datagram, and the refusals among their replies.

  alias Linx.Netlink.{Error, Message, Native, Socket, Target}
  alias Linx.Netlink.Request.{Failure, InFlight}
  alias Linx.Netlink.Socket.Buffers

  # No reply is read in slices.
  @slice 16 * 1024 * 1024

  @type option :: {:transaction, boolean()} | {:echo, boolean()} | {:timeout, timeout()}

  @doc """
  Sends the messages that `prepare` returns for a socket, and waits for the reply to the one at
  position `last`, counted from 0. `prepare` runs again if the connection's next socket is used.

  Returns `{:ok, refusals, echoes}`: the errors by position, and with `echo: true` the
  notifications of what was made, one behind the other. With `transaction: true` the first and the
  last message are the envelope of an nfnetlink batch: a refusal of the first ends it.
  """
  @spec send(Target.t(), (Socket.t() -> [Message.t()]), non_neg_integer(), [option()]) ::
          {:ok, [{non_neg_integer(), Error.t()}], binary()} | {:error, {:send | :recv, atom()}}
  def send(target, prepare, last, opts) do
    with {:ok, sock, conn} <- Target.resolve(target) do
      Target.with_socket(sock, conn, fn sock ->
        messages = prepare.(sock)
        exchange(sock, messages, last, opts)
      end)
    end
  end

  defp exchange(sock, messages, last, opts) do
    transaction = Keyword.get(opts, :transaction, false)
    echo = Keyword.get(opts, :echo, false)
    seq = Socket.next_seq(sock, length(messages))
    requests = for %{type: type, flags: flags, payload: body} <- messages, do: {type, flags, body}
    drops = Buffers.drops(sock)

    sock
    |> InFlight.send(seq, @slice, Keyword.fetch!(opts, :timeout), fn ticket ->
      Native.batch(sock.channel, ticket, seq, requests, last, transaction, echo)
    end)
    |> InFlight.await()
    |> case do
      {:batch, refusals, echoes} ->
        # A dropped datagram may have been a refusal or an echo. One refusal refuses a whole
        # transaction.
        if Buffers.drops(sock) == drops or (transaction and refusals != []),
          do: {:ok, Failure.refusals(refusals, messages), echoes},
          else: {:error, Failure.reason(:lost, nil)}

      failure ->
        {:error, Failure.reason(failure, nil)}
    end
  end
end

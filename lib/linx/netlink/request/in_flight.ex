defmodule Linx.Netlink.Request.InFlight do
  @moduledoc false
  # A request in flight: sending, and waiting for the reply.
  #
  # No NIF waits. While a reply has not arrived, the caller waits here for the readiness that
  # `:socket` reports, or for its token, sent when another caller has read the reply for it. The
  # native side (`native/linx_nif/src/request.rs`) answers
  #
  #     {:permit, ticket}           too many calls are in the kernel: see `Linx.Netlink.Permit`
  #     {:turn, token}              queued behind other dumps or batches: call again after the
  #                                 wake-up
  #     {:full, token}              the receive buffer has no room for the reply yet: call again
  #                                 after the wake-up, within the deadline
  #     {:wait, token, progress}    the receive queue is empty: poll the socket, then report it
  #     {:blocked, token, progress} wait for the wake-up, do not poll
  #     {:yield, token, progress}   more can be read at once; the scheduler is released
  #     anything else               the reply has ended
  #
  # `progress` counts the datagrams of the reply so far.

  alias Linx.Netlink.{Native, Permit, Socket}

  @enforce_keys [:sock, :seq, :slice, :timeout]
  defstruct @enforce_keys ++ [:answer, :token, :deadline, seen: 0]

  @type answer :: tuple() | atom()

  @type t :: %__MODULE__{
          sock: Socket.t(),
          seq: pos_integer(),
          # Bytes of the reply that are read before the scheduler is released.
          slice: pos_integer(),
          timeout: timeout(),
          answer: answer(),
          token: non_neg_integer() | nil,
          deadline: Permit.deadline(),
          # `progress` at the time that `deadline` was set.
          seen: non_neg_integer()
        }

  # A blocked caller is woken when its reply has arrived, or when it may read. It also reads after
  # so many milliseconds without a wake-up: the kernel may reply late, during the dump of a caller
  # that does not read.
  @blocked 100

  defguardp is_pending(answer)
            when is_tuple(answer) and tuple_size(answer) == 3 and
                   elem(answer, 0) in [:wait, :blocked, :yield]

  @doc """
  Bytes of a reply after which the scheduler is released where the reply is not read in slices.
  """
  @spec whole() :: pos_integer()
  def whole, do: 16 * 1024 * 1024

  @doc """
  Sends a request: calls `call` with a ticket, again after each wake-up, until it has been sent.
  """
  @spec send(
          Socket.t(),
          pos_integer(),
          pos_integer(),
          timeout(),
          (ticket :: non_neg_integer() ->
             answer())
        ) :: t()
  def send(sock, seq, slice, timeout, call) do
    request = %__MODULE__{sock: sock, seq: seq, slice: slice, timeout: timeout}
    turn(restart(request), call)
  end

  @doc """
  A request that was sent, and its answer so far.
  """
  @spec continue(Socket.t(), pos_integer(), pos_integer(), timeout(), answer()) :: t()
  def continue(sock, seq, slice, timeout, answer) do
    request = %__MODULE__{sock: sock, seq: seq, slice: slice, timeout: timeout}
    answered(restart(request), answer)
  end

  defp turn(request, call) do
    case Permit.run(request.deadline, call) do
      :timeout ->
        cancelled(request, {:recv, :timeout})

      # Time queued behind other dumps does not count.
      {:turn, token} ->
        receive do
          {:linx_netlink, ^token} -> turn(restart(%{request | token: token}), call)
        end

      {:full, token} ->
        full(%{request | token: token}, call)

      answer ->
        answered(restart(request), answer)
    end
  end

  defp full(%{token: token} = request, call) do
    receive do
      {:linx_netlink, ^token} -> turn(request, call)
    after
      left(request) ->
        if left(request) == 0,
          do: cancelled(request, {:recv, :timeout}),
          else: full(request, call)
    end
  end

  defp answered(request, {_kind, token, _progress} = answer) when is_pending(answer),
    do: %{request | answer: answer, token: token}

  defp answered(request, answer) do
    _ = request.token && Permit.flush(request.token)
    %{request | answer: answer}
  end

  @doc """
  Whether the reply has not ended yet.
  """
  @spec pending?(t()) :: boolean()
  def pending?(%{answer: answer}), do: is_pending(answer)

  @doc """
  Waits until the reply has ended, and returns the answer that ended it.
  """
  @spec await(t()) :: answer()
  def await(%{answer: answer} = request) when is_pending(answer), do: request |> step() |> await()
  def await(%{answer: answer}), do: answer

  @doc """
  Waits for the next part of the reply, and reads it.
  """
  @spec step(t()) :: t()
  def step(%{answer: {kind, _token, progress}} = request) do
    request = if progress == request.seen, do: request, else: restart(%{request | seen: progress})

    case wait(kind, request) do
      :timeout -> cancelled(request, {:recv, :timeout})
      ready -> resume(request, ready == :overrun)
    end
  end

  defp resume(%{sock: %{channel: channel}, seq: seq, slice: slice} = request, overrun) do
    case Permit.run(request.deadline, &Native.resume(channel, &1, seq, overrun, slice)) do
      :timeout -> cancelled(request, {:recv, :timeout})
      answer -> answered(request, answer)
    end
  end

  @doc """
  Removes the messages of the reply that have arrived so far, and returns them, one behind the
  other.
  """
  @spec take(t()) :: binary()
  def take(%{sock: %{channel: channel}, seq: seq}) do
    {bytes, _count} = Native.take(channel, seq)
    bytes
  end

  @doc """
  Ends a request without its reply.
  """
  @spec cancel(t()) :: :ok
  def cancel(request) do
    _ = cancelled(request, :cancelled)
    :ok
  end

  defp cancelled(%{sock: %{channel: channel}, seq: seq} = request, answer) do
    :ok = Native.cancel(channel, seq)
    answered(request, answer)
  end

  # Waits until the socket can be read, or the reply has ended.
  defp wait(:yield, request), do: if(left(request) == 0, do: :timeout, else: :ready)

  defp wait(:blocked, %{answer: {_kind, token, _progress}} = request) do
    receive do
      {:linx_netlink, ^token} -> :ready
    after
      min(left(request), @blocked) -> if left(request) == 0, do: :timeout, else: :ready
    end
  end

  defp wait(:wait, %{sock: %{socket: socket, channel: channel}} = request) do
    # To peek at one byte leaves the datagram to the caller that reads it.
    polled = :socket.recv(socket, 1, [:peek], :nowait)
    :ok = Native.polled(channel, request.seq)

    case polled do
      {:select, {:select_info, _tag, handle} = info} ->
        outcome = selected(request, socket, handle)
        # Also after the select: only then is the next process in the queue of `:socket` served.
        _ = :socket.cancel(socket, info)
        outcome

      {:error, :enobufs} ->
        :overrun

      # A closed socket included, which the native side reports.
      _ ->
        :ready
    end
  end

  defp selected(%{answer: {_kind, token, _progress}} = request, socket, handle) do
    receive do
      {:"$socket", ^socket, :select, ^handle} -> :ready
      {:"$socket", ^socket, :abort, {^handle, _reason}} -> :ready
      {:linx_netlink, ^token} -> :ready
    after
      left(request) ->
        if left(request) == 0, do: :timeout, else: selected(request, socket, handle)
    end
  end

  defp restart(request), do: %{request | deadline: Permit.deadline(request.timeout)}
  defp left(request), do: Permit.left(request.deadline)
end

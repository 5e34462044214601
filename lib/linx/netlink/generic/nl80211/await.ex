defmodule Linx.Netlink.Generic.Nl80211.Await do
  @moduledoc false
  # Waits for the notification that ends what a request has begun. A process of its own has the socket
  # that receives it, and opens this before it sends the request: none is missed, and the caller's mailbox
  # stays as it is.

  alias Linx.Netlink.{Batch, Generic, Listener, Request, Target}
  alias Linx.Netlink.Generic.Nl80211.Commands

  @netlink_generic 16

  # Bytes of the receive buffer: notifications with frames of other connections may come as well.
  @rcvbuf 1024 * 1024

  @typedoc "Returns the result for a notification, `nil` for one that ends nothing."
  @type pick :: (op :: atom(), struct() -> :ok | {:error, term()} | nil)

  @doc """
  Sends a request and waits for a notification of the multicast group, at most `timeout` milliseconds.
  Those before the last one with the op `start` that had arrived with the acknowledgement do not count.
  """
  @spec event(
          Request.target(),
          String.t(),
          atom(),
          (() -> :ok | {:error, term()}),
          pick(),
          timeout()
        ) ::
          :ok | {:error, term()}
  def event(target, group, start, request, pick, timeout) do
    target = Batch.target(target)

    with :ok <- Target.check(target, @netlink_generic),
         {:ok, sock, _conn} <- Target.resolve(target) do
      caller = self()

      tag = make_ref()

      {_pid, ref} =
        spawn_monitor(fn ->
          send(caller, {tag, run(sock.netns, group, start, request, pick, timeout, caller)})
        end)

      receive do
        {^tag, result} ->
          true = Process.demonitor(ref, [:flush])
          result

        {:DOWN, ^ref, :process, _pid, reason} ->
          exit(reason)
      end
    end
  end

  defp run(netns, group, start, request, pick, timeout, caller) do
    caller = Process.monitor(caller)

    with {:ok, listener} <- listen(netns, group),
         {:ok, _earlier, listener} <- arrived(listener),
         :ok <- request.(),
         {:ok, notifications, listener} <- arrived(listener) do
      deadline = if timeout != :infinity, do: now() + timeout

      notifications
      |> since(start)
      |> Enum.find_value(&picked(&1, pick))
      |> wait(%{listener: listener, pick: pick, deadline: deadline, caller: caller})
    end
  end

  defp listen(netns, group) do
    options = %{
      protocol: @netlink_generic,
      netns: netns,
      rcvbuf: @rcvbuf,
      force_rcvbuf: false,
      groups: [group]
    }

    family = Map.take(Commands.__family__(), [:name, :groups, :events])

    with {:ok, options} <- Generic.Monitor.resolve(options, family),
         do: Listener.open(options, options.groups, [], options.rows)
  end

  defp arrived(listener) do
    case Listener.drain(listener, [], fn some, _losses, all -> all ++ some end) do
      {:ok, notifications, listener} -> {:ok, notifications, listener}
      {:error, reason, _notifications, _listener} -> {:error, reason}
    end
  end

  # A scan of another process may have ended between the first read and the request.
  defp since(notifications, start) do
    {later, _} =
      notifications |> Enum.reverse() |> Enum.split_while(&(not match?({^start, _, _}, &1)))

    Enum.reverse(later)
  end

  defp picked({op, resource, _flags}, pick) when is_atom(op), do: pick.(op, resource)
  defp picked(_message, _pick), do: nil

  defp wait(nil, state) do
    case Listener.recv(state.listener) do
      {:ok, %{notifications: notifications, overrun: overrun}, listener} ->
        result = Enum.find_value(notifications, &picked(&1, state.pick))
        result = result || if(overrun, do: {:error, {:recv, :enobufs}})
        if result, do: result, else: sleep(%{state | listener: listener})

      {:error, {:recv, :closed} = reason, _listener} ->
        {:error, reason}

      {:error, _passes, listener} ->
        sleep(%{state | listener: listener})
    end
  end

  defp wait(result, _state), do: result

  defp sleep(%{caller: caller} = state) do
    receive do
      {:DOWN, ^caller, :process, _pid, _reason} ->
        {:error, {:recv, :closed}}

      message ->
        if Listener.ready?(state.listener, message), do: wait(nil, state), else: sleep(state)
    after
      left(state.deadline) -> {:error, {:recv, :timeout}}
    end
  end

  defp left(nil), do: :infinity
  defp left(deadline), do: max(deadline - now(), 0)

  defp now, do: System.monotonic_time(:millisecond)
end

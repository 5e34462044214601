defmodule Linx.Netlink.Connection.Server do
  @moduledoc false
  # The process of a connection: owns the socket, and opens the next one when it fails.

  use GenServer

  alias Linx.Errno
  alias Linx.Netlink.{GenServerInit, Socket, Target, TermRegistry}
  alias Linx.Netlink.Socket.NetnsHandle

  @impl true
  def init(config) do
    # `terminate/2` runs at a supervisor's shutdown, too.
    Process.flag(:trap_exit, true)

    with {:ok, eraser} <- TermRegistry.register(Target),
         {:ok, netns} <- NetnsHandle.open(config.netns),
         state = %{
           eraser: eraser,
           config: config,
           netns: netns,
           sock: nil,
           watch: nil,
           reason: nil,
           failures: 0,
           timer: nil,
           reopened: 0
         },
         {:ok, sock} <- open(state) do
      {:ok, use_socket(state, sock)}
    else
      {:error, reason} -> GenServerInit.stop_quietly(reason)
    end
  end

  @impl true
  # Several callers may have seen the same socket closed.
  def handle_call({:renew, channel}, _from, state) do
    state = if match?(%{sock: %{channel: ^channel}}, state), do: reopen(state), else: state
    {:reply, reply(state), state}
  end

  def handle_call(:netns, _from, state), do: {:reply, {:ok, NetnsHandle.path(state.netns)}, state}

  def handle_call(:info, _from, state) do
    now = if state.sock, do: :open, else: {:down, state.reason}
    {:reply, {:ok, %{state: now, reopened: state.reopened}}, state}
  end

  @impl true
  # Closed by `:socket.close/1`, in any process. Any other failure of the descriptor is found by
  # the next caller that uses it.
  def handle_info({:DOWN, watch, :socket, _socket, _info}, %{watch: watch} = state),
    do: {:noreply, reopen(state)}

  def handle_info({:reopen, timer}, %{timer: timer} = state), do: {:noreply, reopen(state)}
  def handle_info({:EXIT, _pid, :normal}, state), do: {:noreply, state}
  def handle_info({:EXIT, _pid, reason}, state), do: {:stop, reason, state}

  def handle_info(message, state) do
    case TermRegistry.restart_eraser(Target, state.eraser, message) do
      {:ok, eraser} -> {:noreply, %{state | eraser: eraser}}
      :none -> {:noreply, state}
    end
  end

  @impl true
  def terminate(_reason, state) do
    _ = state.sock && Socket.close(state.sock)
    :ok
  end

  defp reply(%{sock: nil, reason: reason}), do: {:error, {:send, reason}}
  defp reply(%{sock: sock}), do: {:ok, sock}

  # The old socket is closed first: that wakes the callers that wait on it.
  defp reopen(state) do
    state = %{close(state) | timer: nil}

    case open(state) do
      {:ok, sock} ->
        use_socket(%{state | reopened: state.reopened + 1}, sock)

      {:error, reason} ->
        {first, longest} = state.config.backoff
        pause = min(first * Integer.pow(2, min(state.failures, 20)), longest)
        timer = make_ref()
        Process.send_after(self(), {:reopen, timer}, pause)
        reason = send_reason(reason)
        :ok = Target.publish({:error, reason})
        %{state | reason: reason, failures: state.failures + 1, timer: timer}
    end
  end

  defp use_socket(state, sock) do
    :ok = Target.publish({:ok, sock})
    %{state | sock: sock, watch: :socket.monitor(sock.socket), reason: nil, failures: 0}
  end

  defp close(%{sock: nil} = state), do: state

  defp close(%{sock: sock, watch: watch} = state) do
    _ = :socket.cancel_monitor(watch)
    :ok = Socket.close(sock)
    %{state | sock: nil, watch: nil}
  end

  # Reason as in the `{:send, reason}` of a request.
  defp send_reason({:bad_path, _path}), do: :enoent
  defp send_reason({_stage, errno}) when is_integer(errno), do: Errno.atom(errno)
  defp send_reason({_stage, reason}), do: reason
  defp send_reason(reason), do: reason

  defp open(%{config: config, netns: netns}) do
    with {:ok, sock} <- Socket.open(config.protocol, NetnsHandle.path(netns)) do
      case set_rcvbuf(sock, config) do
        :ok ->
          {:ok, %{sock | netns: NetnsHandle.netns(netns)}}

        {:error, reason} ->
          :ok = Socket.close(sock)
          {:error, reason}
      end
    end
  end

  defp set_rcvbuf(_sock, %{rcvbuf: nil}), do: :ok

  defp set_rcvbuf(sock, %{rcvbuf: bytes, force_rcvbuf: force}),
    do: Socket.set_rcvbuf(sock, bytes, force: force)
end

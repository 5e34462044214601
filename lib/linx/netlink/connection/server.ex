defmodule Linx.Netlink.Connection.Server do
  @moduledoc false
  # The process behind a connection: owns the socket and replaces it.

  use GenServer

  alias Linx.Errno
  alias Linx.Netlink.{GenServerInit, Socket, Target, TermRegistry}

  @impl true
  def init(config) do
    # So that a supervisor's shutdown, too, ends in `terminate/2`.
    Process.flag(:trap_exit, true)

    with {:ok, eraser} <- TermRegistry.register(Target),
         {:ok, place} <- place(config.netns),
         state = %{
           eraser: eraser,
           config: config,
           place: place,
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
  # Several callers may have found the same socket closed.
  def handle_call({:renew, channel}, _from, state) do
    state = if match?(%{sock: %{channel: ^channel}}, state), do: reopen(state), else: state
    {:reply, reply(state), state}
  end

  def handle_call(:netns, _from, state), do: {:reply, {:ok, inside(state.place)}, state}

  def handle_call(:info, _from, state) do
    now = if state.sock, do: :open, else: {:down, state.reason}
    {:reply, {:ok, %{state: now, reopened: state.reopened}}, state}
  end

  @impl true
  # Closed by `:socket.close/1`, here or elsewhere. What else may have happened to the
  # descriptor is noticed by whoever uses it next.
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

  # The old one goes first: the new one may get the same number, and whoever still waits
  # on the old one is woken.
  defp reopen(state) do
    state = %{let_go(state) | timer: nil}

    case open(state) do
      {:ok, sock} ->
        use_socket(%{state | reopened: state.reopened + 1}, sock)

      {:error, reason} ->
        {first, longest} = state.config.backoff
        pause = min(first * Integer.pow(2, min(state.failures, 20)), longest)
        timer = make_ref()
        Process.send_after(self(), {:reopen, timer}, pause)
        reason = name(reason)
        :ok = Target.publish({:error, reason})
        %{state | reason: reason, failures: state.failures + 1, timer: timer}
    end
  end

  defp use_socket(state, sock) do
    :ok = Target.publish({:ok, sock})
    %{state | sock: sock, watch: :socket.monitor(sock.socket), reason: nil, failures: 0}
  end

  defp let_go(%{sock: nil} = state), do: state

  defp let_go(%{sock: sock, watch: watch} = state) do
    _ = :socket.cancel_monitor(watch)
    :ok = Socket.close(sock)
    %{state | sock: nil, watch: nil}
  end

  # As the `{:send, reason}` of a request has it.
  defp name({:bad_path, _path}), do: :enoent
  defp name({_stage, errno}) when is_integer(errno), do: Errno.atom(errno)
  defp name({_stage, reason}), do: reason
  defp name(reason), do: reason

  defp open(%{config: config, place: place}) do
    with {:ok, sock} <- Socket.open(config.protocol, inside(place)) do
      case buffer(sock, config) do
        :ok ->
          {:ok, %{sock | netns: outside(place)}}

        {:error, reason} ->
          :ok = Socket.close(sock)
          {:error, reason}
      end
    end
  end

  defp buffer(_sock, %{rcvbuf: nil}), do: :ok

  defp buffer(sock, %{rcvbuf: bytes, force_rcvbuf: force}),
    do: Socket.set_rcvbuf(sock, bytes, force: force)

  # The namespace, by a descriptor that closes with the process at the latest.
  defp place(:host), do: {:ok, :host}
  defp place({:pid, pid}), do: place({:path, "/proc/#{pid}/ns/net"})

  defp place({:path, path} = netns) do
    with {:ok, {loan, fd}} <- Socket.Native.lend_netns(path), do: {:ok, {netns, fd, loan}}
  end

  defp inside(:host), do: :host
  defp inside({_netns, fd, _loan}), do: {:path, "/proc/self/fd/#{fd}"}

  defp outside(:host), do: :host
  defp outside({netns, _fd, _loan}), do: netns
end

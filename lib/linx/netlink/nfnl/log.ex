defmodule Linx.Netlink.Nfnl.Log do
  @moduledoc """
  Packets that the firewall logs, sent to a process as structs.

  Kernel side: `NFULNL_*` of `include/uapi/linux/netfilter/nfnetlink_log.h`.

      # For a rule with `log group 5`, which is %Expr.Log{group: 5} to Linx.Netlink.Nfnl.Nft.
      {:ok, log} = Linx.Netlink.Nfnl.Log.start_link(group: 5)

      receive do
        {:linx_nflog, :packet, %Log.Packet{prefix: prefix, payload: payload}} -> {prefix, payload}
        {:linx_nflog, :resync_needed} -> :some_are_missing
      end

      :ok = Linx.Netlink.Nfnl.Log.stop(log)

  The kernel gathers packets before it hands them on: by default up to 100 of them, or for a
  second. `:threshold` and `:flush` change that.

  ## Messages

    * `{:linx_nflog, :packet, %Linx.Netlink.Nfnl.Log.Packet{}}` - a packet, in the order of the
      kernel;
    * `{:linx_nflog, :resync_needed}` - at this place packets got lost, because the receive
      buffer was full;
    * `{:linx_nflog, :closed, reason}` - the socket has failed, the process ends.
  """

  use GenServer

  alias Linx.Netlink.{Message, Notifications, Request, Socket}
  alias __MODULE__.{Config, Packet}

  @netlink_netfilter 12

  # NFULNL_MSG_PACKET and NFULNL_MSG_CONFIG, in the subsystem NFNL_SUBSYS_ULOG.
  @packet 0x0400
  @config 0x0401

  # How much is read before other messages to the process are looked at.
  @slice 256 * 1024

  @typedoc "Options of `start_link/1`."
  @type option ::
          {:group, 0..0xFFFF}
          | {:owner, pid()}
          | {:netns, Socket.netns()}
          | {:copy, :all | non_neg_integer()}
          | {:threshold, pos_integer()}
          | {:flush, non_neg_integer()}
          | {:buffer, pos_integer()}
          | {:with, [:seq | :seq_global | :conntrack]}
          | {:rcvbuf, pos_integer()}
          | {:force_rcvbuf, boolean()}
          | {:name, GenServer.name()}

  @doc """
  Takes a group, and starts a process, linked to the caller, that sends on its packets.

  Options:

    * `:group` - which group, 0 to 65535; required. A group has one taker;
    * `:owner` - who gets the packets, the caller if not given. The process ends when it does;
    * `:netns` - where, as for `Linx.Netlink.Socket.open/2`; `:host` if not given;
    * `:copy` - how many bytes of a packet; `:all` if not given, 0 for none of them;
    * `:threshold` - how many packets to gather before they are handed on;
    * `:flush` - for how many milliseconds to gather at most, in steps of 10;
    * `:buffer` - how many bytes to gather at most;
    * `:with` - what else to tell: `:seq`, `:seq_global`, `:conntrack`, a list;
    * `:rcvbuf`, `:force_rcvbuf`, `:name` - as for `Linx.Netlink.Monitor.start_link/1`.

  When it returns, the packets to come are on their way. Needs `CAP_NET_ADMIN` in the
  namespace. Errors: `%Linx.Netlink.Error{errno: :eperm}` without it, and if the group is
  another socket's; `{:bad_option, key, value}`, and the reasons of
  `Linx.Netlink.Socket.open/2` and `Linx.Netlink.Request`.
  """
  @spec start_link([option()]) :: GenServer.on_start()
  def start_link(opts) do
    with {:ok, config} <- config(opts) do
      {server, opts} = Keyword.split(opts, [:name])
      opts = Keyword.put_new(opts, :owner, self())
      GenServer.start_link(__MODULE__, {config, opts}, server)
    end
  end

  @doc """
  Lets go of the group, and ends.
  """
  @spec stop(GenServer.server()) :: :ok
  def stop(log), do: GenServer.stop(log)

  @doc """
  How often packets got lost since the start.
  """
  @spec overruns(GenServer.server()) :: non_neg_integer()
  def overruns(log), do: GenServer.call(log, :overruns)

  # One message for everything, so that no packet comes in between.
  defp config(opts) do
    config = %Config{
      family: :unspec,
      group: opts[:group],
      cmd: %Config.Command{command: :bind},
      mode: %Config.Mode{copy_mode: :packet, copy_range: 0}
    }

    opts
    |> Keyword.take([:copy, :threshold, :flush, :buffer, :with])
    |> Keyword.put(:group, opts[:group])
    |> Enum.reduce_while({:ok, config}, fn {key, value}, {:ok, config} ->
      case put(config, key, value) do
        :error -> {:halt, {:error, {:bad_option, key, value}}}
        config -> {:cont, {:ok, config}}
      end
    end)
  end

  defp put(config, :group, group) when group in 0..0xFFFF, do: %{config | group: group}
  # The kernel takes no range for the whole packet.
  defp put(config, :copy, :all), do: config
  defp put(config, :copy, 0), do: %{config | mode: %Config.Mode{copy_mode: :meta}}

  defp put(config, :copy, bytes) when bytes in 1..0xFFFFFFFF,
    do: %{config | mode: %{config.mode | copy_range: bytes}}

  defp put(config, :threshold, count) when count in 1..0xFFFFFFFF, do: %{config | qthresh: count}

  defp put(config, :flush, ms) when ms in 0..0xFFFFFFFF,
    do: %{config | timeout: div(ms + 9, 10)}

  defp put(config, :buffer, bytes) when bytes in 1..0xFFFFFFFF, do: %{config | nlbufsiz: bytes}

  defp put(config, :with, names) when is_list(names) do
    if names -- [:seq, :seq_global, :conntrack] == [],
      do: %{config | flags: names},
      else: :error
  end

  defp put(_config, _key, _value), do: :error

  @impl true
  def init({config, opts}) do
    opts = Keyword.put(opts, :protocol, @netlink_netfilter)

    with {:ok, sock} <- Notifications.open(opts, []),
         :ok <- Request.run(sock, @config, 0, config) do
      owner = opts[:owner]
      state = %{sock: sock, owner: owner, ref: Process.monitor(owner), overruns: 0, asleep: nil}
      {:ok, state, {:continue, :read}}
    else
      {:error, reason} ->
        # The caller is told by the result, not by an exit signal as well.
        with [parent | _] when is_pid(parent) <- Process.get(:"$ancestors"),
             do: Process.unlink(parent)

        {:stop, reason}
    end
  end

  @impl true
  def handle_continue(:read, state), do: read(state)

  @impl true
  def handle_call(:overruns, _from, state), do: {:reply, state.overruns, state}

  @impl true
  def handle_info(:read, state), do: read(state)
  def handle_info({:DOWN, ref, :process, _, _}, %{ref: ref} = state), do: {:stop, :normal, state}

  def handle_info(message, state) do
    if Notifications.woken?(message, state.asleep), do: read(state), else: {:noreply, state}
  end

  # The group goes with the socket.
  @impl true
  def terminate(_reason, state), do: Socket.close(state.sock)

  # Reads what is there and has itself woken when there is more.
  defp read(state) do
    case Notifications.take(state.sock, @slice) do
      {:ok, {bytes, losses, empty?}} ->
        state = lost(state, losses)
        Enum.each(Message.decode(bytes), &deliver(state, &1))
        if empty?, do: sleep(state), else: again(state)

      {:error, reason} ->
        closed(state, reason)
    end
  end

  defp sleep(state) do
    case Notifications.sleep(state.sock) do
      {:asleep, handle} -> {:noreply, %{state | asleep: handle}}
      :ready -> again(state)
      :lost -> state |> lost(1) |> again()
      {:error, reason} -> closed(state, reason)
    end
  end

  defp again(state) do
    send(self(), :read)
    {:noreply, state}
  end

  defp lost(state, 0), do: state

  defp lost(state, losses) do
    send(state.owner, {:linx_nflog, :resync_needed})
    %{state | overruns: state.overruns + losses}
  end

  defp closed(state, reason) do
    send(state.owner, {:linx_nflog, :closed, reason})
    {:stop, {:shutdown, reason}, state}
  end

  defp deliver(state, %Message{type: @packet, payload: payload}) do
    case decode(payload) do
      {:ok, packet} -> send(state.owner, {:linx_nflog, :packet, packet})
      :error -> :ok
    end
  end

  defp deliver(_state, _message), do: :ok

  # Lengths that contradict each other: not what this kernel's header says.
  defp decode(payload) do
    {:ok, Packet.decode(payload)}
  rescue
    ArgumentError -> :error
  end
end

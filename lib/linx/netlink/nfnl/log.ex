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

  alias Linx.Netlink.{Message, Monitor, Request, Socket}
  alias __MODULE__.{Config, Packet}

  @netlink_netfilter 12

  # NFULNL_MSG_PACKET and NFULNL_MSG_CONFIG, in the subsystem NFNL_SUBSYS_ULOG.
  @packet 0x0400
  @config 0x0401

  # Options that are the monitor's business, and those looked at here.
  @monitor [:netns, :rcvbuf, :force_rcvbuf, :name]
  @options [:group, :owner, :copy, :threshold, :flush, :buffer, :with]

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
  another socket's; `{:bad_option, key, value}`, `{:unknown_option, key}`, and the reasons of
  `Linx.Netlink.Socket.open/2` and `Linx.Netlink.Request`.
  """
  @spec start_link([option()]) :: GenServer.on_start()
  def start_link(opts) do
    with {:ok, config} <- config(opts) do
      opts
      |> Keyword.take([:owner | @monitor])
      |> Keyword.merge(
        protocol: @netlink_netfilter,
        # The group goes with the socket.
        prepare: &Request.run(&1, @config, 0, config),
        format: &__MODULE__.__format__/2
      )
      |> Monitor.start_link()
    end
  end

  @doc """
  Lets go of the group, and ends.
  """
  @spec stop(GenServer.server()) :: :ok
  def stop(log), do: Monitor.stop(log)

  @doc """
  How often packets got lost since the start.
  """
  @spec overruns(GenServer.server()) :: non_neg_integer()
  def overruns(log), do: Monitor.overruns(log)

  @doc """
  A child of a supervisor, as for any `GenServer`.
  """
  @spec child_spec([option()]) :: Supervisor.child_spec()
  def child_spec(opts), do: %{id: __MODULE__, start: {__MODULE__, :start_link, [opts]}}

  # One message for everything, so that no packet comes in between.
  defp config(opts) do
    config = %Config{
      family: :unspec,
      group: opts[:group],
      cmd: %Config.Command{command: :bind},
      mode: %Config.Mode{copy_mode: :packet, copy_range: 0}
    }

    opts
    |> Keyword.put_new(:group, nil)
    |> Keyword.drop(@monitor)
    |> Enum.reduce_while({:ok, config}, fn {key, value}, {:ok, config} ->
      case put(config, key, value) do
        :error -> {:halt, {:error, {:bad_option, key, value}}}
        :unknown -> {:halt, {:error, {:unknown_option, key}}}
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

  defp put(config, :owner, owner) when is_pid(owner), do: config

  defp put(_config, key, _value),
    do: if(key in @options, do: :error, else: :unknown)

  @doc false
  @spec __format__(pid(), Monitor.event()) :: {term(), nil} | nil
  def __format__(_log, {:message, %Message{type: @packet, payload: payload}}) do
    {{:linx_nflog, :packet, Packet.decode(payload)}, nil}
  rescue
    # Lengths that contradict each other: not what this kernel's header says.
    ArgumentError -> nil
  end

  def __format__(_log, {:message, _other}), do: nil
  def __format__(_log, {:overrun, _count}), do: {{:linx_nflog, :resync_needed}, nil}
  def __format__(_log, {:closed, reason}), do: {{:linx_nflog, :closed, reason}, nil}
end

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

  alias Linx.Netlink.{GenServerInit, Message, Monitor, ProcessOptions, Request, Socket}
  alias __MODULE__.{Config, Packet}

  @netlink_netfilter 12

  # NFULNL_MSG_PACKET and NFULNL_MSG_CONFIG, in the subsystem NFNL_SUBSYS_ULOG.
  @packet 0x0400
  @config 0x0401

  @u32 0xFFFFFFFF

  @options [
             group: {0..0xFFFF, required: true},
             owner: :owner,
             copy: {{:either, [0..@u32, {:one_of, [:all]}]}, default: :all},
             threshold: 1..@u32,
             flush: 0..@u32,
             buffer: 1..@u32,
             with: {:list_of, [:seq, :seq_global, :conntrack]}
           ] ++ ProcessOptions.listener()

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
    * `:owner` - the process that gets the packets, the caller if not given. The log ends when
      it does, with `:normal`;
    * `:netns` - where, as for `Linx.Netlink.Socket.open/2`; `:host` if not given;
    * `:copy` - how many bytes of a packet; `:all` if not given, 0 for none of them;
    * `:threshold` - how many packets to gather before they are handed on;
    * `:flush` - for how many milliseconds to gather at most, in steps of 10;
    * `:buffer` - how many bytes to gather at most;
    * `:with` - what else to tell: `:seq`, `:seq_global`, `:conntrack`, a list;
    * `:rcvbuf`, `:force_rcvbuf`, `:name` and the other options of `GenServer.start_link/3` -
      as for `Linx.Netlink.Monitor.start_link/1`.

  When it returns, the packets to come are on their way. Needs `CAP_NET_ADMIN` in the
  namespace. Errors: `%Linx.Netlink.Error{errno: :eperm}` without it, and if the group is
  another socket's; `{:unknown_option, key}`, `{:bad_option, key, value}`,
  `{:missing_option, :group}`, and the reasons of `Linx.Netlink.Socket.open/2` and
  `Linx.Netlink.Request`. `:ignore` for an owner that has ended already.
  """
  @spec start_link([option()]) :: GenServer.on_start()
  def start_link(opts) when is_list(opts) do
    with {:ok, options} <- ProcessOptions.check(@options, opts) do
      config = config(options)

      options
      |> Map.merge(%{
        protocol: @netlink_netfilter,
        # The group goes with the socket.
        prepare: &Request.run(&1, @config, 0, config),
        format: &__MODULE__.__format__/2
      })
      |> Monitor.start_checked()
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
  A child of a supervisor: with the log's name for an id, if it has one.

  Give it an `:owner`, or the supervisor is the one. It is `:transient`: a log that has ended
  with its owner, or because its socket failed, is not started again.
  """
  @spec child_spec([option()]) :: Supervisor.child_spec()
  def child_spec(opts) when is_list(opts),
    do: GenServerInit.child_spec(__MODULE__, opts, :transient)

  # One message for everything, so that no packet comes in between.
  defp config(options) do
    %Config{
      family: :unspec,
      group: options.group,
      cmd: %Config.Command{command: :bind},
      mode: mode(options.copy),
      qthresh: options[:threshold],
      timeout: options[:flush] && div(options.flush + 9, 10),
      nlbufsiz: options[:buffer],
      flags: options[:with]
    }
  end

  # The kernel takes no range for the whole packet.
  defp mode(:all), do: %Config.Mode{copy_mode: :packet, copy_range: 0}
  defp mode(0), do: %Config.Mode{copy_mode: :meta}
  defp mode(bytes), do: %Config.Mode{copy_mode: :packet, copy_range: bytes}

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

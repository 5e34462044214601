defmodule Linx.Netlink.Nfnl.Log do
  @moduledoc """
  Receives packets that firewall rules log, as messages to a process.

  Kernel side: `NFULNL_*` of `include/uapi/linux/netfilter/nfnetlink_log.h`.

      # For a rule with `log group 5`, %Expr.Log{group: 5} of Linx.Netlink.Nfnl.Nft.
      {:ok, log} = Linx.Netlink.Nfnl.Log.start_link(group: 5)

      receive do
        {:linx_nflog, :packet, %Log.Packet{prefix: prefix, payload: payload}} -> {prefix, payload}
        {:linx_nflog, :resync_needed} -> :some_are_missing
      end

      :ok = Linx.Netlink.Nfnl.Log.stop(log)

  The kernel queues packets before it sends them: by default up to 100, or for one second. The
  options `:threshold` and `:flush` change that.

  ## Messages

    * `{:linx_nflog, :packet, %Linx.Netlink.Nfnl.Log.Packet{}}` - a packet, in the kernel's order;
    * `{:linx_nflog, :resync_needed}` - packets were dropped here because the receive buffer was
      full;
    * `{:linx_nflog, :closed, reason}` - the socket failed and the process ends.
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
  Starts a process, linked to the caller, that binds a group and sends its packets to an owner.

  Options:

    * `:group` - number of the group, 0 to 65535; required. One socket at a time can bind a group;
    * `:owner` - the process that receives the packets, by default the caller. When it ends, the
      log ends with `:normal`;
    * `:netns` - network namespace, as for `Linx.Netlink.Socket.open/2`; by default `:host`;
    * `:copy` - number of bytes of a packet that are copied; by default `:all`, 0 for none;
    * `:threshold` - number of packets that are queued before they are sent;
    * `:flush` - longest time that packets are queued, milliseconds, rounded up to a multiple of 10;
    * `:buffer` - largest size of the queue, bytes;
    * `:with` - list of further fields: `:seq`, `:seq_global`, `:conntrack`;
    * `:rcvbuf`, `:force_rcvbuf`, `:name` and the other options of `GenServer.start_link/3` -
      as for `Linx.Netlink.Monitor.start_link/1`.

  The group is bound when the function returns. Needs `CAP_NET_ADMIN` in the namespace. Errors:
  `%Linx.Netlink.Error{errno: :eperm}` without it, and if another socket has bound the group;
  `{:unknown_option, key}`, `{:bad_option, key, value}`, `{:missing_option, :group}`, and the reasons
  of `Linx.Netlink.Socket.open/2` and `Linx.Netlink.Request`. Returns `:ignore` if the owner has
  ended already.
  """
  @spec start_link([option()]) :: GenServer.on_start()
  def start_link(opts) when is_list(opts) do
    with {:ok, options} <- ProcessOptions.check(@options, opts) do
      config = config(options)

      options
      |> Map.merge(%{
        protocol: @netlink_netfilter,
        # Closing the socket unbinds the group.
        prepare: &Request.run(&1, @config, 0, config),
        format: &__MODULE__.__format__/2
      })
      |> Monitor.start_checked()
    end
  end

  @doc """
  Unbinds the group and ends the process.
  """
  @spec stop(GenServer.server()) :: :ok
  def stop(log), do: Monitor.stop(log)

  @doc """
  Number of times that the receive buffer overflowed since the start.
  """
  @spec overruns(GenServer.server()) :: non_neg_integer()
  def overruns(log), do: Monitor.overruns(log)

  @doc """
  Child specification for a supervisor. The id is the log's name, or this module.

  Without the option `:owner`, the supervisor is the owner. The child is `:transient`: it is not
  restarted after its owner has ended or its socket has failed.
  """
  @spec child_spec([option()]) :: Supervisor.child_spec()
  def child_spec(opts) when is_list(opts),
    do: GenServerInit.child_spec(__MODULE__, opts, :transient)

  # One message binds and configures the group: no packet arrives before it is configured.
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

  # A range of 0 copies the whole packet.
  defp mode(:all), do: %Config.Mode{copy_mode: :packet, copy_range: 0}
  defp mode(0), do: %Config.Mode{copy_mode: :meta}
  defp mode(bytes), do: %Config.Mode{copy_mode: :packet, copy_range: bytes}

  @doc false
  @spec __format__(pid(), Monitor.event()) :: {term(), nil} | nil
  def __format__(_log, {:message, %Message{type: @packet, payload: payload}}) do
    {{:linx_nflog, :packet, Packet.decode(payload)}, nil}
  rescue
    # Malformed: lengths contradict each other.
    ArgumentError -> nil
  end

  def __format__(_log, {:message, _other}), do: nil
  def __format__(_log, {:overrun, _count}), do: {{:linx_nflog, :resync_needed}, nil}
  def __format__(_log, {:closed, reason}), do: {{:linx_nflog, :closed, reason}, nil}
end

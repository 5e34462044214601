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

  With the option `tag: term`, that term stands in the place of `:linx_nflog`: a process can tell its
  logs apart.
  """

  use Linx.Netlink.Protocol, subscribe: :attach, unsubscribe: :detach

  alias Linx.Netlink.{Message, Monitor, Request, Socket}
  alias Linx.Netlink.Nfnl.Conntrack.Query
  alias __MODULE__.{Config, Packet}

  @netlink_netfilter 12

  # NFULNL_MSG_PACKET and NFULNL_MSG_CONFIG, in the subsystem NFNL_SUBSYS_ULOG.
  @packet 0x0400
  @config 0x0401

  @u32 0xFFFFFFFF

  @typedoc "Options of `start_link/1`."
  @type option ::
          {:group, 0..0xFFFF}
          | {:owner, pid() | nil}
          | {:filter, (Packet.t() -> boolean()) | nil}
          | {:tag, term()}
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
    * `:owner` - the process that receives the packets, by default the caller; `nil` for none. When
      it ends, the log ends with `:normal`;
    * `:filter` - a function of a packet; the owner receives the packets for which it is true;
    * `:tag` - first element of the messages; by default `:linx_nflog`;
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
  def start_link(opts) when is_list(opts), do: Monitor.start_link(__MODULE__, opts)

  # The protocol

  @doc false
  @impl true
  def number, do: @netlink_netfilter

  @doc false
  @impl true
  def groups, do: []

  @doc false
  @impl true
  def tag, do: :linx_nflog

  @doc false
  @impl true
  def options do
    [
      group: {0..0xFFFF, required: true},
      copy: {{:either, [0..@u32, {:one_of, [:all]}]}, default: :all},
      threshold: 1..@u32,
      flush: 0..@u32,
      buffer: 1..@u32,
      with: {:list_of, [:seq, :seq_global, :conntrack]}
    ]
  end

  # Closing the socket unbinds the group.
  @doc false
  @impl true
  def setup(sock, options), do: Request.run(sock, @config, 0, config(options))

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
  @impl true
  def rows(_groups), do: [{@packet, nil, Packet, :packet}]

  @doc false
  @impl true
  def decode(:packet, packet, _flags), do: {:ok, with_family(packet)}

  @doc false
  @impl true
  def decode(%Message{type: @packet, payload: payload}) do
    {:ok, payload |> Packet.decode() |> with_family()}
  rescue
    # Malformed: lengths contradict each other.
    ArgumentError -> :ignore
  end

  def decode(_other), do: :ignore

  # The entry has no header, which would have its family.
  defp with_family(%Packet{ct: nil} = packet), do: packet
  defp with_family(%Packet{ct: entry} = packet), do: %{packet | ct: Query.with_family(entry)}

  @doc false
  @impl true
  def message(tag, _log, {:event, packet}), do: {tag, :packet, packet}
  def message(tag, _log, {:overrun, _count}), do: {tag, :resync_needed}
  def message(tag, _log, {:closed, reason}), do: {tag, :closed, reason}
end

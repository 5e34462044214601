defmodule Linx.Netlink.Nfnl.Conntrack do
  @moduledoc """
  A connection that the kernel tracks.

  Kernel side: `CTA_*` of `include/uapi/linux/netfilter/nfnetlink_conntrack.h`, `IPS_*` of
  `nf_conntrack_common.h` beside it.

      {:ok, sock} = Linx.Netlink.Nfnl.open()
      {:ok, entries} = Conntrack.list(sock, mark: {0x10, 0xF0}, zone: 7)

      for entry <- entries do
        {entry.tuple_orig, entry.counters_orig}
      end

  `tuple_orig` is the tuple of the first packet, `tuple_reply` that of the replies; with address
  translation the two are not mirror images. `timeout` is in seconds. `counters_orig` and
  `counters_reply` are set if `net.netfilter.nf_conntrack_acct` was on when the connection began;
  events of new and changed connections do not have them. `timestamp` needs
  `net.netfilter.nf_conntrack_timestamp`.

  `zone` is the zone of the connection. If a connection has a zone in one direction alone
  (`ct original zone set`, `ct reply zone set`), the tuple of that direction has it; `get/3`,
  `update/3`, `delete/3`, `list/2` and `flush/2` find the connection by either tuple as it was read.
  `zone/1` returns the zone in each case; without any it is 0.

  All functions need `CAP_NET_ADMIN`. The kernel tracks no connections in a namespace until a
  firewall rule there needs them.

  ## Errors

    * `%Linx.Netlink.Error{}` - the kernel refused; `:enoent` if the connection does not exist;
    * `{:bad_option, key, value}`, `{:unknown_option, key}` - found before anything is sent;
    * those of `Linx.Netlink.Request`.
  """

  use Linx.Netlink.Codec

  import Linx.Netlink.Constants,
    only: [nlm_f_ack: 0, nlm_f_create: 0, nlm_f_echo: 0, nlm_f_excl: 0]

  alias Linx.Netlink.{Batch, Error, Message, Options, Request}
  alias Linx.Netlink.Nfnl.PacketHeader

  alias __MODULE__.{
    Count,
    Counters,
    Dump,
    Help,
    MessageType,
    Protoinfo,
    Query,
    Secctx,
    SeqAdj,
    Stats,
    Status,
    Timestamp,
    Tuple
  }

  codec prefix: "CTA_" do
    header PacketHeader, as: [res_id: nil]

    attr 1, :tuple_orig, {:nested, Tuple}, "tuple of the original direction"
    attr 2, :tuple_reply, {:nested, Tuple}, "tuple of the reply direction"
    attr 18, :zone, :be16, "zone for both directions, 0 to 65535"
    attr 3, :status, {:flags, :be32, Status.names()}, "status bits, IPS_*", values: "IPS_"
    attr 4, :protoinfo, {:nested, Protoinfo}, "state by protocol"
    attr 5, :help, {:nested, Help}, "helper"
    attr 7, :timeout, :be32, "time to expiry, s"
    attr 8, :mark, :be32, "mark of the connection"
    attr 9, :counters_orig, {:nested, Counters}, "counters of the original direction"
    attr 10, :counters_reply, {:nested, Counters}, "counters of the reply direction"
    attr 11, :use, :be32, "number of references"
    attr 12, :id, :be32, "id of the entry, a hash"
    attr 14, :tuple_master, {:nested, Tuple}, "tuple of the connection that expected this one"
    attr 15, :seq_adj_orig, {:nested, SeqAdj}, "sequence number adjustment, original direction"
    attr 16, :seq_adj_reply, {:nested, SeqAdj}, "sequence number adjustment, reply direction"
    attr 19, :secctx, {:nested, Secctx}, "security context"
    attr 20, :timestamp, {:nested, Timestamp}, "start and end"
    attr 21, :mark_mask, :be32, "bits of `mark` that a filter compares or an update sets"
    attr 22, :labels, :binary, "connection labels, a bit mask of up to 16 bytes"
    attr 26, :status_mask, :be32, "bits of `status` that a filter compares"
  end

  @typedoc "Options that select connections; see `list/2`."
  @type filter ::
          {:family, :ipv4 | :ipv6}
          | {:mark, 0..0xFFFFFFFF | {0..0xFFFFFFFF, 0..0xFFFFFFFF}}
          | {:zone, 0..0xFFFF}

  @type error ::
          Request.error() | {:bad_option, atom(), term()} | {:unknown_option, term()}

  @typedoc "The result of a change; with a `Linx.Netlink.Batch`, the message of the change."
  @type change :: :ok | {:ok, Message.t()} | {:error, Request.error()}

  # NETLINK_NETFILTER of include/uapi/linux/netlink.h.
  @netlink_netfilter 12

  # Options that select connections.
  @filters [
    family: {:choice, [ipv4: :ipv4, ipv6: :ipv6]},
    mark: {:with_mask, 0..0xFFFFFFFF},
    zone: 0..0xFFFF
  ]

  @doc """
  Lists connections.

  Options, besides those of `Linx.Netlink.Request`:

    * `:family` - connections of the family `:ipv4` or `:ipv6`;
    * `:mark` - connections with this mark, or `{mark, mask}`: with these bits under the mask;
    * `:zone` - connections of this zone, in both directions or in one;
    * `:zero` - `true` to reset the counters of the listed connections to zero.

  The kernel filters; before Linux 6.8 zones are filtered here.

      {:ok, entries} = Conntrack.list(sock, family: :ipv6, mark: 42)
  """
  @spec list(Batch.target(), [filter() | {:zero, boolean()} | Request.option()]) ::
          {:ok, [t()]} | {:error, error()}
  def list(sock, opts \\ []) do
    table = [zero: :boolean] ++ @filters

    with {:ok, request, wanted} <- Options.read(opts, :dump, @netlink_netfilter, table),
         type =
           if(wanted[:zero], do: MessageType.number(:get_ctrzero), else: MessageType.number(:get)),
         {:ok, entries} <- Request.dump(sock, type, Query.filter(wanted), request),
         do: {:ok, entries |> Dump.distinct() |> Query.matching(wanted)}
  end

  @doc """
  Gets the connection with a tuple, of either direction.

      {:ok, tuple} = Conntrack.Tuple.new("192.0.2.1", "192.0.2.2", 6, 40_000, 443)
      {:ok, entry} = Conntrack.get(sock, tuple)

  Options: `:zone`, if the tuple has none itself, and those of `Linx.Netlink.Request`. The kernel
  refuses two different zones with `:einval`.
  """
  @spec get(Request.target(), Tuple.t(), [{:zone, 0..0xFFFF} | Request.option()]) ::
          {:ok, t() | Batch.Read.t()} | {:error, error() | :no_reply}
  def get(sock, %Tuple{} = tuple, opts \\ []) do
    table = Keyword.take(@filters, [:zone])

    with {:ok, request, wanted} <- Options.read(opts, :dump, @netlink_netfilter, table) do
      fetch(
        sock,
        MessageType.number(:get),
        Query.key(%{Query.filter(wanted) | tuple_orig: tuple}),
        request
      )
    end
  end

  # The reply has NLM_F_MULTI, and no NLMSG_DONE follows: the acknowledgement ends it, which has to
  # be requested. The reply to a batch ends with one.
  defp fetch(%Batch{} = batch, type, query, opts) do
    with {:ok, read} <- Request.fetch(batch, type, query, opts),
         do: {:ok, %{read | flags: nlm_f_ack() + nlm_f_echo()}}
  end

  defp fetch(sock, type, query, opts),
    do: Request.run(sock, type, 0, query, Keyword.put(opts, :echo, true))

  @doc """
  Creates an entry for a connection, without a packet of it.

  Both tuples and `timeout` are required, for TCP `protoinfo` too. The kernel's error is `:eexist` if
  the entry exists. Options: `:timeout`, and `echo: true` to return `{:ok, entry}`.
  """
  @spec create(Request.target(), t(), timeout: timeout(), echo: boolean()) :: change()
  def create(sock, %__MODULE__{} = entry, opts \\ []),
    do: change(sock, nlm_f_create() + nlm_f_excl(), Query.with_family(entry), opts)

  @doc """
  Changes an entry: sets the fields that are given besides its tuple, such as `mark` or `timeout`.

      :ok = Conntrack.update(sock, %Conntrack{tuple_orig: entry.tuple_orig, mark: 7})

  Options: `:timeout`, and `echo: true` to return `{:ok, entry}`. The kernel's error is `:enoent` if
  the entry does not exist.
  """
  @spec update(Request.target(), t(), timeout: timeout(), echo: boolean()) :: change()
  def update(sock, %__MODULE__{} = entry, opts \\ []),
    do: change(sock, 0, Query.key(entry), opts)

  defp change(sock, flags, entry, opts) do
    with {:ok, request, %{}} <- Options.read(opts, :add, @netlink_netfilter, []),
         do: Request.run(sock, MessageType.number(:new), flags, entry, request)
  end

  @doc """
  Deletes an entry, identified by one of its tuples and its `zone`. With the `id` that listed entries
  have, an entry that has replaced it since is not deleted (`:enoent`).

  The flow itself is not stopped: its next packet may create a new entry. Option: `:timeout`.
  Raises `FunctionClauseError` for an entry without a tuple, for which the kernel would delete all
  entries.
  """
  @spec delete(Request.target(), t(), timeout: timeout()) :: change()
  def delete(sock, %__MODULE__{tuple_orig: orig, tuple_reply: reply} = entry, opts \\ [])
      when is_struct(orig, Tuple) or is_struct(reply, Tuple) do
    with {:ok, request, %{}} <- Options.read(opts, :set, @netlink_netfilter, []),
         do: Request.run(sock, MessageType.number(:delete), 0, Query.identity(entry), request)
  end

  @doc """
  Deletes all entries that match the options `:family`, `:mark` and `:zone`, as for `list/2`, with
  the options of `Linx.Netlink.Request`. `list/2` with the same options returns these entries.

  Entries of a zone are listed and then deleted one by one: some kernels ignore the zone here and
  would delete all entries.
  """
  @spec flush(Batch.target(), [filter() | Request.option()]) :: :ok | {:error, error()}
  def flush(sock, opts \\ []) do
    with {:ok, request, wanted} <- Options.read(opts, :dump, @netlink_netfilter, @filters) do
      if wanted[:zone],
        do: flush_listed(sock, opts, request),
        else: flush_all(sock, Query.filter(wanted), request)
    end
  end

  # The kernel reads the family of version 1 messages only (net/netfilter/nf_conntrack_netlink.c,
  # ctnetlink_del_conntrack).
  defp flush_all(sock, query, opts) do
    <<family, 0, rest::binary>> = encode(query)

    with {:ok, _none} <-
           Request.talk(
             sock,
             MessageType.number(:delete),
             nlm_f_ack(),
             <<family, 1, rest::binary>>,
             opts
           ),
         do: :ok
  end

  defp flush_listed(sock, opts, request) do
    with {:ok, entries} <- list(sock, opts),
         {:ok, results} <-
           Batch.run(
             sock,
             fn batch -> Enum.map(entries, &delete(batch, &1)) end,
             Keyword.take(request, [:timeout])
           ) do
      # :enoent: the connection has ended meanwhile.
      Enum.find(results, :ok, &(&1 != :ok and not match?({:error, %Error{errno: :enoent}}, &1)))
    end
  end

  @doc """
  The number of entries in the namespace, and its limit (`IPCTNL_MSG_CT_GET_STATS`).

      {:ok, %Conntrack.Count{entries: 117, max_entries: 65_536}} = Conntrack.count(sock)

  Options: `:timeout` and `:dump_retries` of `Linx.Netlink.Request`.
  """
  @spec count(Request.target(), [Request.option()]) ::
          {:ok, Count.t() | Batch.Read.t()} | {:error, Request.error() | :no_reply}
  def count(sock, opts \\ []) do
    with {:ok, request, %{}} <- Options.read(opts, :dump, @netlink_netfilter, []),
         do: fetch(sock, MessageType.number(:get_stats), %Count{}, request)
  end

  @doc """
  The counters of connection tracking of each CPU, as `conntrack -S` prints them
  (`IPCTNL_MSG_CT_GET_STATS_CPU`).

  Options: `:timeout` and `:dump_retries` of `Linx.Netlink.Request`.
  """
  @spec stats(Batch.target(), [Request.option()]) ::
          {:ok, [Stats.t()]} | {:error, Request.error()}
  def stats(sock, opts \\ []) do
    with {:ok, request, %{}} <- Options.read(opts, :dump, @netlink_netfilter, []),
         do: Request.dump(sock, MessageType.number(:get_stats_cpu), %Stats{}, request)
  end

  # Accessors

  @doc """
  The protocol of a connection, by name or number; `nil` if no tuple has one.

      iex> alias Linx.Netlink.Nfnl.Conntrack
      iex> {:ok, tuple} = Conntrack.Tuple.new("192.0.2.1", "192.0.2.2", :udp, 40_000, 53)
      iex> Conntrack.protocol(%Conntrack{tuple_orig: tuple})
      :udp
  """
  @spec protocol(t()) :: atom() | 0..255 | nil
  def protocol(%__MODULE__{tuple_orig: orig, tuple_reply: reply}) do
    case orig || reply do
      %Tuple{proto: %{num: protocol}} -> protocol
      _ -> nil
    end
  end

  @doc """
  The zone of a connection: for both directions, or for one of them; 0 if it has none.
  """
  @spec zone(t()) :: 0..0xFFFF
  def zone(%__MODULE__{zone: zone, tuple_orig: orig, tuple_reply: reply}),
    do: zone || Query.tuple_zone(orig) || Query.tuple_zone(reply) || 0

  @doc """
  The state of a TCP or SCTP connection; `nil` for other protocols.
  """
  @spec state(t()) :: atom() | 0..255 | nil
  def state(%__MODULE__{protoinfo: nil}), do: nil

  def state(%__MODULE__{protoinfo: %Protoinfo{tcp: tcp, sctp: sctp}}) do
    case tcp || sctp do
      nil -> nil
      info -> info.state
    end
  end

  @doc """
  Whether the kernel has seen packets of both directions (`IPS_SEEN_REPLY`).
  """
  @spec seen_reply?(t()) :: boolean()
  def seen_reply?(%__MODULE__{} = entry), do: status?(entry, :seen_reply)

  @doc """
  Whether the connection is established, and is not evicted when the table is full (`IPS_ASSURED`).
  """
  @spec assured?(t()) :: boolean()
  def assured?(%__MODULE__{} = entry), do: status?(entry, :assured)

  @doc """
  Whether the source address or port is translated (`IPS_SRC_NAT`).
  """
  @spec src_nat?(t()) :: boolean()
  def src_nat?(%__MODULE__{} = entry), do: status?(entry, :src_nat)

  @doc """
  Whether the destination address or port is translated (`IPS_DST_NAT`).
  """
  @spec dst_nat?(t()) :: boolean()
  def dst_nat?(%__MODULE__{} = entry), do: status?(entry, :dst_nat)

  defp status?(%__MODULE__{status: status}, flag) when is_list(status), do: flag in status
  defp status?(%__MODULE__{}, _flag), do: false

  defimpl Inspect do
    alias Linx.Netlink.Nfnl.Conntrack.Tuple
    alias Linx.Text

    def inspect(entry, opts) do
      Text.show(entry, opts, fn ->
        [
          entry.tuple_orig && Tuple.to_string(entry.tuple_orig),
          entry.protoinfo && entry.protoinfo.tcp && Text.field(entry.protoinfo.tcp.state),
          entry.mark not in [nil, 0] && "mark=0x#{Integer.to_string(entry.mark, 16)}",
          Text.part("zone=", entry.zone),
          entry.tuple_orig && Text.part("zone-orig=", entry.tuple_orig.zone),
          entry.tuple_reply && Text.part("zone-reply=", entry.tuple_reply.zone)
        ]
      end)
    end
  end
end

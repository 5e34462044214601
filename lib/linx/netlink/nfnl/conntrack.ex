defmodule Linx.Netlink.Nfnl.Conntrack do
  @moduledoc """
  A connection that the kernel keeps track of.

  Kernel side: `CTA_*` of `include/uapi/linux/netfilter/nfnetlink_conntrack.h`, `IPS_*` of
  `nf_conntrack_common.h` beside it.

      {:ok, sock} = Linx.Netlink.Nfnl.open()
      {:ok, entries} = Conntrack.list(sock, mark: {0x10, 0xF0}, zone: 7)

      for entry <- entries do
        {entry.tuple_orig, entry.counters_orig}
      end

  `tuple_orig` is the connection as the first packet had it, `tuple_reply` what the answers
  look like: with address translation the two are not mirror images. `timeout` is in
  seconds. `counters_orig` and `counters_reply` are there if `net.netfilter.nf_conntrack_acct`
  was on when the connection began; the events of new ones and of changes do not have them.
  `timestamp` needs `net.netfilter.nf_conntrack_timestamp`.

  A connection in a zone has it in `zone`; one with a zone in one direction alone (`ct original
  zone set`, `ct reply zone set`) has it in the tuple of that direction, and belongs to that
  zone all the same: `get/3`, `update/3`, `delete/3`, `list/2` and `flush/2` find it by either
  tuple as it was read. Without any, the zone is 0.

  All functions need `CAP_NET_ADMIN`. Nothing is tracked in a namespace until a firewall rule
  there asks for it.

  ## Errors

    * `%Linx.Netlink.Error{}` - the kernel refused; `:enoent` for a connection that is not there;
    * `{:bad_option, key, value}`, `{:unknown_option, key}`, before anything is sent;
    * those of `Linx.Netlink.Request`.
  """

  use Linx.Netlink.Codec

  import Linx.Netlink.Constants, only: [nlm_f_ack: 0, nlm_f_create: 0, nlm_f_excl: 0]

  alias Linx.Netlink.{Batch, Error, Message, Options, Request}
  alias Linx.Netlink.Nfnl.Family
  alias __MODULE__.{Count, Counters, Help, Protoinfo, Secctx, SeqAdj, Stats, Timestamp, Tuple}

  # IPCTNL_MSG_CT_*, in the subsystem NFNL_SUBSYS_CTNETLINK.
  @new 0x0100
  @get 0x0101
  @delete 0x0102
  @get_ctrzero 0x0103
  @get_stats_cpu 0x0104
  @get_stats 0x0105

  # IPS_*.
  @status [
    expected: 0x1,
    seen_reply: 0x2,
    assured: 0x4,
    confirmed: 0x8,
    src_nat: 0x10,
    dst_nat: 0x20,
    seq_adjust: 0x40,
    src_nat_done: 0x80,
    dst_nat_done: 0x100,
    dying: 0x200,
    fixed_timeout: 0x400,
    template: 0x800,
    untracked: 0x1000,
    helper: 0x2000,
    offload: 0x4000,
    hw_offload: 0x8000
  ]

  codec do
    header do
      field :family, {:enum, :u8, Family.packet()}
      pad 3
    end

    attr 1, :tuple_orig, {:nested, Tuple}
    attr 2, :tuple_reply, {:nested, Tuple}
    attr 18, :zone, :be16
    attr 3, :status, {:flags, :be32, @status}
    attr 4, :protoinfo, {:nested, Protoinfo}
    attr 5, :help, {:nested, Help}
    attr 7, :timeout, :be32
    attr 8, :mark, :be32
    attr 9, :counters_orig, {:nested, Counters}
    attr 10, :counters_reply, {:nested, Counters}
    attr 11, :use, :be32
    attr 12, :id, :be32
    attr 14, :tuple_master, {:nested, Tuple}
    attr 15, :seq_adj_orig, {:nested, SeqAdj}
    attr 16, :seq_adj_reply, {:nested, SeqAdj}
    attr 19, :secctx, {:nested, Secctx}
    attr 20, :timestamp, {:nested, Timestamp}
    attr 21, :mark_mask, :be32
    attr 22, :labels, :binary
    attr 26, :status_mask, :be32
  end

  @typedoc "Which connections are meant; see `list/2`."
  @type filter ::
          {:family, :ipv4 | :ipv6}
          | {:mark, 0..0xFFFFFFFF | {0..0xFFFFFFFF, 0..0xFFFFFFFF}}
          | {:zone, 0..0xFFFF}

  @type error ::
          Request.error() | {:bad_option, atom(), term()} | {:unknown_option, term()}

  @typedoc "The result of a change; with a `Linx.Netlink.Batch`, the message to make it."
  @type change :: :ok | {:ok, Message.t()} | {:error, Request.error()}

  # NETLINK_NETFILTER of include/uapi/linux/netlink.h.
  @netlink_netfilter 12

  # Which connections are meant.
  @filters [
    family: {:choice, [ipv4: :ipv4, ipv6: :ipv6]},
    mark: {:with_mask, 0..0xFFFFFFFF},
    zone: 0..0xFFFF
  ]

  @doc """
  Lists connections.

  Options, besides those of `Linx.Netlink.Request`:

    * `:family` - `:ipv4` or `:ipv6`;
    * `:mark` - those with this mark, or `{mark, mask}`: whose bits under the mask are those;
    * `:zone` - those of a zone, in both directions or in one;
    * `:zero` - `true` to set the counters of what is listed to zero.

  The kernel leaves out what does not fit (by zone from Linux 6.8 on; before, we do).

      {:ok, entries} = Conntrack.list(sock, family: :ipv6, mark: 42)
  """
  @spec list(Batch.target(), [filter() | {:zero, boolean()} | Request.option()]) ::
          {:ok, [t()]} | {:error, error()}
  def list(sock, opts \\ []) do
    table = [zero: :boolean] ++ @filters

    with {:ok, request, wanted} <- Options.read(opts, :dump, @netlink_netfilter, table),
         type = if(wanted[:zero], do: @get_ctrzero, else: @get),
         {:ok, entries} <- Request.dump(sock, type, query(wanted), request) do
      {:ok, entries |> distinct() |> Enum.filter(&fits?(&1, wanted))}
    end
  end

  @doc false
  # Each entry once, as it was dumped first. Where the entry has ended at which a part of the dump
  # stopped, the next part repeats all of its bucket; and all buckets up to there, if the table has
  # grown (net/netfilter/nf_conntrack_netlink.c, ctnetlink_dump_table). None is missing then. It is
  # not dumped anew, since `:zero` has set the counters to zero.
  @spec distinct([t()]) :: [t()]
  def distinct(entries) do
    ids = :maps.from_keys(Enum.map(entries, & &1.id), [])

    # An id is a hash of 32 bits, which several may have.
    if map_size(ids) == length(entries),
      do: entries,
      else: Enum.uniq_by(entries, &{&1.id, &1.tuple_orig, &1.zone})
  end

  @doc """
  Gets the connection with a tuple, that of either direction.

      {:ok, tuple} = Conntrack.Tuple.new("192.0.2.1", "192.0.2.2", 6, 40_000, 443)
      {:ok, entry} = Conntrack.get(sock, tuple)

  Options: `:zone`, if the tuple itself has none, and those of `Linx.Netlink.Request`. With
  two zones that differ: `:einval`.
  """
  @spec get(Batch.target(), Tuple.t(), [{:zone, 0..0xFFFF} | Request.option()]) ::
          {:ok, t()} | {:error, error() | :no_reply}
  def get(sock, %Tuple{} = tuple, opts \\ []) do
    table = Keyword.take(@filters, [:zone])

    with {:ok, request, wanted} <- Options.read(opts, :dump, @netlink_netfilter, table) do
      fetch(sock, @get, lookup(%{query(wanted) | tuple_orig: tuple}), request)
    end
  end

  # The answer claims to be one of several (NLM_F_MULTI), and no NLMSG_DONE follows: what ends it
  # is the acknowledgement, which has to be asked for.
  defp fetch(sock, type, query, opts),
    do: Request.run(sock, type, 0, query, Keyword.put(opts, :echo, true))

  @doc """
  Makes an entry for a connection of which no packet has been seen.

  It needs both tuples and a `timeout`; of TCP, `protoinfo` too. `:eexist` if it is there.
  Options are `:timeout`, and `:echo` to get `{:ok, entry}`.
  """
  @spec create(Request.target(), t(), timeout: timeout(), echo: boolean()) :: change()
  def create(sock, %__MODULE__{} = entry, opts \\ []),
    do: change(sock, nlm_f_create() + nlm_f_excl(), with_family(entry), opts)

  @doc """
  Changes an entry: what is given besides its tuple, such as `mark` or `timeout`.

      :ok = Conntrack.update(sock, %Conntrack{tuple_orig: entry.tuple_orig, mark: 7})

  Options as for `create/3`.
  """
  @spec update(Request.target(), t(), timeout: timeout(), echo: boolean()) :: change()
  def update(sock, %__MODULE__{} = entry, opts \\ []),
    do: change(sock, 0, lookup(entry), opts)

  defp change(sock, flags, entry, opts) do
    with {:ok, request, %{}} <- Options.read(opts, :add, @netlink_netfilter, []),
         do: Request.run(sock, @new, flags, entry, request)
  end

  @doc """
  Deletes a connection, which one of its tuples says, and its `zone`. With an `id`, as each has
  that was listed, one that has taken its place since is left alone (`:enoent`).

  The flow itself goes on: its next packet may begin a new entry. Takes the option `:timeout`.
  An entry without a tuple, which the kernel would take for everything, is a
  `FunctionClauseError`.
  """
  @spec delete(Request.target(), t(), timeout: timeout()) :: change()
  def delete(sock, %__MODULE__{tuple_orig: orig, tuple_reply: reply} = entry, opts \\ [])
      when is_struct(orig, Tuple) or is_struct(reply, Tuple) do
    with {:ok, request, %{}} <- Options.read(opts, :set, @netlink_netfilter, []),
         do: Request.run(sock, @delete, 0, identity(entry), request)
  end

  defp identity(%__MODULE__{tuple_orig: orig, tuple_reply: reply} = entry) do
    reply = if orig == nil, do: reply
    whole = %__MODULE__{family: entry.family, tuple_orig: orig, tuple_reply: reply}
    lookup(%{whole | zone: entry.zone, id: entry.id})
  end

  # The zone of a tuple counts for the direction that the attribute of the tuple names, that of
  # the message for both. So a tuple of either direction, with a zone for both or for its own, is
  # found by the latter (net/netfilter/nf_conntrack_core.c, nf_conntrack_find_get). The kernel
  # takes the original tuple, or else that of the reply.
  defp lookup(%__MODULE__{tuple_orig: orig, tuple_reply: reply} = entry) do
    case {entry.zone || 0, zone(orig || reply)} do
      {zone, own} when own in [nil, 0, zone] or zone == 0 ->
        zone = if own in [nil, 0], do: entry.zone, else: own
        with_family(%{entry | zone: zone, tuple_orig: bare(orig), tuple_reply: bare(reply)})

      _two_zones ->
        with_family(entry)
    end
  end

  defp zone(nil), do: nil
  defp zone(%Tuple{zone: zone}), do: zone

  defp bare(nil), do: nil
  defp bare(%Tuple{} = tuple), do: %{tuple | zone: nil}

  defp with_family(%__MODULE__{family: family, tuple_orig: orig, tuple_reply: reply} = entry)
       when family in [0, :unspec] and (orig != nil or reply != nil),
       do: %{entry | family: Tuple.family(orig || reply)}

  defp with_family(entry), do: entry

  @doc """
  Deletes all connections that fit: `:family`, `:mark` and `:zone` as for `list/2`, and the
  options of `Linx.Netlink.Request`.

  With these options, `list/2` tells beforehand which they are. By zone, they are listed and
  then deleted one by one, since there are kernels that take no notice of a zone here and
  would delete everything.
  """
  @spec flush(Batch.target(), [filter() | Request.option()]) :: :ok | {:error, error()}
  def flush(sock, opts \\ []) do
    with {:ok, request, wanted} <- Options.read(opts, :dump, @netlink_netfilter, @filters) do
      if wanted[:zone],
        do: flush_listed(sock, opts, request),
        else: flush_all(sock, query(wanted), request)
    end
  end

  # The family counts for a message of version 1 only (net/netfilter/nf_conntrack_netlink.c,
  # ctnetlink_del_conntrack).
  defp flush_all(sock, query, opts) do
    <<family, 0, rest::binary>> = encode(query)

    with {:ok, _none} <-
           Request.talk(sock, @delete, nlm_f_ack(), <<family, 1, rest::binary>>, opts),
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
      # What has ended by itself is gone, too.
      Enum.find(results, :ok, &(&1 != :ok and not match?({:error, %Error{errno: :enoent}}, &1)))
    end
  end

  @doc """
  How many connections there are in the namespace: `entries`, of `max_entries` at most.

      {:ok, %Conntrack.Count{entries: 117, max_entries: 65_536}} = Conntrack.count(sock)
  """
  @spec count(Batch.target(), [Request.option()]) ::
          {:ok, Count.t()} | {:error, Request.error() | :no_reply}
  def count(sock, opts \\ []) do
    with {:ok, request, %{}} <- Options.read(opts, :dump, @netlink_netfilter, []),
         do: fetch(sock, @get_stats, %Count{}, request)
  end

  @doc """
  What each CPU has counted while tracking, as `conntrack -S` shows it.
  """
  @spec stats(Batch.target(), [Request.option()]) ::
          {:ok, [Stats.t()]} | {:error, Request.error()}
  def stats(sock, opts \\ []) do
    with {:ok, request, %{}} <- Options.read(opts, :dump, @netlink_netfilter, []),
         do: Request.dump(sock, @get_stats_cpu, %Stats{}, request)
  end

  # Filters

  defp query(wanted) do
    {mark, mask} = Map.get(wanted, :mark, {nil, nil})
    family = Map.get(wanted, :family, 0)
    %__MODULE__{family: family, mark: mark, mark_mask: mask, zone: wanted[:zone]}
  end

  defp fits?(entry, wanted) do
    Enum.all?(wanted, fn
      {:family, family} -> entry.family == family
      {:mark, {mark, mask}} -> Bitwise.band(entry.mark || 0, mask) == mark
      {:zone, zone} -> zone_of(entry) == zone
      {:zero, _} -> true
    end)
  end

  # An entry has one zone, for both directions or for one (`struct nf_conntrack_zone`).
  defp zone_of(%__MODULE__{zone: zone, tuple_orig: orig, tuple_reply: reply}),
    do: zone || zone(orig) || zone(reply) || 0

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

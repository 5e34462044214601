defmodule Linx.Netlink.Rtnl.NeighbourTable do
  @moduledoc """
  Neighbour table of the kernel: size limits, and the timing parameters of each link.

  Kernel side: `struct ndtmsg` and the `NDTA_*` attributes of
  `include/uapi/linux/neighbour.h`.

      {:ok, sock} = Linx.Netlink.Rtnl.open()
      {:ok, tables} = NeighbourTable.list(sock)
      {:ok, [ipv4, ipv6]} = NeighbourTable.list(sock, "eth0")

      :ok = NeighbourTable.set(sock, "arp_cache", link: "eth0", base_reachable_time: 15_000)
      :ok = NeighbourTable.set(sock, "ndisc_cache", thresh3: 4096)

  Reading needs no privilege; `set/3` needs `CAP_NET_ADMIN` in the socket's namespace.

  `"arp_cache"` is the table of IPv4, `"ndisc_cache"` that of IPv6. A list has one struct per table,
  with its limits, `config`, `stats` and, in `parms`, the defaults of new links; and one struct per
  table and link, with `name` and `parms` only. `parms.ifindex` is the index of the link, `nil` for
  the defaults. `family` is `:inet` or `:inet6`.

  Limits, `config` and `stats` are shared by all namespaces. They, and the defaults of new links, can
  be set in the initial namespace only: elsewhere the kernel answers `:enoent`.

  Times are in milliseconds. The kernel rounds them to its ticks of 1 to 10 ms.

  ## Errors

    * `%Linx.Netlink.Error{}` - refused by the kernel: `:enoent` for a table that does not exist,
      and for a link without parameters in it;
    * `{:bad_name, name}`, `{:unknown_option, key}`, `{:bad_option, key, value}`;
    * those of `Linx.Netlink.Request`.

  All but the kernel's refusals are found before anything is sent.
  """

  use Linx.Netlink.Codec
  use Linx.Netlink.Options

  use Linx.Netlink.Resource,
    name: :neighbour_table,
    plural: :neighbour_tables,
    event: :neightbl,
    messages: [new: 64, get: 66],
    key: &__MODULE__.Key.unique/1,
    default: false,
    ifindex: [[:parms, :ifindex]]

  alias Linx.Netlink.{Message, Options, Request}
  alias Linx.Netlink.Options.Type
  alias Linx.Netlink.Rtnl.{Link, Names, Ref}

  alias __MODULE__.{Config, Parms, Stats}

  @rtm_getneightbl 66
  @rtm_setneightbl 67

  # NETLINK_ROUTE of include/uapi/linux/netlink.h.
  @netlink_route 0

  @filters [link: :link, family: {:choice, Options.families()}]

  # The kernel stores these 32 bits as a signed int.
  @int 0..0x7FFFFFFF

  codec prefix: "NDTA_" do
    header "struct ndtmsg", prefix: "ndtm_" do
      field :family, {:enum, :u8, Names.families()}, "address family", values: "AF_"
      pad 3
    end

    attr 1, :name, :string, "name of the table"
    attr 2, :thresh1, :u32, "number of entries below which none is collected"
    attr 3, :thresh2, :u32, "number of entries above which those unused for 5 s are collected"
    attr 4, :thresh3, :u32, "largest number of entries"
    attr 5, :config, Config, "state of the table", volatile: true
    attr 6, :parms, {:nested, Parms}, "parameters of a link or defaults"
    attr 7, :stats, Stats, "counters", volatile: true
    attr 8, :gc_interval, :u64, "interval of garbage collection, ms"
  end

  options(
    thresh1: {@int, "number of entries below which none is collected"},
    thresh2: {@int, "number of entries above which those unused for 5 s are collected"},
    thresh3: {@int, "largest number of entries"},
    gc_interval: {@int, "interval of garbage collection, ms"},
    link: {:link, "link whose parameters are set; if not given, the defaults of new links"},
    base_reachable_time:
      {@int, "mean time for which a confirmed entry is reachable, ms",
       field: [:parms, :base_reachable_time]},
    retrans_time: {@int, "interval of probes, ms", field: [:parms, :retrans_time]},
    gc_staletime:
      {@int, "time after which an unused entry is collected, ms", field: [:parms, :gc_staletime]},
    delay_probe_time:
      {@int, "delay of the first probe after a stale entry is used, ms",
       field: [:parms, :delay_probe_time]},
    interval_probe_time_ms:
      {1..0x7FFFFFFF, "interval of probes of a managed entry, ms, from Linux 6.0",
       field: [:parms, :interval_probe_time_ms]},
    queue_len:
      {0..0x7FFFF,
       "limit of the packets queued for an unresolved entry, as the bytes of that many of full size",
       field: [:parms, :queue_len]},
    queue_lenbytes:
      {@int, "limit of the bytes queued for an unresolved entry",
       field: [:parms, :queue_lenbytes]},
    app_probes: {@int, "number of probes left to a program", field: [:parms, :app_probes]},
    ucast_probes: {@int, "number of unicast probes", field: [:parms, :ucast_probes]},
    mcast_probes: {@int, "number of multicast probes", field: [:parms, :mcast_probes]},
    mcast_reprobes:
      {@int, "number of multicast probes after failed unicast ones",
       field: [:parms, :mcast_reprobes]},
    anycast_delay:
      {@int, "largest delay of an answer for an anycast address, ms",
       field: [:parms, :anycast_delay]},
    proxy_delay:
      {@int, "largest delay of an answer for a proxy entry, ms", field: [:parms, :proxy_delay]},
    proxy_qlen:
      {@int, "limit of the delayed answers for proxy entries", field: [:parms, :proxy_qlen]},
    locktime:
      {@int, "time for which a new entry is not overwritten, ms", field: [:parms, :locktime]}
  )

  @type ref :: Link.ref()
  @type error :: Link.error()

  @typedoc "`:ok`; in a batch the request."
  @type done :: :ok | {:ok, Message.t()} | {:error, error()}

  @doc """
  Lists the tables, and the parameters of each link in them.

  Takes a link, by name or index, or options that filter:

    * `:link` - the parameters of one link, by name or index;
    * `:family` - `:inet` or `:inet6`;
    * those of `Linx.Netlink.Request`.

  The kernel filters by family.
  """
  @spec list(Request.target(), ref() | keyword()) :: {:ok, [t()]} | {:error, error()}
  def list(sock, filter \\ [])
  def list(sock, link) when is_binary(link) or is_integer(link), do: list(sock, link: link)

  def list(sock, opts) do
    with {:ok, request, wanted} <- Options.read(opts, :dump, @netlink_route, @filters),
         {:ok, index} <- Link.option_index(sock, wanted[:link], request),
         query = %__MODULE__{family: wanted[:family] || :unspec},
         {:ok, tables} <- Request.dump(sock, @rtm_getneightbl, query, request) do
      {:ok, Enum.filter(tables, &chosen?(&1, index))}
    end
  end

  defp chosen?(_table, nil), do: true
  defp chosen?(%{parms: %Parms{ifindex: index}}, index), do: true
  defp chosen?(_table, _index), do: false

  @doc """
  Changes limits of a table, or parameters of a link in it. Options that are not given do not change.

      :ok = NeighbourTable.set(sock, "ndisc_cache", link: "eth0", ucast_probes: 5)

  Without `:link`, parameters are the defaults of new links. `opts` are the options above and
  `:timeout`.
  """
  @spec set(Link.target(), String.t(), keyword()) :: done()
  def set(sock, table, opts) do
    with {:ok, request, opts} <- Options.split(opts, :set, @netlink_route),
         {:ok, name} <- Type.check({:alt_name, 15}, :name, table),
         {:ok, assigns} <- Options.parse(__options__(), opts, :set),
         {assigns, refs} = split_link(assigns),
         table = Enum.reduce(assigns, %__MODULE__{name: name}, &put/2),
         {:ok, table} <- Ref.resolve({with_parms(table, refs), refs}, sock, request) do
      Request.run(sock, @rtm_setneightbl, 0, table, request)
    end
  end

  defp split_link(assigns) do
    {links, assigns} = Enum.split_with(assigns, &match?({[:link], _}, &1))
    {assigns, for({_path, {:link, _key, ref}} <- links, do: {[:parms, :ifindex], ref})}
  end

  defp with_parms(table, []), do: table
  defp with_parms(table, _refs), do: %{table | parms: table.parms || %Parms{}}

  defp put({[:parms, field], value}, table),
    do: %{table | parms: Map.replace!(table.parms || %Parms{}, field, value)}

  defp put({[field], value}, table), do: Map.replace!(table, field, value)

  defimpl Inspect do
    alias Linx.Text

    def inspect(table, opts) do
      Text.show(table, opts, fn ->
        [Text.field(table.name), Text.part("ifindex=", table.parms && table.parms.ifindex)]
      end)
    end
  end
end

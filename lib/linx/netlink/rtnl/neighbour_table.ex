defmodule Linx.Netlink.Rtnl.NeighbourTable do
  @moduledoc """
  How the kernel keeps neighbours: the limits of a table, and the timing of each link.

  Kernel side: `struct ndtmsg` and the `NDTA_*` attributes of
  `include/uapi/linux/neighbour.h`.

      {:ok, sock} = Linx.Netlink.Rtnl.open()
      {:ok, tables} = NeighbourTable.list(sock)
      {:ok, [of_ipv4, of_ipv6]} = NeighbourTable.list(sock, "eth0")

      :ok = NeighbourTable.set(sock, "arp_cache", link: "eth0", base_reachable_time: 15_000)
      :ok = NeighbourTable.set(sock, "ndisc_cache", thresh3: 4096)

  Reading needs no privilege, `set/3` needs `CAP_NET_ADMIN` in the socket's namespace.

  `"arp_cache"` is the table of IPv4, `"ndisc_cache"` that of IPv6. A list has for each one
  struct with its limits, `config`, `stats` and, in `parms`, what new links start with, and
  one struct for each link, with no more than `name` and `parms`. There, `ifindex` is the
  link, and `nil` for new ones.

  All namespaces share the limits and what `config` and `stats` say. They, and the parameters
  of new links, can be set from the initial namespace alone: elsewhere the kernel answers
  `:enoent`.

  Times are in milliseconds. The kernel keeps them in its ticks, 1 to 10 ms, and rounds.

  ## Errors

    * `%Linx.Netlink.Error{}` - the kernel refused; a table that does not exist is `:enoent`,
      and so is a link without parameters in it;
    * `{:bad_name, name}`, `{:unknown_option, key}`, `{:bad_option, key, value}`;
    * those of `Linx.Netlink.Request`.

  All but the kernel's refusals are found before anything is sent.
  """

  use Linx.Netlink.Codec
  use Linx.Netlink.Options

  alias Linx.Netlink.{Message, Options, Request}
  alias Linx.Netlink.Options.Type
  alias Linx.Netlink.Rtnl.Link

  alias __MODULE__.{Config, Parms, Stats}

  @rtm_getneightbl 66
  @rtm_setneightbl 67

  # NETLINK_ROUTE of include/uapi/linux/netlink.h.
  @netlink_route 0

  # Which tables and parameters to list.
  @filters [link: :link, family: {:choice, Options.families()}]

  # The kernel keeps what it takes as 32 bits in an int.
  @int 0..0x7FFFFFFF

  codec do
    header do
      field :family, :u8
      pad 3
    end

    attr 1, :name, :string
    attr 2, :thresh1, :u32
    attr 3, :thresh2, :u32
    attr 4, :thresh3, :u32
    attr 5, :config, Config
    attr 6, :parms, {:nested, Parms}
    attr 7, :stats, Stats
    attr 8, :gc_interval, :u64
  end

  options(
    thresh1: {@int, "entries up to which none is forgotten"},
    thresh2: {@int, "entries above which those older than 5 s are forgotten"},
    thresh3: {@int, "entries that there may be"},
    gc_interval: {@int, "between two clearings of the table, ms"},
    link: {:link, "whose parameters these are, those of new links if not given"},
    base_reachable_time:
      {@int, "about how long a verified entry is good, ms", field: [:parms, :base_reachable_time]},
    retrans_time: {@int, "between two questions, ms", field: [:parms, :retrans_time]},
    gc_staletime:
      {@int, "after which an unused entry is forgotten, ms", field: [:parms, :gc_staletime]},
    delay_probe_time:
      {@int, "from the use of a stale entry to the first question, ms",
       field: [:parms, :delay_probe_time]},
    interval_probe_time_ms:
      {1..0x7FFFFFFF, "between two questions for a managed entry, ms, from Linux 6.0",
       field: [:parms, :interval_probe_time_ms]},
    queue_len:
      {0..0x7FFFF, "packets that wait for an answer, as full-sized ones that many bytes hold",
       field: [:parms, :queue_len]},
    queue_lenbytes:
      {@int, "bytes of packets that wait for an answer", field: [:parms, :queue_lenbytes]},
    app_probes: {@int, "questions left to a program", field: [:parms, :app_probes]},
    ucast_probes: {@int, "questions to the known address", field: [:parms, :ucast_probes]},
    mcast_probes: {@int, "questions to everybody", field: [:parms, :mcast_probes]},
    mcast_reprobes:
      {@int, "further ones when those to the known address failed",
       field: [:parms, :mcast_reprobes]},
    anycast_delay:
      {@int, "up to how long to wait before answering for an anycast address, ms",
       field: [:parms, :anycast_delay]},
    proxy_delay:
      {@int, "up to how long to wait before answering for another, ms",
       field: [:parms, :proxy_delay]},
    proxy_qlen:
      {@int, "questions that wait to be answered for another", field: [:parms, :proxy_qlen]},
    locktime: {@int, "for which an entry is not overwritten, ms", field: [:parms, :locktime]}
  )

  @type ref :: Link.ref()
  @type error :: Link.error()

  @typedoc "`:ok`; in a batch the request."
  @type done :: :ok | {:ok, Message.t()} | {:error, error()}

  @doc """
  The tables, and the parameters that each link has in them.

  Takes a link, by name or index, or options that choose:

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
         query = %__MODULE__{family: wanted[:family] || 0},
         {:ok, tables} <- Request.dump(sock, @rtm_getneightbl, query, request) do
      {:ok, Enum.filter(tables, &chosen?(&1, index))}
    end
  end

  defp chosen?(_table, nil), do: true
  defp chosen?(%{parms: %Parms{ifindex: index}}, index), do: true
  defp chosen?(_table, _index), do: false

  @doc """
  Changes limits of a table, or parameters of a link in it; what is not given stays.

      :ok = NeighbourTable.set(sock, "ndisc_cache", link: "eth0", ucast_probes: 5)

  Without `:link`, parameters are those of links that are yet to be made. `opts` are the
  options above and those of `Linx.Netlink.Request`.
  """
  @spec set(Link.target(), String.t(), keyword()) :: done()
  def set(sock, table, opts) do
    with {:ok, request, opts} <- Options.split(opts, :set, @netlink_route),
         {:ok, name} <- Type.check({:alt_name, 15}, :name, table),
         {:ok, assigns} <- Options.parse(__options__(), opts, :set),
         {links, assigns} = Enum.split_with(assigns, &match?({[:link], _}, &1)),
         link = Enum.find_value(links, fn {_path, link} -> link end),
         {:ok, index} <- Link.option_index(sock, link, request) do
      table = Enum.reduce(assigns, %__MODULE__{name: name, parms: parms(index)}, &put/2)
      Request.run(sock, @rtm_setneightbl, 0, table, request)
    end
  end

  defp parms(nil), do: nil
  defp parms(index), do: %Parms{ifindex: index}

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

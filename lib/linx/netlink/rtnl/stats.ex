defmodule Linx.Netlink.Rtnl.Stats do
  @moduledoc """
  Counters of a link: `RTM_GETSTATS`.

  Kernel side: `struct if_stats_msg` and the `IFLA_STATS_*` attributes of
  `include/uapi/linux/if_link.h`.

      {:ok, sock} = Linx.Netlink.Rtnl.open()
      {:ok, stats} = Stats.get(sock, "eth0")
      stats.link.rx_bytes

      {:ok, stats} = Stats.get(sock, "br0", groups: [:link_64, :link_xstats])
      stats.link_xstats.bridge.stp.rx_bpdu

  Reading needs no privilege, `set/3` needs `CAP_NET_ADMIN`.

  A group of counters that was not requested, or that the link does not have, is `nil`:

  | group | field | counters |
  |---|---|---|
  | `:link_64` | `link` | `Linx.Netlink.Rtnl.Stats.Link64`, of every link |
  | `:link_xstats` | `link_xstats` | of a bridge or bond: `Linx.Netlink.Rtnl.Stats.Xstats` |
  | `:link_xstats_slave` | `link_xstats_slave` | of a port of a bridge or bond: `Linx.Netlink.Rtnl.Stats.Xstats` |
  | `:link_offload_xstats` | `link_offload_xstats` | of offloaded traffic: `Linx.Netlink.Rtnl.Stats.Offload` |
  | `:af_spec` | `af_spec` | of address families: `Linx.Netlink.Rtnl.Stats.AfSpec` |

  The counters of `:link_64` are also in `stats64` of links that
  `Linx.Netlink.Rtnl.Link.list/2` reads with `stats: true`. The index of the link is `ifindex`.

  ## Errors

    * `%Linx.Netlink.Error{}` - the kernel refused the request; an unknown link is `:enodev`;
    * `:no_reply` - the kernel acknowledged without counters;
    * `{:unknown_option, key}`, `{:bad_option, key, value}`, `{:missing_option, key}`;
    * those of `Linx.Netlink.Request`.
  """

  use Linx.Netlink.Codec

  import Bitwise, only: [band: 2]

  alias Linx.Netlink.{Batch, Message, Options, Request}
  alias Linx.Netlink.Rtnl.Link

  alias __MODULE__.{AfSpec, IfStatsMsg, Link64, Offload, Setting, Xstats}

  # NETLINK_ROUTE of include/uapi/linux/netlink.h.
  @netlink_route 0

  @rtm_getstats 94
  @rtm_setstats 95

  # Bits of the filter mask: IFLA_STATS_FILTER_BIT of the numbers of the attributes.
  @groups [
    link_64: 0x1,
    link_xstats: 0x2,
    link_xstats_slave: 0x4,
    link_offload_xstats: 0x8,
    af_spec: 0x10
  ]

  codec prefix: "IFLA_STATS_" do
    header IfStatsMsg

    attr 1, :link, Link64, "counters of the link", c: "IFLA_STATS_LINK_64"
    attr 2, :link_xstats, {:nested, Xstats}, "counters of a bridge or bond"
    attr 3, :link_xstats_slave, {:nested, Xstats}, "counters of a port of a bridge or bond"
    attr 4, :link_offload_xstats, {:nested, Offload}, "counters of offloaded traffic"
    attr 5, :af_spec, {:nested, AfSpec}, "counters of address families"
  end

  @type group :: :link_64 | :link_xstats | :link_xstats_slave | :link_offload_xstats | :af_spec

  @doc """
  Reads the counters of one link, by name or index.

  Options are `:groups`, a list of groups, by default `[:link_64]`, and those of
  `Linx.Netlink.Request`.
  """
  @spec get(Request.target(), Link.ref(), keyword()) ::
          {:ok, t() | Batch.Read.t()} | {:error, Link.error()}
  def get(sock, link, opts \\ []) do
    with {:ok, query, request} <- query(opts, :get),
         {:ok, index} <- Link.index(sock, link, request) do
      Request.fetch(sock, @rtm_getstats, %{query | ifindex: index}, request)
    end
  end

  @doc """
  Lists the counters of all links that have counters in the requested groups. Options are those of
  `get/3`.
  """
  @spec list(Request.target(), keyword()) :: {:ok, [t()]} | {:error, Link.error()}
  def list(sock, opts \\ []) do
    with {:ok, query, request} <- query(opts, :dump),
         {:ok, parts} <- Request.dump(sock, @rtm_getstats, query, request) do
      {:ok, join(parts)}
    end
  end

  @doc """
  The groups that the counters were requested for, by the bits of `filter_mask`.

      iex> Linx.Netlink.Rtnl.Stats.groups(%Linx.Netlink.Rtnl.Stats{filter_mask: 3})
      [:link_64, :link_xstats]
  """
  @spec groups(t()) :: [group()]
  def groups(%__MODULE__{filter_mask: mask}),
    do: for({group, bit} <- @groups, band(mask || 0, bit) != 0, do: group)

  # Counters that do not fit one message continue in the next, such as those of a bridge with many
  # VLANs.
  defp join([%{ifindex: same} = stats, %{ifindex: same} = more | rest]),
    do: join([Map.merge(stats, more, &join/3) | rest])

  defp join([stats | rest]), do: [stats | join(rest)]
  defp join([]), do: []

  defp join(_field, value, nil), do: value
  defp join(_field, nil, value), do: value

  defp join(_field, %module{} = value, %module{} = more) when module != Link64,
    do: Map.merge(value, more, &join/3)

  defp join(:vlan, list, more), do: list ++ more
  defp join(_field, _value, more), do: more

  @doc """
  Switches the counting of packets that the hardware routes on or off.

      :ok = Stats.set(sock, "swp1", l3_stats: true)

  Takes `:l3_stats`, required, and `:timeout`. Needs Linux 5.18 and `CAP_NET_ADMIN`; `:eopnotsupp`
  without a driver that counts.
  """
  @spec set(Link.target(), Link.ref(), keyword()) ::
          :ok | {:ok, Message.t()} | {:error, Link.error()}
  def set(sock, link, opts) do
    with {:ok, request, wanted} <- Options.read(opts, :set, @netlink_route, l3_stats: :bool),
         {:ok, value} <- l3_stats(wanted),
         {:ok, index} <- Link.index(sock, link, request) do
      setting = %Setting{ifindex: index, set_offload_xstats_l3_stats: value}
      Request.run(sock, @rtm_setstats, 0, setting, request)
    end
  end

  defp l3_stats(%{l3_stats: value}), do: {:ok, value}
  defp l3_stats(%{}), do: {:error, {:missing_option, :l3_stats}}

  defp query(opts, verb) do
    with {:ok, request, wanted} <-
           Options.read(opts, verb, @netlink_route, groups: {:flags, @groups}) do
      case Map.get(wanted, :groups, @groups[:link_64]) do
        0 -> {:error, {:bad_option, :groups, []}}
        mask -> {:ok, %__MODULE__{filter_mask: mask}, request}
      end
    end
  end

  defimpl Inspect do
    alias Linx.Text

    def inspect(stats, opts) do
      Text.show(stats, opts, fn ->
        link = stats.link

        [
          "ifindex=#{Text.field(stats.ifindex)}",
          link && "rx=#{count(link.rx_packets)}p/#{count(link.rx_bytes)}B",
          link && "tx=#{count(link.tx_packets)}p/#{count(link.tx_bytes)}B"
        ]
      end)
    end

    defp count(counter), do: Text.field(counter || 0)
  end
end

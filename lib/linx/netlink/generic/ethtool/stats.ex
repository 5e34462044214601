defmodule Linx.Netlink.Generic.Ethtool.Stats do
  @moduledoc """
  Statistics of a link that standards define.

  Kernel side: `ETHTOOL_A_STATS_*` of `include/uapi/linux/ethtool_netlink.h`.

      {:ok, stats} = Ethtool.get(sock, :stats, "eth0", groups: ["eth-mac", "rmon"])
      stats.groups["eth-mac"].stats["FramesReceivedOK"]

  Groups are `"eth-phy"`, `"eth-mac"`, `"eth-ctrl"`, `"rmon"`, and `"phydev"` from Linux 6.14; all of them
  are read if none are given. A statistic that the driver does not have is not in the map.
  """

  use Linx.Netlink.Codec

  alias Linx.Netlink.Generic.Header
  alias Linx.Netlink.Generic.Ethtool.{Bits, Dev}
  alias __MODULE__.Group

  # ETHTOOL_MAC_STATS_SRC_* of include/uapi/linux/ethtool.h.
  @sources [aggregate: 0, emac: 1, pmac: 2]

  codec prefix: "ETHTOOL_A_STATS_" do
    header Header
    attr 2, :dev, {:nested, Dev}, "the link", c: "ETHTOOL_A_STATS_HEADER"

    attr 4, :groups, {:repeated, {:nested, Group}}, "groups by name", c: "ETHTOOL_A_STATS_GRP"

    attr 5, :src, {:enum, :u32, @sources}, "MAC whose counters these are",
      values: "ETHTOOL_MAC_STATS_SRC_"
  end

  @doc false
  @spec sources() :: keyword(non_neg_integer())
  def sources, do: @sources

  @doc false
  # The struct with groups and statistics by name.
  @spec finish(struct(), %{atom() => tuple()}) :: struct()
  def finish(%__MODULE__{groups: groups} = stats, names) do
    groups =
      for group <- groups || [],
          into: %{},
          do: {Bits.name(group.id, names[:stats_std]), Group.finish(group, names)}

    %{stats | groups: groups}
  end
end

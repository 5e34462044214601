defmodule Linx.Netlink.Generic.Ethtool.Stats.Bucket do
  @moduledoc """
  Bucket of a histogram of packets by size.

  Kernel side: `ETHTOOL_A_STATS_GRP_HIST_*` of `include/uapi/linux/ethtool_netlink.h`.
  """

  use Linx.Netlink.Codec

  codec prefix: "ETHTOOL_A_STATS_GRP_HIST_" do
    attr 7, :low, :u32, "smallest packet, bytes", c: "ETHTOOL_A_STATS_GRP_HIST_BKT_LOW"
    attr 8, :high, :u32, "largest packet, bytes", c: "ETHTOOL_A_STATS_GRP_HIST_BKT_HI"
    attr 9, :val, :u64, "packets", volatile: true
  end
end

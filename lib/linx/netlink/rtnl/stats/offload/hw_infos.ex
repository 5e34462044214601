defmodule Linx.Netlink.Rtnl.Stats.Offload.HwInfos do
  @moduledoc """
  Groups of counters that the hardware keeps. Attributes have the numbers of the groups,
  `IFLA_OFFLOAD_XSTATS_*`.
  """

  use Linx.Netlink.Codec

  alias Linx.Netlink.Rtnl.Stats.Offload.HwInfo

  codec prefix: "IFLA_OFFLOAD_XSTATS_" do
    attr 3, :l3_stats, {:nested, HwInfo}, "counters of routed packets"
  end
end

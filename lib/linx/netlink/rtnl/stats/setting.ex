defmodule Linx.Netlink.Rtnl.Stats.Setting do
  @moduledoc """
  Request of `Linx.Netlink.Rtnl.Stats.set/3`: `struct if_stats_msg` with `IFLA_STATS_SET_*`.
  """

  use Linx.Netlink.Codec

  alias Linx.Netlink.Rtnl.Stats.IfStatsMsg

  codec prefix: "IFLA_STATS_" do
    header IfStatsMsg

    attr 2,
         :set_offload_xstats_l3_stats,
         {:bool, :u8},
         "whether the hardware shall count routed packets"
  end
end

defmodule Linx.Netlink.Rtnl.Stats.Setting do
  @moduledoc """
  Request of `Linx.Netlink.Rtnl.Stats.set/3`: `struct if_stats_msg` with `IFLA_STATS_SET_*`.
  """

  use Linx.Netlink.Codec

  codec prefix: "IFLA_STATS_" do
    header "struct if_stats_msg" do
      field :family, :u8, "address family, 0"
      pad 3
      field :ifindex, :u32, "index of the link"
      field :filter_mask, :u32, "0"
    end

    attr 2,
         :set_offload_xstats_l3_stats,
         {:bool, :u8},
         "whether the hardware shall count routed packets"
  end
end

defmodule Linx.Netlink.Rtnl.Nexthop.Stats.Entry do
  @moduledoc """
  Counters of a member of a group: `packets` forwarded, `packets_hw` of them in hardware.

  Kernel side: `NHA_GROUP_STATS_ENTRY_*` of `include/uapi/linux/nexthop.h`.
  """

  use Linx.Netlink.Codec

  codec prefix: "NHA_GROUP_STATS_ENTRY_" do
    attr 1, :id, :u32, "id of the member"
    attr 2, :packets, :uint, "packets forwarded", volatile: true
    attr 3, :packets_hw, :uint, "packets forwarded in hardware", volatile: true
  end
end

defmodule Linx.Netlink.Rtnl.Nexthop.ResGroup do
  @moduledoc """
  Parameters of a resilient group, which moves as few flows as possible when its members change.

  Kernel side: `NHA_RES_GROUP_*` of `include/uapi/linux/nexthop.h`.

  Times are in hundredths of a second.
  """

  use Linx.Netlink.Codec

  codec prefix: "NHA_RES_GROUP_" do
    attr 1, :buckets, :u16
    attr 2, :idle_timer, :u32
    attr 3, :unbalanced_timer, :u32
    attr 4, :unbalanced_time, :u64, volatile: true
  end
end

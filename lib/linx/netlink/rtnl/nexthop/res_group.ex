defmodule Linx.Netlink.Rtnl.Nexthop.ResGroup do
  @moduledoc """
  Parameters of a resilient group, which moves as few flows as possible when its members change.

  Kernel side: `NHA_RES_GROUP_*` of `include/uapi/linux/nexthop.h`.

  Times are in hundredths of a second.
  """

  use Linx.Netlink.Codec

  codec prefix: "NHA_RES_GROUP_" do
    attr 1, :buckets, :u16, "number of buckets"
    attr 2, :idle_timer, :u32, "idle time after which a bucket may move, 1/100 s"
    attr 3, :unbalanced_timer, :u32, "time for which the group may stay out of balance, 1/100 s"

    attr 4, :unbalanced_time, :u64, "time for which the group has been out of balance, 1/100 s",
      volatile: true
  end
end

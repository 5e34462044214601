defmodule Linx.Netlink.Rtnl.Nexthop.ResBucket do
  @moduledoc """
  One bucket of a resilient group: the flows that hash to it share a nexthop.

  Kernel side: `NHA_RES_BUCKET_*` of `include/uapi/linux/nexthop.h`.

  `idle_time` is in hundredths of a second.
  """

  use Linx.Netlink.Codec

  codec prefix: "NHA_RES_BUCKET_" do
    attr 1, :index, :u16
    attr 2, :idle_time, :u64, volatile: true
    attr 3, :nh_id, :u32
  end
end

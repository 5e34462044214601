defmodule Linx.Netlink.Rtnl.Nexthop.ResBucket do
  @moduledoc """
  Bucket of a resilient group: flows whose hash selects it use the same member.

  Kernel side: `NHA_RES_BUCKET_*` of `include/uapi/linux/nexthop.h`.

  `idle_time` is in hundredths of a second.
  """

  use Linx.Netlink.Codec

  codec prefix: "NHA_RES_BUCKET_" do
    attr 1, :index, :u16, "position, from 0"
    attr 2, :idle_time, :u64, "time since the last packet, 1/100 s", volatile: true
    attr 3, :nh_id, :u32, "id of the member"
  end
end

defmodule Linx.Netlink.Rtnl.Link.Limits do
  @moduledoc """
  Sizes and counts that bound a link: MTU range, segmentation and merging of packets, queues,
  headroom.

  Kernel side: `IFLA_*` of `include/uapi/linux/if_link.h`. A `Linx.Netlink.Rtnl.Link` holds
  this struct in `limits`.

      link.limits.max_mtu

  Sizes are in bytes, `max_pacing_offload_horizon` is in nanoseconds. A field is `nil` if the
  running kernel or the device does not have the limit.
  """

  use Linx.Netlink.Codec

  codec prefix: "IFLA_" do
    attr 31, :num_tx_queues, :u32, "number of transmit queues"
    attr 32, :num_rx_queues, :u32, "number of receive queues"
    attr 40, :gso_max_segs, :u32, "maximum number of segments of a GSO packet"
    attr 41, :gso_max_size, :u32, "largest GSO packet, bytes"
    attr 50, :min_mtu, :u32, "smallest MTU, bytes"
    attr 51, :max_mtu, :u32, "largest MTU, bytes, 0 for no limit"
    attr 58, :gro_max_size, :u32, "largest packet merged by GRO, bytes"
    attr 59, :tso_max_size, :u32, "largest packet that the device can segment, bytes"

    attr 60,
         :tso_max_segs,
         :u32,
         "maximum number of segments that the device can make of a packet"

    attr 63, :gso_ipv4_max_size, :u32, "largest GSO packet of IPv4, bytes"
    attr 64, :gro_ipv4_max_size, :u32, "largest GRO packet of IPv4, bytes"

    attr 66,
         :max_pacing_offload_horizon,
         :uint,
         "longest delay of a packet that the device can pace, ns"

    attr 68, :headroom, :u16, "bytes reserved before a packet"
    attr 69, :tailroom, :u16, "bytes reserved after a packet"
  end
end

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
    attr 31, :num_tx_queues, :u32
    attr 32, :num_rx_queues, :u32
    attr 40, :gso_max_segs, :u32
    attr 41, :gso_max_size, :u32
    attr 50, :min_mtu, :u32
    attr 51, :max_mtu, :u32
    attr 58, :gro_max_size, :u32
    attr 59, :tso_max_size, :u32
    attr 60, :tso_max_segs, :u32
    attr 63, :gso_ipv4_max_size, :u32
    attr 64, :gro_ipv4_max_size, :u32
    attr 66, :max_pacing_offload_horizon, :uint
    attr 68, :headroom, :u16
    attr 69, :tailroom, :u16
  end
end

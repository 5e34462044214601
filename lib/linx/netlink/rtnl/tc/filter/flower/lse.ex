defmodule Linx.Netlink.Rtnl.Tc.Filter.Flower.Lse do
  @moduledoc """
  MPLS label at a depth.

  Kernel side: `TCA_FLOWER_KEY_MPLS_OPT_LSE_*` of `include/uapi/linux/pkt_cls.h`.
  """

  use Linx.Netlink.Codec
  use Linx.Netlink.Options

  codec prefix: "TCA_FLOWER_KEY_MPLS_OPT_LSE_" do
    attr 1, :depth, :u8, "depth, 1 for the first label"
    attr 2, :ttl, :u8, "TTL"
    attr 3, :bos, :u8, "1 for the last label"
    attr 4, :tc, :u8, "traffic class"
    attr 5, :label, :u32, "label"
  end

  options(
    depth: {1..7, "depth, 1 for the first label", required: true},
    label: {0..0xFFFFF, "label"},
    tc: {0..7, "traffic class"},
    bos: {0..1, "1 for the last label"},
    ttl: {0..255, "TTL"}
  )
end

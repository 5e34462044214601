defmodule Linx.Netlink.Nfnl.Nft.NatFlags do
  @moduledoc false
  # NF_NAT_RANGE_* of include/uapi/linux/netfilter/nf_nat.h.

  @names [
    map_ips: 0x1,
    proto_specified: 0x2,
    proto_random: 0x4,
    persistent: 0x8,
    proto_random_fully: 0x10,
    proto_offset: 0x20,
    netmap: 0x40
  ]

  @spec names() :: keyword(pos_integer())
  def names, do: @names
end

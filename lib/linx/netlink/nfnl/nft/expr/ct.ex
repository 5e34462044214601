defmodule Linx.Netlink.Nfnl.Nft.Expr.Ct do
  @moduledoc """
  Loads a property of the packet's tracked connection into `dreg`, or sets it from `sreg`.

  Kernel side: `NFTA_CT_*` of `include/uapi/linux/netfilter/nf_tables.h`, `IP_CT_DIR_*` of
  `nf_conntrack_tuple_common.h` beside it. `:state` is a bit mask in
  the host's byte order: bit 0 is invalid, 1 established, 2 related, 3 new, 6 untracked. `direction`
  selects the packets of the originator or the replies, for keys that differ between the two.
  """

  use Linx.Netlink.Codec

  @keys [
    state: 0,
    direction: 1,
    status: 2,
    mark: 3,
    secmark: 4,
    expiration: 5,
    helper: 6,
    l3protocol: 7,
    src: 8,
    dst: 9,
    protocol: 10,
    proto_src: 11,
    proto_dst: 12,
    labels: 13,
    pkts: 14,
    bytes: 15,
    avgpkt: 16,
    zone: 17,
    eventmask: 18,
    src_ip: 19,
    dst_ip: 20,
    src_ip6: 21,
    dst_ip6: 22,
    id: 23
  ]

  codec prefix: "NFTA_CT_" do
    attr 1, :dreg, :be32, "destination register"
    attr 2, :key, {:enum, :be32, @keys}, "property", values: "NFT_CT_"

    attr 3, :direction, {:enum, :u8, original: 0, reply: 1}, "direction of the connection",
      values: "IP_CT_DIR_"

    attr 4, :sreg, :be32, "source register"
  end
end

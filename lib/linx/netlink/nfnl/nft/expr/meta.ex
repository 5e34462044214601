defmodule Linx.Netlink.Nfnl.Nft.Expr.Meta do
  @moduledoc """
  Loads metadata of the packet into `dreg`, or sets it from `sreg`.

  Kernel side: `NFTA_META_*` of `include/uapi/linux/netfilter/nf_tables.h`. Numbers are in the
  host's byte order; names of links fill 16 bytes.
  """

  use Linx.Netlink.Codec

  @keys [
    len: 0,
    protocol: 1,
    priority: 2,
    mark: 3,
    iif: 4,
    oif: 5,
    iifname: 6,
    oifname: 7,
    iiftype: 8,
    oiftype: 9,
    skuid: 10,
    skgid: 11,
    nftrace: 12,
    rtclassid: 13,
    secmark: 14,
    nfproto: 15,
    l4proto: 16,
    bri_iifname: 17,
    bri_oifname: 18,
    pkttype: 19,
    cpu: 20,
    iifgroup: 21,
    oifgroup: 22,
    cgroup: 23,
    prandom: 24,
    secpath: 25,
    iifkind: 26,
    oifkind: 27,
    bri_iifpvid: 28,
    bri_iifvproto: 29,
    time_ns: 30,
    time_day: 31,
    time_hour: 32,
    sdif: 33,
    sdifname: 34,
    bri_broute: 35,
    bri_iifhwaddr: 37
  ]

  codec prefix: "NFTA_META_" do
    attr 1, :dreg, :be32, "destination register"
    attr 2, :key, {:enum, :be32, @keys}, "property", values: "NFT_META_"
    attr 3, :sreg, :be32, "source register"
  end
end

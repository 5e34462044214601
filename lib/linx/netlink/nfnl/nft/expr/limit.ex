defmodule Linx.Netlink.Nfnl.Nft.Expr.Limit do
  @moduledoc """
  Limits a rate: the rule goes on while there are at most `rate` packets, or bytes, in `unit`
  seconds; with `:inv`, while the rate is higher.

  Kernel side: `NFTA_LIMIT_*` of `include/uapi/linux/netfilter/nf_tables.h`. `burst` packets or bytes
  may exceed the rate at once.
  """

  use Linx.Netlink.Codec

  codec prefix: "NFTA_LIMIT_" do
    attr 1, :rate, :be64, "packets or bytes per `unit`"
    attr 2, :unit, :be64, "unit of time, s"
    attr 3, :burst, :be32, "packets or bytes above the rate"
    attr 4, :type, {:enum, :be32, pkts: 0, pkt_bytes: 1}, "what is limited", values: "NFT_LIMIT_"
    attr 5, :flags, {:flags, :be32, inv: 0x1}, "`:inv` inverts the match", values: "NFT_LIMIT_F_"
  end
end

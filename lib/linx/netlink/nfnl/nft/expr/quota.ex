defmodule Linx.Netlink.Nfnl.Nft.Expr.Quota do
  @moduledoc """
  Limits a number of bytes: the rule goes on until `bytes` bytes have passed, `consumed` of them so
  far; with `:inv`, after that.

  Kernel side: `NFTA_QUOTA_*` of `include/uapi/linux/netfilter/nf_tables.h`. The kernel sets
  `:depleted`.
  """

  use Linx.Netlink.Codec

  codec prefix: "NFTA_QUOTA_" do
    attr 1, :bytes, :be64, "limit, bytes"

    attr 2, :flags, {:flags, :be32, inv: 0x1, depleted: 0x2}, "`:inv` inverts the match",
      values: "NFT_QUOTA_F_"

    attr 4, :consumed, :be64, "bytes that have passed"
  end
end

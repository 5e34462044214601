defmodule Linx.Netlink.Nfnl.Nft.Expr.Connlimit do
  @moduledoc """
  Limits concurrent connections: the rule goes on while there are at most `count`; with `:inv`,
  while there are more.

  Kernel side: `NFTA_CONNLIMIT_*` of `include/uapi/linux/netfilter/nf_tables.h`.
  """

  use Linx.Netlink.Codec

  codec prefix: "NFTA_CONNLIMIT_" do
    attr 1, :count, :be32, "largest number of connections"

    attr 2, :flags, {:flags, :be32, inv: 0x1}, "`:inv` inverts the match",
      values: "NFT_CONNLIMIT_F_"
  end
end

defmodule Linx.Netlink.Nfnl.Nft.Compat do
  @moduledoc """
  Protocol match of a rule that `iptables` made: `NFTA_RULE_COMPAT_*`.

  Kernel side: `include/uapi/linux/netfilter/nf_tables.h`.
  """

  use Linx.Netlink.Codec

  codec prefix: "NFTA_RULE_COMPAT_" do
    attr 1, :proto, :be32, "protocol number"

    attr 2, :flags, {:flags, :be32, unused: 0x1, inv: 0x2}, "flags; `:inv` inverts the match",
      values: "NFT_RULE_COMPAT_F_"
  end
end

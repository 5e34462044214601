defmodule Linx.Netlink.Nfnl.Nft.Expr.Xfrm do
  @moduledoc """
  Loads a property of the packet's IPsec state into `dreg`.

  Kernel side: `NFTA_XFRM_*` of `include/uapi/linux/netfilter/nf_tables.h`, `XFRM_POLICY_*` of
  `include/uapi/linux/xfrm.h`. `dir` is the direction of the policy; `spnum` is the index of the
  state in the packet's chain of states.
  """

  use Linx.Netlink.Codec

  @keys [daddr_ip4: 1, daddr_ip6: 2, saddr_ip4: 3, saddr_ip6: 4, reqid: 5, spi: 6]

  codec prefix: "NFTA_XFRM_" do
    attr 1, :dreg, :be32, "destination register"
    attr 2, :key, {:enum, :be32, @keys}, "property", values: "NFT_XFRM_KEY_"
    attr 3, :dir, {:enum, :u8, in: 0, out: 1}, "direction of the policy", values: "XFRM_POLICY_"
    attr 4, :spnum, :be32, "index of the state"
  end
end

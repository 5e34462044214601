defmodule Linx.Netlink.Nfnl.Nft.Expr.Xfrm do
  @moduledoc """
  Loads what is known about the packet's IPsec state into `dreg`.

  Kernel side: `NFTA_XFRM_*` of `include/uapi/linux/netfilter/nf_tables.h`. `dir` is 0 for what
  comes in, 1 for what goes out (`XFRM_POLICY_*`), `spnum` which of several states.
  """

  use Linx.Netlink.Codec

  @keys [daddr_ip4: 1, daddr_ip6: 2, saddr_ip4: 3, saddr_ip6: 4, reqid: 5, spi: 6]

  codec do
    attr 1, :dreg, :be32
    attr 2, :key, {:enum, :be32, @keys}
    attr 3, :dir, :u8
    attr 4, :spnum, :be32
  end
end

defmodule Linx.Netlink.Nfnl.Nft.ObjectType do
  @moduledoc false
  # NFT_OBJECT_* of include/uapi/linux/netfilter/nf_tables.h.

  @names [
    counter: 1,
    quota: 2,
    ct_helper: 3,
    limit: 4,
    connlimit: 5,
    tunnel: 6,
    ct_timeout: 7,
    secmark: 8,
    ct_expect: 9,
    synproxy: 10
  ]

  @spec names() :: keyword(pos_integer())
  def names, do: @names
end

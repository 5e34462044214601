defmodule Linx.Netlink.Nfnl.Nft.Expr.Hash do
  @moduledoc """
  Loads a hash below `modulus`, plus `offset`, into `dreg`. `type` `:jenkins` hashes `len` bytes of
  `sreg`; `:sym` hashes the packet's addresses and ports, both directions alike.

  Kernel side: `NFTA_HASH_*` of `include/uapi/linux/netfilter/nf_tables.h`.
  """

  use Linx.Netlink.Codec

  codec prefix: "NFTA_HASH_" do
    attr 1, :sreg, :be32
    attr 2, :dreg, :be32
    attr 3, :len, :be32
    attr 4, :modulus, :be32
    attr 5, :seed, :be32
    attr 6, :offset, :be32
    attr 7, :type, {:enum, :be32, jenkins: 0, sym: 1}, values: "NFT_HASH_"
  end
end

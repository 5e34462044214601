defmodule Linx.Netlink.Nfnl.Nft.Expr.Hash do
  @moduledoc """
  Loads a hash below `modulus`, plus `offset`, into `dreg`. `type` `:jenkins` hashes `len` bytes of
  `sreg`; `:sym` hashes the packet's addresses and ports, both directions alike.

  Kernel side: `NFTA_HASH_*` of `include/uapi/linux/netfilter/nf_tables.h`.
  """

  use Linx.Netlink.Codec

  codec prefix: "NFTA_HASH_" do
    attr 1, :sreg, :be32, "source register"
    attr 2, :dreg, :be32, "destination register"
    attr 3, :len, :be32, "length of the value, bytes"
    attr 4, :modulus, :be32, "modulus"
    attr 5, :seed, :be32, "seed of the hash; random if not given"
    attr 6, :offset, :be32, "number added to the hash"
    attr 7, :type, {:enum, :be32, jenkins: 0, sym: 1}, "hash function", values: "NFT_HASH_"
  end
end

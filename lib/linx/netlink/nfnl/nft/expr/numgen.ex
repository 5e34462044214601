defmodule Linx.Netlink.Nfnl.Nft.Expr.Numgen do
  @moduledoc """
  Loads an incremental or random number below `modulus`, plus `offset`, into `dreg`.

  Kernel side: `NFTA_NG_*` of `include/uapi/linux/netfilter/nf_tables.h`.
  """

  use Linx.Netlink.Codec

  codec prefix: "NFTA_NG_" do
    attr 1, :dreg, :be32, "destination register"
    attr 2, :modulus, :be32, "modulus"

    attr 3, :type, {:enum, :be32, incremental: 0, random: 1}, "sequence of numbers",
      values: "NFT_NG_"

    attr 4, :offset, :be32, "number added"
  end
end

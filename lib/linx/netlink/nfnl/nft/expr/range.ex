defmodule Linx.Netlink.Nfnl.Nft.Expr.Range do
  @moduledoc """
  Compares the register `sreg` with a range, both ends included; the rule goes on if it is inside,
  with `:neq` if it is outside.

  Kernel side: `NFTA_RANGE_*` of `include/uapi/linux/netfilter/nf_tables.h`.
  """

  use Linx.Netlink.Codec

  alias Linx.Netlink.Nfnl.Nft.Data

  codec prefix: "NFTA_RANGE_" do
    attr 1, :sreg, :be32, "register to compare"
    attr 2, :op, {:enum, :be32, eq: 0, neq: 1}, "comparison", values: "NFT_RANGE_"
    attr 3, :from_data, {:nested, Data}, "lowest value"
    attr 4, :to_data, {:nested, Data}, "highest value"
  end
end

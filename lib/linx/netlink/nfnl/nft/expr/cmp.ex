defmodule Linx.Netlink.Nfnl.Nft.Expr.Cmp do
  @moduledoc """
  Compares the register `sreg` with `data`; the rule goes on if the comparison `op` holds.

  Kernel side: `NFTA_CMP_*` of `include/uapi/linux/netfilter/nf_tables.h`. `:lt`, `:lte`, `:gt`
  and `:gte` compare bytes from the first to the last.

      %Expr.Cmp{sreg: 1, op: :eq, data: Nft.Data.value(<<22::16>>)}
  """

  use Linx.Netlink.Codec

  alias Linx.Netlink.Nfnl.Nft.Data

  codec prefix: "NFTA_CMP_" do
    attr 1, :sreg, :be32, "register to compare"

    attr 2, :op, {:enum, :be32, eq: 0, neq: 1, lt: 2, lte: 3, gt: 4, gte: 5}, "comparison",
      values: "NFT_CMP_"

    attr 3, :data, {:nested, Data}, "value to compare with"
  end
end

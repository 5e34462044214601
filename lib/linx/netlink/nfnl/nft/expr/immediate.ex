defmodule Linx.Netlink.Nfnl.Nft.Expr.Immediate do
  @moduledoc """
  Loads `data` into `dreg`. In register 0, `data` is a verdict, which ends the rule.

  Kernel side: `NFTA_IMMEDIATE_*` of `include/uapi/linux/netfilter/nf_tables.h`.

      %Expr.Immediate{dreg: 0, data: Nft.Data.verdict(:accept)}
  """

  use Linx.Netlink.Codec

  alias Linx.Netlink.Nfnl.Nft.Data

  codec prefix: "NFTA_IMMEDIATE_" do
    attr 1, :dreg, :be32, "destination register; 0 for a verdict"
    attr 2, :data, {:nested, Data}, "value or verdict"
  end
end

defmodule Linx.Netlink.Nfnl.Nft.Expr.Rt do
  @moduledoc """
  Loads a property of the packet's route into `dreg`.

  Kernel side: `NFTA_RT_*` of `include/uapi/linux/netfilter/nf_tables.h`.
  """

  use Linx.Netlink.Codec

  codec prefix: "NFTA_RT_" do
    attr 1, :dreg, :be32, "destination register"

    attr 2,
         :key,
         {:enum, :be32, classid: 0, nexthop4: 1, nexthop6: 2, tcpmss: 3, xfrm: 4},
         "property",
         values: "NFT_RT_"
  end
end

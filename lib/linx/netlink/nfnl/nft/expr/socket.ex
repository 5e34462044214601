defmodule Linx.Netlink.Nfnl.Nft.Expr.Socket do
  @moduledoc """
  Loads a property of the packet's socket into `dreg`.

  Kernel side: `NFTA_SOCKET_*` of `include/uapi/linux/netfilter/nf_tables.h`. `level` is the level of
  the control group, for `:cgroupv2`.
  """

  use Linx.Netlink.Codec

  codec prefix: "NFTA_SOCKET_" do
    attr 1, :key, {:enum, :be32, transparent: 0, mark: 1, wildcard: 2, cgroupv2: 3}, "property",
      values: "NFT_SOCKET_"

    attr 2, :dreg, :be32, "destination register"
    attr 3, :level, :be32, "level of the control group, for `:cgroupv2`"
  end
end

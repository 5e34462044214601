defmodule Linx.Netlink.Nfnl.Nft.Expr.Tunnel do
  @moduledoc """
  Loads metadata of the tunnel that the packet came through into `dreg`.

  Kernel side: `NFTA_TUNNEL_*` of `include/uapi/linux/netfilter/nf_tables.h`.
  """

  use Linx.Netlink.Codec

  codec prefix: "NFTA_TUNNEL_" do
    attr 1, :key, {:enum, :be32, path: 0, id: 1}, "property", values: "NFT_TUNNEL_"
    attr 2, :dreg, :be32, "destination register"

    attr 3, :mode, {:enum, :be32, none: 0, rx: 1, tx: 2}, "direction of the tunnel",
      values: "NFT_TUNNEL_MODE_"
  end
end

defmodule Linx.Netlink.Nfnl.Nft.Tunnel.Vxlan do
  @moduledoc """
  The group policy of a VXLAN packet: `NFTA_TUNNEL_KEY_VXLAN_*`.
  """

  use Linx.Netlink.Codec

  codec do
    attr 1, :gbp, :be32
  end
end

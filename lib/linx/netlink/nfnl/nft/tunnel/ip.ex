defmodule Linx.Netlink.Nfnl.Nft.Tunnel.Ip do
  @moduledoc """
  The ends of a tunnel over IPv4: `NFTA_TUNNEL_KEY_IP_*`.
  """

  use Linx.Netlink.Codec

  codec do
    attr 1, :src, Linx.IP
    attr 2, :dst, Linx.IP
  end
end

defmodule Linx.Netlink.Nfnl.Nft.Tunnel.Ip6 do
  @moduledoc """
  The ends of a tunnel over IPv6, and its flow label: `NFTA_TUNNEL_KEY_IP6_*`.
  """

  use Linx.Netlink.Codec

  codec do
    attr 1, :src, Linx.IP
    attr 2, :dst, Linx.IP
    attr 3, :flowlabel, :be32
  end
end

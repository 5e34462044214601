defmodule Linx.Netlink.Nfnl.Nft.Tunnel.Ip6 do
  @moduledoc """
  Endpoints and flow label of a tunnel over IPv6: `NFTA_TUNNEL_KEY_IP6_*`.

  Kernel side: `include/uapi/linux/netfilter/nf_tables.h`.
  """

  use Linx.Netlink.Codec

  codec prefix: "NFTA_TUNNEL_KEY_IP6_" do
    attr 1, :src, Linx.IP, "source"
    attr 2, :dst, Linx.IP, "destination"
    attr 3, :flowlabel, :be32, "flow label"
  end
end

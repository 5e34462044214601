defmodule Linx.Netlink.Nfnl.Nft.Tunnel.Ip do
  @moduledoc """
  Endpoints of a tunnel over IPv4: `NFTA_TUNNEL_KEY_IP_*`.

  Kernel side: `include/uapi/linux/netfilter/nf_tables.h`.
  """

  use Linx.Netlink.Codec

  codec prefix: "NFTA_TUNNEL_KEY_IP_" do
    attr 1, :src, Linx.IP, "source"
    attr 2, :dst, Linx.IP, "destination"
  end
end

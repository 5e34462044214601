defmodule Linx.Netlink.Nfnl.Nft.Tunnel.Vxlan do
  @moduledoc """
  Group policy of a VXLAN header: `NFTA_TUNNEL_KEY_VXLAN_*`.

  Kernel side: `include/uapi/linux/netfilter/nf_tables.h`.
  """

  use Linx.Netlink.Codec

  codec prefix: "NFTA_TUNNEL_KEY_VXLAN_" do
    attr 1, :gbp, :be32, "group policy"
  end
end

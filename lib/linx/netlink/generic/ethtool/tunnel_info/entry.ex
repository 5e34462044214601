defmodule Linx.Netlink.Generic.Ethtool.TunnelInfo.Entry do
  @moduledoc """
  UDP port of a tunnel that a link offloads.

  Kernel side: `ETHTOOL_A_TUNNEL_UDP_ENTRY_*` of `include/uapi/linux/ethtool_netlink.h`.
  """

  use Linx.Netlink.Codec

  # ETHTOOL_UDP_TUNNEL_TYPE_*.
  @types [vxlan: 0, geneve: 1, vxlan_gpe: 2]

  codec prefix: "ETHTOOL_A_TUNNEL_UDP_ENTRY_" do
    attr 1, :port, :be16, "port"

    attr 2, :type, {:enum, :u32, @types}, "type of the tunnel", values: "ETHTOOL_UDP_TUNNEL_TYPE_"
  end
end

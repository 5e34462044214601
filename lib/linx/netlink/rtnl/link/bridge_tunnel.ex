defmodule Linx.Netlink.Rtnl.Link.BridgeTunnel do
  @moduledoc """
  Tunnel of a VLAN of a bridge port: `IFLA_BRIDGE_VLAN_TUNNEL_*`.

  A range is a list of two entries, with the flags `:range_begin` and `:range_end`.
  """

  use Linx.Netlink.Codec

  alias Linx.Netlink.Rtnl.Link.BridgeNames

  @flags BridgeNames.vlan_flags()

  codec prefix: "IFLA_BRIDGE_VLAN_TUNNEL_" do
    attr 1, :id, :u32, "tunnel identifier, 24 bits"
    attr 2, :vid, :u16, "VLAN identifier"
    attr 3, :flags, {:flags, :u16, @flags}, "ends of a range", values: "BRIDGE_VLAN_INFO_"
  end
end

defmodule Linx.Netlink.Rtnl.Link.BridgeAfSpec do
  @moduledoc """
  Settings of a bridge or port in messages of the family `AF_BRIDGE`.

  Kernel side: `IFLA_BRIDGE_*` of `include/uapi/linux/if_bridge.h`.
  """

  use Linx.Netlink.Codec

  alias Linx.Netlink.Rtnl.Link.{BridgeMst, BridgeTunnel, BridgeVlan}

  codec prefix: "IFLA_BRIDGE_" do
    attr 0,
         :flags,
         {:flags, :u16, master: 0x1, self: 0x2},
         "which device a request is for: the master, the port itself",
         values: "BRIDGE_FLAGS_"

    attr 1, :mode, {:enum, :u16, veb: 0, vepa: 1}, "mode of a hardware bridge",
      values: "BRIDGE_MODE_"

    attr 2, :vlan_info, {:repeated, BridgeVlan}, "VLANs of the port"
    attr 3, :vlan_tunnel_info, {:repeated, {:nested, BridgeTunnel}}, "tunnels of the VLANs"

    attr 6, :mst, {:array, {:nested, BridgeMst}, 1}, "states in several spanning trees",
      element: "IFLA_BRIDGE_MST_ENTRY"
  end
end

defmodule Linx.Netlink.Rtnl.LinkInfo.Vlan do
  @moduledoc """
  VLAN device: kind `"vlan"`.

  Kernel side: `IFLA_VLAN_*` of `include/uapi/linux/if_link.h`.

      Link.create(sock, "eth0.7", :vlan, parent: "eth0", id: 7, protocol: :"802.1ad")

  `flags` is a value with a mask: the kernel changes the flags in the mask, and sends a mask of
  all ones.
  """

  use Linx.Netlink.Codec
  use Linx.Netlink.Options

  alias __MODULE__.{Flags, Qos}

  @protocols ["802.1q": 0x8100, "802.1ad": 0x88A8]
  codec prefix: "IFLA_VLAN_" do
    attr 1, :id, :u16, "VLAN id"
    attr 2, :flags, Flags, "behaviour of the device"

    attr 3, :egress_qos, {:array, Qos, 1}, "map from packet priority to VLAN priority",
      element: "IFLA_VLAN_QOS_MAPPING"

    attr 4, :ingress_qos, {:array, Qos, 1}, "map from VLAN priority to packet priority",
      element: "IFLA_VLAN_QOS_MAPPING"

    attr 5, :protocol, {:enum, :be16, @protocols}, "tag protocol",
      values: {"ETH_P_", "802.1q": "ETH_P_8021Q", "802.1ad": "ETH_P_8021AD"}
  end

  options(
    parent: {:link, "link that carries the tagged frames", field: [:.., :link], required: true},
    id: {0..4094, "VLAN id", required: true},
    protocol: {{:enum, @protocols}, "tag protocol"},
    flags: {{:masked, Flags.__flags__(), Flags}, "behaviour of the device"},
    egress_qos: {{:map, 0..0xFFFFFFFF, Qos}, "map from packet priority to VLAN priority"},
    ingress_qos: {{:map, 0..0xFFFFFFFF, Qos}, "map from VLAN priority to packet priority"}
  )
end

defmodule Linx.Netlink.Rtnl.Link.BridgeVlan do
  @moduledoc """
  VLAN of a bridge port: `struct bridge_vlan_info`.
  """

  use Linx.Netlink.Codec

  alias Linx.Netlink.Rtnl.Link.BridgeNames

  @flags BridgeNames.vlan_flags()

  codec do
    header "struct bridge_vlan_info" do
      field :flags, {:flags, :u16, @flags}, "membership, tagging, ends of a range",
        values: "BRIDGE_VLAN_INFO_"

      field :vid, :u16, "VLAN identifier"
    end
  end
end

defmodule Linx.Netlink.Rtnl.Vlan.Info do
  @moduledoc """
  Identifier and flags of a VLAN: `struct bridge_vlan_info`.

  Flags: `:pvid`, received frames without a tag belong to this VLAN; `:untagged`, frames of this
  VLAN are sent without a tag; `:only_opts`, of requests only.
  """

  use Linx.Netlink.Codec

  alias Linx.Netlink.Rtnl.Link.BridgeNames

  @flags BridgeNames.vlan_flags()

  codec do
    header "struct bridge_vlan_info" do
      field :flags, {:flags, :u16, @flags}, "membership and tagging", values: "BRIDGE_VLAN_INFO_"
      field :vid, :u16, "VLAN identifier"
    end
  end
end

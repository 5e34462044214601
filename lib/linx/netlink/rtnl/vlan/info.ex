defmodule Linx.Netlink.Rtnl.Vlan.Info do
  @moduledoc """
  Identifier and flags of a VLAN: `struct bridge_vlan_info`.

  Flags: `:pvid`, received frames without a tag belong to this VLAN; `:untagged`, frames of this
  VLAN are sent without a tag; `:only_opts`, of requests only.
  """

  use Linx.Netlink.Codec

  alias Linx.Netlink.Rtnl.Link.BridgeVlan

  codec do
    header BridgeVlan
  end
end

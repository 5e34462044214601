defmodule Linx.Netlink.Rtnl.Vlan.Info do
  @moduledoc """
  Number and flags of a VLAN: `struct bridge_vlan_info`.

  `:pvid` is the VLAN of frames that arrive without tag, `:untagged` one whose frames are
  sent without; `:only_opts` is of requests.
  """

  use Linx.Netlink.Codec

  @flags Linx.Netlink.Rtnl.Link.BridgeVlan.__flags__()

  codec do
    header do
      field :flags, {:flags, :u16, @flags}
      field :vid, :u16
    end
  end
end

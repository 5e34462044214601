defmodule Linx.Netlink.Rtnl.Link.BridgeVlan do
  @moduledoc """
  VLAN of a bridge port: `struct bridge_vlan_info`.
  """

  use Linx.Netlink.Codec

  # BRIDGE_VLAN_INFO_*.
  @flags [
    master: 0x1,
    pvid: 0x2,
    untagged: 0x4,
    range_begin: 0x8,
    range_end: 0x10,
    brentry: 0x20,
    only_opts: 0x40
  ]

  @doc false
  def __flags__, do: @flags

  codec do
    header do
      field :flags, {:flags, :u16, @flags}
      field :vid, :u16
    end
  end
end

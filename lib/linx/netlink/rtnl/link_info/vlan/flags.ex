defmodule Linx.Netlink.Rtnl.LinkInfo.Vlan.Flags do
  @moduledoc """
  Flags of a VLAN device with the mask of valid bits: `struct ifla_vlan_flags`.
  """

  use Linx.Netlink.Codec

  @flags [reorder_hdr: 0x1, gvrp: 0x2, loose_binding: 0x4, mvrp: 0x8, bridge_binding: 0x10]

  @doc false
  @spec __flags__() :: keyword(pos_integer())
  def __flags__, do: @flags

  codec do
    header "struct ifla_vlan_flags" do
      field :flags, {:flags, :u32, @flags}, "flags that are set", values: "VLAN_FLAG_"
      field :mask, :u32, "flags that a request changes"
    end
  end
end

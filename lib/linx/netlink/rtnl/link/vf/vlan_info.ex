defmodule Linx.Netlink.Rtnl.Link.Vf.VlanInfo do
  @moduledoc """
  VLAN of a virtual function with its tag protocol: `struct ifla_vf_vlan_info`.
  """

  use Linx.Netlink.Codec

  codec do
    header do
      field :vf, :u32
      field :vlan, :u32
      field :qos, :u32
      field :vlan_proto, {:enum, :be16, "802.1q": 0x8100, "802.1ad": 0x88A8}
      pad 2
    end
  end
end

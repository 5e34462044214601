defmodule Linx.Netlink.Rtnl.Link.Vf.VlanInfo do
  @moduledoc """
  VLAN of a virtual function with its tag protocol: `struct ifla_vf_vlan_info`.
  """

  use Linx.Netlink.Codec

  codec do
    header "struct ifla_vf_vlan_info" do
      field :vf, :u32, "number of the function"
      field :vlan, :u32, "VLAN identifier, 0 for none"
      field :qos, :u32, "priority (802.1p)"

      field :vlan_proto, {:enum, :be16, "802.1q": 0x8100, "802.1ad": 0x88A8}, "tag protocol",
        values: {"ETH_P_", "802.1q": "ETH_P_8021Q", "802.1ad": "ETH_P_8021AD"}

      pad 2
    end
  end
end

defmodule Linx.Netlink.Rtnl.LinkInfo.Vlan.Qos do
  @moduledoc """
  Entry of a priority map of a VLAN: `struct ifla_vlan_qos_mapping`.
  """

  use Linx.Netlink.Codec

  codec do
    header "struct ifla_vlan_qos_mapping" do
      field :from, :u32, "priority that is mapped"
      field :to, :u32, "priority that it is mapped to"
    end
  end
end

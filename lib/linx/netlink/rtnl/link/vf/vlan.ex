defmodule Linx.Netlink.Rtnl.Link.Vf.Vlan do
  @moduledoc """
  VLAN of a virtual function: `struct ifla_vf_vlan`.
  """

  use Linx.Netlink.Codec

  codec do
    header "struct ifla_vf_vlan" do
      field :vf, :u32, "number of the function"
      field :vlan, :u32, "VLAN identifier, 0 for none"
      field :qos, :u32, "priority (802.1p)"
    end
  end
end

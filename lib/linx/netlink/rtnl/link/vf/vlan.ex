defmodule Linx.Netlink.Rtnl.Link.Vf.Vlan do
  @moduledoc """
  VLAN of a virtual function: `struct ifla_vf_vlan`.
  """

  use Linx.Netlink.Codec

  codec do
    header "struct ifla_vf_vlan" do
      field :vf, :u32
      field :vlan, :u32
      field :qos, :u32
    end
  end
end

defmodule Linx.Netlink.Rtnl.LinkInfo.PortRange do
  @moduledoc """
  A range of UDP source ports: `struct ifla_vxlan_port_range` and
  `struct ifla_geneve_port_range`.
  """

  use Linx.Netlink.Codec

  codec do
    header "struct ifla_vxlan_port_range" do
      field :low, :be16, "lowest port"
      field :high, :be16, "highest port"
    end
  end
end

defmodule Linx.Netlink.Rtnl.LinkInfo.Vlan.Qos do
  @moduledoc """
  One line of a VLAN's priority maps: `struct ifla_vlan_qos_mapping`.
  """

  use Linx.Netlink.Codec

  codec do
    header do
      field :from, :u32
      field :to, :u32
    end
  end
end

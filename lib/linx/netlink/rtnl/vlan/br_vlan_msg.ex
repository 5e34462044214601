defmodule Linx.Netlink.Rtnl.Vlan.BrVlanMsg do
  @moduledoc """
  Header of the messages for bridge VLANs: `struct br_vlan_msg`.

  Kernel side: `include/uapi/linux/if_bridge.h`.
  """

  use Linx.Netlink.Codec

  codec do
    header "struct br_vlan_msg" do
      field :family, :u8, "address family, 7 (AF_BRIDGE)"
      pad 3
      field :ifindex, :u32, "index of the bridge or port, 0 in a request for all"
    end
  end
end

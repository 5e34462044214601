defmodule Linx.Netlink.Rtnl.Mdb.BrPortMsg do
  @moduledoc """
  Header of the messages for multicast databases: `struct br_port_msg`.

  Kernel side: `include/uapi/linux/if_bridge.h`.
  """

  use Linx.Netlink.Codec

  codec do
    header "struct br_port_msg" do
      field :family, :u8, "address family, 7 (AF_BRIDGE)"
      pad 3
      field :ifindex, :u32, "index of the bridge"
    end
  end
end

defmodule Linx.Netlink.Rtnl.Vlan.RouterPort do
  @moduledoc """
  Port that leads to a multicast router: `MDBA_ROUTER_PORT`, the index of the port followed by
  `MDBA_ROUTER_PATTR_*`.

  Timers are in hundredths of a second. `type` is that of the port; it does
  not depend on `mcast_router` of the VLAN.
  """

  use Linx.Netlink.Codec

  alias Linx.Netlink.Rtnl.Link.BridgeNames

  @types BridgeNames.router_types()

  codec prefix: "MDBA_ROUTER_PATTR_" do
    header do
      field :ifindex, :u32
    end

    attr 1, :timer, :u32
    attr 2, :type, {:enum, :u8, @types}, values: "MDB_RTR_TYPE_"
    attr 3, :inet_timer, :u32
    attr 4, :inet6_timer, :u32
    attr 5, :vid, :u16
  end
end

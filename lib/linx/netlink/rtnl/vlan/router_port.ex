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
      field :ifindex, :u32, "index of the port"
    end

    attr 1, :timer, :u32, "time left until the port leads to no router, 1/100 s"
    attr 2, :type, {:enum, :u8, @types}, "multicast router of the port", values: "MDB_RTR_TYPE_"
    attr 3, :inet_timer, :u32, "time left for IPv4, 1/100 s"
    attr 4, :inet6_timer, :u32, "time left for IPv6, 1/100 s"
    attr 5, :vid, :u16, "VLAN identifier"
  end
end

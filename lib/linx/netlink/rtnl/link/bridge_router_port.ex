defmodule Linx.Netlink.Rtnl.Link.BridgeRouterPort do
  @moduledoc """
  A port of a bridge that leads to a multicast router: `MDBA_ROUTER_PORT`, the index of the port
  followed by `MDBA_ROUTER_PATTR_*`.

  Kernel side: `include/uapi/linux/if_bridge.h`. Timers are in hundredths of a second.
  """

  use Linx.Netlink.Codec

  alias Linx.Netlink.Rtnl.Link.BridgeNames

  codec prefix: "MDBA_ROUTER_PATTR_" do
    header do
      field :ifindex, :u32, "index of the port"
    end

    attr 1, :timer, :u32, "longest time left until the port leads to no router, 1/100 s",
      volatile: true

    attr 2, :type, {:enum, :u8, BridgeNames.router_types()}, "multicast router of the port",
      values: "MDB_RTR_TYPE_"

    attr 3, :inet_timer, :u32, "time left for IPv4, 1/100 s", volatile: true
    attr 4, :inet6_timer, :u32, "time left for IPv6, 1/100 s", volatile: true
    attr 5, :vid, :u16, "VLAN identifier"
  end
end

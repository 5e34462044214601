defmodule Linx.Netlink.Rtnl.Vlan.RouterPorts do
  @moduledoc """
  Ports that lead to multicast routers, in `router`: `MDBA_ROUTER`.
  """

  use Linx.Netlink.Codec

  alias Linx.Netlink.Rtnl.Link.BridgeRouterPort

  codec prefix: "MDBA_" do
    attr 2, :router, {:array, BridgeRouterPort, 1}, "ports", element: "MDBA_ROUTER_PORT"
  end
end

defmodule Linx.Netlink.Rtnl.Vlan.RouterPorts do
  @moduledoc """
  Ports that lead to multicast routers, in `router`: `MDBA_ROUTER`.
  """

  use Linx.Netlink.Codec

  alias Linx.Netlink.Rtnl.Vlan.RouterPort

  codec do
    attr 2, :router, {:array, RouterPort, 1}
  end
end

defmodule Linx.Netlink.Rtnl.Stats.Xstats.Bridge do
  @moduledoc """
  What a bridge or its port counts: `BRIDGE_XSTATS_*` of
  `include/uapi/linux/if_bridge.h`.

  `vlan` is a list with one entry for each VLAN, where the bridge counts those; `stp` is
  of ports only.
  """

  use Linx.Netlink.Codec

  alias __MODULE__.{Mcast, Stp, Vlan}

  codec do
    attr 1, :vlan, {:repeated, Vlan}
    attr 2, :mcast, Mcast
    attr 4, :stp, Stp
  end
end

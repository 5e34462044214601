defmodule Linx.Netlink.Rtnl.Stats.Xstats.Bridge do
  @moduledoc """
  Counters of a bridge or port: `BRIDGE_XSTATS_*` of
  `include/uapi/linux/if_bridge.h`.

  `vlan` has one entry per VLAN, if the bridge was created with `vlan_stats_enabled`; only ports
  have `stp`.
  """

  use Linx.Netlink.Codec

  alias __MODULE__.{Mcast, Stp, Vlan}

  codec prefix: "BRIDGE_XSTATS_" do
    attr 1, :vlan, {:repeated, Vlan}, "counters by VLAN"
    attr 2, :mcast, Mcast, "counters of IGMP and MLD"
    attr 4, :stp, Stp, "counters of the spanning tree"
  end
end

defmodule Linx.Netlink.Rtnl.Vlan.Entry do
  @moduledoc """
  A VLAN of a bridge or port, or a range of them: `BRIDGE_VLANDB_ENTRY_*`.

  Kernel side: `include/uapi/linux/if_bridge.h`. The range begins with `info.vid` and ends
  with `range`; without it, it is one VLAN. `Linx.Netlink.Rtnl.Vlan.vids/1` has both.

      :ok = Vlan.set(sock, "eth1", 10, state: :forwarding, mcast_router: 2)
  """

  use Linx.Netlink.Codec
  use Linx.Netlink.Options

  alias Linx.Netlink.Rtnl.Vlan.{Info, Stats, TunnelInfo}

  # BR_STATE_*.
  @states [disabled: 0, listening: 1, learning: 2, forwarding: 3, blocking: 4]

  codec do
    attr 1, :info, Info
    attr 2, :range, :u16
    attr 3, :state, {:enum, :u8, @states}
    attr 4, :tunnel_info, {:nested, TunnelInfo}
    attr 5, :stats, {:nested, Stats}
    attr 6, :mcast_router, :u8
    attr 7, :mcast_n_groups, :u32
    attr 8, :mcast_max_groups, :u32
    attr 9, :neigh_suppress, :u8
    attr 10, :neigh_forward_grat, :u8
  end

  options(
    state: {{:enum, @states}, "STP state, for bridges whose spanning tree is run outside"},
    mcast_router: {0..2, "0 never, 1 when learned, 2 always; ports and bridge"},
    mcast_max_groups: {0..0xFFFFFFFF, "most multicast groups, 0 for no limit; Linux 6.3"},
    neigh_suppress:
      {:bool,
       "answer ARP and ND in place of the far side; the port needs `neigh_vlan_suppress`; Linux 6.4"},
    neigh_forward_grat: {:bool, "forward gratuitous ARP all the same"},
    tunnel_id:
      {0..0xFFFFFF,
       "tunnel of the VLAN, of a range the first one's, for a port with `vlan_tunnel`; " <>
         "`nil` for none, which comes before another (`:eexist`)"}
  )
end

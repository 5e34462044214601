defmodule Linx.Netlink.Rtnl.Vlan.Entry do
  @moduledoc """
  VLAN, or range of VLANs, of a bridge or port: `BRIDGE_VLANDB_ENTRY_*`.

  Kernel side: `include/uapi/linux/if_bridge.h`. A range begins with `info.vid` and ends
  with `range`, which is `nil` for a single VLAN. `Linx.Netlink.Rtnl.Vlan.vids/1` is the range.

      :ok = Vlan.set(sock, "eth1", 10, state: :forwarding, mcast_router: :perm)
  """

  use Linx.Netlink.Codec
  use Linx.Netlink.Options

  alias Linx.Netlink.Rtnl.Link.BridgeNames
  alias Linx.Netlink.Rtnl.Vlan.{Info, Stats, TunnelInfo}

  @states BridgeNames.states()
  @router_types BridgeNames.router_types()

  codec prefix: "BRIDGE_VLANDB_ENTRY_" do
    attr 1, :info, Info, "identifier and flags of the VLAN, or of the first VLAN of a range"
    attr 2, :range, :u16, "identifier of the last VLAN of a range"
    attr 3, :state, {:enum, :u8, @states}, "STP state", values: "BR_STATE_"
    attr 4, :tunnel_info, {:nested, TunnelInfo}, "tunnel"
    attr 5, :stats, {:nested, Stats}, "counters; only with `stats: true`"

    attr 6, :mcast_router, {:enum, :u8, @router_types}, "multicast router",
      values: "MDB_RTR_TYPE_"

    attr 7, :mcast_n_groups, :u32, "number of multicast groups", volatile: true

    attr 8,
         :mcast_max_groups,
         :u32,
         "maximum number of multicast groups, 0 for no limit; Linux 6.3"

    attr 9, :neigh_suppress, {:bool, :u8}, "answer ARP and ND for known neighbours"

    attr 10,
         :neigh_forward_grat,
         {:bool, :u8},
         "forward gratuitous ARP and unsolicited neighbour advertisements in spite of `neigh_suppress`"
  end

  options(
    state: {{:enum, @states}, "STP state, for bridges whose spanning tree runs in user space"},
    mcast_router:
      {{:enum, Keyword.delete(@router_types, :temp)},
       "multicast router: never, when learned from queries, always; ports and bridge"},
    mcast_max_groups:
      {0..0xFFFFFFFF, "maximum number of multicast groups, 0 for no limit; Linux 6.3"},
    neigh_suppress:
      {:bool,
       "answer ARP and ND for known neighbours; the port needs `neigh_vlan_suppress`; Linux 6.4"},
    neigh_forward_grat:
      {:bool,
       "forward gratuitous ARP and unsolicited neighbour advertisements in spite of `neigh_suppress`"},
    tunnel_id:
      {0..0xFFFFFF,
       "tunnel of the VLAN, or of the first VLAN of a range, for a port with `vlan_tunnel`; " <>
         "`nil` removes it, which must precede another tunnel (`:eexist`)"}
  )
end

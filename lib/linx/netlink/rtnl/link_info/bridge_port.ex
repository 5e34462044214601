defmodule Linx.Netlink.Rtnl.LinkInfo.BridgePort do
  @moduledoc """
  Port of a bridge: the data of a link whose master is a bridge.

  Kernel side: `IFLA_BRPORT_*` of `include/uapi/linux/if_link.h`, found in
  `slave_data` of the link's info and in `protinfo` of messages of family `AF_BRIDGE`.

      Link.set(sock, "eth0", port: [cost: 4, isolated: true])

  `mode` is the hairpin mode, `guard` BPDU guard, `protect` root block.
  """

  use Linx.Netlink.Codec
  use Linx.Netlink.Options

  alias Linx.Netlink.Rtnl.Link.BridgeNames
  alias __MODULE__.Status

  @states BridgeNames.states()
  @router_types BridgeNames.router_types()

  codec prefix: "IFLA_BRPORT_" do
    attr 1,
         :state,
         {:enum, :u8, @states},
         "STP state, for bridges whose spanning tree runs in user space; `:disabled` does not last where the link has a carrier",
         values: "BR_STATE_"

    attr 2, :priority, :u16, "STP priority"
    attr 3, :cost, :u32, "STP path cost"

    attr 4,
         :mode,
         {:bool, :u8},
         "hairpin mode: frames may be sent through the port that received them"

    attr 5, :guard, {:bool, :u8}, "drop STP packets"
    attr 6, :protect, {:bool, :u8}, "root block: the port never becomes the root port"
    attr 7, :fast_leave, {:bool, :u8}, "leave a multicast group at once"
    attr 8, :learning, {:bool, :u8}, "learn addresses"
    attr 9, :unicast_flood, {:bool, :u8}, "flood unknown unicast"
    attr 10, :proxyarp, {:bool, :u8}, "answer ARP for known addresses"

    attr 11,
         :learning_sync,
         {:bool, :u8},
         "synchronise addresses learned by the device; used by some drivers, ignored by a bridge"

    attr 12,
         :proxyarp_wifi,
         {:bool, :u8},
         "answer ARP for known addresses, by the rules of IEEE 802.11"

    attr 24, :flush, :flag, "delete the addresses learned on the port"

    attr 25,
         :multicast_router,
         {:enum, :u8, @router_types},
         "multicast router: never, when learned from queries, always, until the timer ends",
         values: "MDB_RTR_TYPE_"

    attr 27, :mcast_flood, {:bool, :u8}, "flood multicast"
    attr 28, :mcast_to_ucast, {:bool, :u8}, "send multicast as unicast to each member"
    attr 29, :vlan_tunnel, {:bool, :u8}, "map VLANs to tunnels"
    attr 30, :bcast_flood, {:bool, :u8}, "flood broadcasts"
    attr 31, :group_fwd_mask, :u16, "bit n: forward frames to 01:80:c2:00:00:0n"
    attr 32, :neigh_suppress, {:bool, :u8}, "answer ARP and ND for known neighbours"
    attr 33, :isolated, {:bool, :u8}, "forward to and from non-isolated ports only"
    attr 34, :backup_port, :u32, "index of the port that is used while this one has no carrier"
    attr 37, :mcast_eht_hosts_limit, :u32, "maximum number of tracked multicast hosts"
    attr 39, :locked, {:bool, :u8}, "forward frames of known senders only"

    attr 40,
         :mab,
         {:bool, :u8},
         "MAC authentication bypass: record unknown senders of a locked port"

    attr 42, :mcast_max_groups, :u32, "maximum number of multicast groups, 0 for no limit"

    attr 43,
         :neigh_vlan_suppress,
         {:bool, :u8},
         "answer ARP and ND for known neighbours, per VLAN"

    attr 44, :backup_nhid, :u32, "nexthop for frames sent to the backup port, 0 for none"

    attr 45,
         :neigh_forward_grat,
         {:bool, :u8},
         "forward gratuitous ARP and unsolicited neighbour advertisements in spite of `neigh_suppress`"

    group :status, Status, "state of the port"
  end

  options(
    state:
      {{:enum, @states},
       "STP state, for bridges whose spanning tree runs in user space; " <>
         "`:disabled` does not last where the link has a carrier"},
    priority: {0..63, "STP priority"},
    cost: {1..65_535, "STP path cost"},
    mode: {:bool, "hairpin mode: frames may be sent through the port that received them"},
    guard: {:bool, "drop STP packets"},
    protect: {:bool, "root block: the port never becomes the root port"},
    fast_leave: {:bool, "leave a multicast group at once"},
    learning: {:bool, "learn addresses"},
    unicast_flood: {:bool, "flood unknown unicast"},
    proxyarp: {:bool, "answer ARP for known addresses"},
    proxyarp_wifi: {:bool, "answer ARP for known addresses, by the rules of IEEE 802.11"},
    learning_sync:
      {:bool,
       "synchronise addresses learned by the device; used by some drivers, ignored by a bridge"},
    flush: {:flag, "delete the addresses learned on the port"},
    multicast_router:
      {{:enum, @router_types},
       "multicast router: never, when learned from queries, always, until the timer ends"},
    mcast_flood: {:bool, "flood multicast"},
    mcast_to_ucast: {:bool, "send multicast as unicast to each member"},
    vlan_tunnel: {:bool, "map VLANs to tunnels"},
    bcast_flood: {:bool, "flood broadcasts"},
    group_fwd_mask: {0..0xFFFF, "bit n: forward frames to 01:80:c2:00:00:0n"},
    neigh_suppress: {:bool, "answer ARP and ND for known neighbours"},
    neigh_vlan_suppress: {:bool, "answer ARP and ND for known neighbours, per VLAN"},
    neigh_forward_grat:
      {:bool,
       "forward gratuitous ARP and unsolicited neighbour advertisements in spite of `neigh_suppress`"},
    isolated: {:bool, "forward to and from non-isolated ports only"},
    backup_port: {:master, "port to use when this one has no carrier"},
    backup_nhid: {0..0xFFFFFFFF, "nexthop for frames sent to the backup port, 0 for none"},
    mcast_eht_hosts_limit: {1..0xFFFFFFFF, "maximum number of tracked multicast hosts"},
    mcast_max_groups: {0..0xFFFFFFFF, "maximum number of multicast groups, 0 for no limit"},
    locked: {:bool, "forward frames of known senders only"},
    mab: {:bool, "MAC authentication bypass: record unknown senders of a locked port"}
  )
end

defmodule Linx.Netlink.Rtnl.Vlan.GlobalOptions do
  @moduledoc """
  Options of a VLAN, or a range of VLANs, that hold throughout a bridge: `BRIDGE_VLANDB_GOPTS_*`.

  Kernel side: `include/uapi/linux/if_bridge.h`. A range begins with `id` and ends with
  `range`, which is `nil` for a single VLAN. Times are in hundredths of a second.

      :ok = Vlan.set_global(sock, "br0", {10, 19}, msti: 1)
  """

  use Linx.Netlink.Codec
  use Linx.Netlink.Options

  alias Linx.Netlink.Rtnl.LinkInfo.Bridge.QuerierState
  alias Linx.Netlink.Rtnl.Vlan.RouterPorts

  @u32 0..0xFFFFFFFF
  @u64 0..0xFFFFFFFFFFFFFFFF

  codec prefix: "BRIDGE_VLANDB_GOPTS_" do
    attr 1, :id, :u16, "identifier of the VLAN, or of the first VLAN of a range"
    attr 2, :range, :u16, "identifier of the last VLAN of a range"
    attr 3, :mcast_snooping, {:bool, :u8}, "IGMP and MLD snooping"
    attr 4, :mcast_igmp_version, :u8, "IGMP version"
    attr 5, :mcast_mld_version, :u8, "MLD version"
    attr 6, :mcast_last_member_cnt, :u32, "queries before a group is left"
    attr 7, :mcast_startup_query_cnt, :u32, "queries at start"
    attr 8, :mcast_last_member_intvl, :u64, "time between leave queries, 1/100 s"
    attr 10, :mcast_membership_intvl, :u64, "lifetime of a membership, 1/100 s"

    attr 11,
         :mcast_querier_intvl,
         :u64,
         "time without queries after which another querier counts as lost, 1/100 s"

    attr 12, :mcast_query_intvl, :u64, "time between queries, 1/100 s"
    attr 13, :mcast_query_response_intvl, :u64, "maximum time to a report, 1/100 s"
    attr 14, :mcast_startup_query_intvl, :u64, "time between queries at start, 1/100 s"
    attr 15, :mcast_querier, {:bool, :u8}, "send queries"
    attr 16, :mcast_router_ports, {:nested, RouterPorts}, "ports that lead to multicast routers"
    attr 17, :mcast_querier_state, {:nested, QuerierState}, "multicast queriers"
    attr 18, :msti, :u16, "number of the spanning tree of the VLAN"
  end

  options(
    mcast_snooping: {:bool, "IGMP and MLD snooping"},
    mcast_igmp_version: {2..3, "IGMP version"},
    mcast_mld_version: {1..2, "MLD version"},
    mcast_last_member_cnt: {@u32, "queries before a group is left"},
    mcast_startup_query_cnt: {@u32, "queries at start"},
    mcast_last_member_intvl: {@u64, "time between leave queries"},
    mcast_membership_intvl: {@u64, "lifetime of a membership"},
    mcast_querier_intvl:
      {@u64, "time without queries after which another querier counts as lost"},
    mcast_query_intvl: {@u64, "time between queries"},
    mcast_query_response_intvl: {@u64, "maximum time to a report"},
    mcast_startup_query_intvl: {@u64, "time between queries at start"},
    mcast_querier: {:bool, "send queries"},
    msti:
      {0..4095,
       "spanning tree that the VLAN is in, for bridges whose `multi_boolopt` has `mst_enable`; " <>
         "Linux 5.18"}
  )
end

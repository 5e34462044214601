defmodule Linx.Netlink.Rtnl.LinkInfo.Bridge.Mcast do
  @moduledoc """
  Multicast settings of a bridge: `IFLA_BR_MCAST_*`. Times are in hundredths of a second.
  """

  use Linx.Netlink.Codec

  alias Linx.Netlink.Rtnl.Link.BridgeNames
  alias Linx.Netlink.Rtnl.LinkInfo.Bridge.QuerierState

  @router_types BridgeNames.router_types()

  codec prefix: "IFLA_BR_" do
    attr 22,
         :mcast_router,
         {:enum, :u8, @router_types},
         "multicast router: never, when learned from queries, always",
         values: "MDB_RTR_TYPE_"

    attr 23, :mcast_snooping, {:bool, :u8}, "IGMP and MLD snooping"
    attr 24, :mcast_query_use_ifaddr, {:bool, :u8}, "query with the bridge's own address"
    attr 25, :mcast_querier, {:bool, :u8}, "send queries"
    attr 26, :mcast_hash_elasticity, :u32, "without effect since Linux 4.21"
    attr 27, :mcast_hash_max, :u32, "maximum number of multicast groups"
    attr 28, :mcast_last_member_cnt, :u32, "queries before a group is left"
    attr 29, :mcast_startup_query_cnt, :u32, "queries at start"
    attr 30, :mcast_last_member_intvl, :u64, "time between leave queries, hundredths of a second"
    attr 31, :mcast_membership_intvl, :u64, "lifetime of a membership, hundredths of a second"

    attr 32,
         :mcast_querier_intvl,
         :u64,
         "time without queries after which another querier counts as lost, hundredths of a second"

    attr 33, :mcast_query_intvl, :u64, "time between queries, hundredths of a second"
    attr 34, :mcast_query_response_intvl, :u64, "maximum time to a report, hundredths of a second"

    attr 35,
         :mcast_startup_query_intvl,
         :u64,
         "time between queries at start, hundredths of a second"

    attr 42, :mcast_stats_enabled, {:bool, :u8}, "count IGMP and MLD"
    attr 43, :mcast_igmp_version, :u8, "IGMP version"
    attr 44, :mcast_mld_version, :u8, "MLD version"
    attr 47, :mcast_querier_state, {:nested, QuerierState}, "multicast queriers"
  end
end

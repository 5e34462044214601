defmodule Linx.Netlink.Rtnl.LinkInfo.Bridge.Mcast do
  @moduledoc """
  Multicast settings of a bridge: `IFLA_BR_MCAST_*`. Times are in hundredths of a second.
  """

  use Linx.Netlink.Codec

  alias Linx.Netlink.Rtnl.Link.BridgeNames
  alias Linx.Netlink.Rtnl.LinkInfo.Bridge.QuerierState

  @router_types BridgeNames.router_types()

  codec prefix: "IFLA_BR_" do
    attr 22, :mcast_router, {:enum, :u8, @router_types}, values: "MDB_RTR_TYPE_"
    attr 23, :mcast_snooping, :u8
    attr 24, :mcast_query_use_ifaddr, :u8
    attr 25, :mcast_querier, :u8
    attr 26, :mcast_hash_elasticity, :u32
    attr 27, :mcast_hash_max, :u32
    attr 28, :mcast_last_member_cnt, :u32
    attr 29, :mcast_startup_query_cnt, :u32
    attr 30, :mcast_last_member_intvl, :u64
    attr 31, :mcast_membership_intvl, :u64
    attr 32, :mcast_querier_intvl, :u64
    attr 33, :mcast_query_intvl, :u64
    attr 34, :mcast_query_response_intvl, :u64
    attr 35, :mcast_startup_query_intvl, :u64
    attr 42, :mcast_stats_enabled, :u8
    attr 43, :mcast_igmp_version, :u8
    attr 44, :mcast_mld_version, :u8
    attr 47, :mcast_querier_state, {:nested, QuerierState}
  end
end

defmodule Linx.Netlink.Rtnl.LinkInfo.Bridge do
  @moduledoc """
  Bridge: kind `"bridge"`.

  Kernel side: `IFLA_BR_*` of `include/uapi/linux/if_link.h`.

      Link.create_bridge(sock, "br0", vlan_filtering: true, stp_state: :kernel, mcast_snooping: false)
      {:ok, br0} = Link.get(sock, "br0")
      br0.linkinfo.info_data.status.bridge_id.priority

  The state of the spanning tree is in `status`, the multicast settings are in `mcast`; the
  options of `mcast` stand beside the others. Times are in hundredths of a second (`USER_HZ`).
  """

  use Linx.Netlink.Codec
  use Linx.Netlink.Options

  alias Linx.MAC
  alias Linx.Netlink.Rtnl.Link.BridgeNames
  alias __MODULE__.{Boolopt, Mcast, Status}

  @protocols ["802.1q": 0x8100, "802.1ad": 0x88A8]
  # BR_NO_STP, BR_KERNEL_STP and BR_USER_STP of net/bridge/br_private.h.
  @stp_states [off: 0, kernel: 1, user: 2]
  @stp_modes [auto: 0, user: 1, kernel: 2]
  @ticks "hundredths of a second"

  codec prefix: "IFLA_BR_" do
    attr 1,
         :forward_delay,
         :u32,
         "listening and learning time, hundredths of a second; 200 to 3000 with STP"

    attr 2, :hello_time, :u32, "time between hello packets, hundredths of a second"

    attr 3,
         :max_age,
         :u32,
         "time without packets of the root after which it counts as lost, hundredths of a second"

    attr 4, :ageing_time, :u32, "lifetime of learned addresses, hundredths of a second"

    attr 5,
         :stp_state,
         {:enum, :u32, @stp_states},
         "spanning tree: off, or run by the kernel or user space",
         values: {:kernel, "net/bridge/br_private.h"}

    attr 6, :priority, :u16, "STP priority, lower is better"
    attr 7, :vlan_filtering, {:bool, :u8}, "filter by VLAN"

    attr 8, :vlan_protocol, {:enum, :be16, @protocols}, "tag protocol",
      values: {"ETH_P_", "802.1q": "ETH_P_8021Q", "802.1ad": "ETH_P_8021AD"}

    attr 9, :group_fwd_mask, :u16, "bit n: forward frames to 01:80:c2:00:00:0n"
    attr 20, :group_addr, MAC, "STP group address, 01:80:c2:00:00:00 to 0f"
    attr 21, :fdb_flush, :flag, "delete learned addresses"
    attr 36, :nf_call_iptables, {:bool, :u8}, "pass IPv4 to iptables"
    attr 37, :nf_call_ip6tables, {:bool, :u8}, "pass IPv6 to ip6tables"
    attr 38, :nf_call_arptables, {:bool, :u8}, "pass ARP to arptables"
    attr 39, :vlan_default_pvid, :u16, "VLAN id of untagged frames, 0 for none"
    attr 41, :vlan_stats_enabled, {:bool, :u8}, "count per VLAN"
    attr 45, :vlan_stats_per_port, {:bool, :u8}, "count per VLAN and port"
    attr 46, :multi_boolopt, Boolopt, "further boolean options"
    attr 48, :fdb_n_learned, :u32, "number of learned addresses", volatile: true
    attr 49, :fdb_max_learned, :u32, "maximum number of learned addresses, 0 for no limit"

    attr 50,
         :stp_mode,
         {:enum, :u32, @stp_modes},
         "implementation of the spanning tree: kernel, user space or automatic",
         values: "BR_STP_MODE_"

    group :mcast, Mcast, "multicast settings"
    group :status, Status, "state of the spanning tree"
  end

  options(
    forward_delay:
      {0..0xFFFFFFFF, "listening and learning time, #{@ticks}; 200 to 3000 with STP"},
    hello_time: {100..1000, "time between hello packets, #{@ticks}"},
    max_age:
      {600..4000, "time without packets of the root after which it counts as lost, #{@ticks}"},
    ageing_time: {0..0xFFFFFFFF, "lifetime of learned addresses, #{@ticks}"},
    stp_state: {{:enum, @stp_states}, "spanning tree: off, or run by the kernel or user space"},
    priority: {0..0xFFFF, "STP priority, lower is better"},
    vlan_filtering: {:bool, "filter by VLAN"},
    vlan_protocol: {{:enum, @protocols}, "tag protocol"},
    group_fwd_mask: {0..0xFFFF, "bit n: forward frames to 01:80:c2:00:00:0n"},
    group_addr: {:mac, "STP group address, 01:80:c2:00:00:00 to 0f"},
    fdb_flush: {:flag, "delete learned addresses", only: :set},
    nf_call_iptables: {:bool, "pass IPv4 to iptables"},
    nf_call_ip6tables: {:bool, "pass IPv6 to ip6tables"},
    nf_call_arptables: {:bool, "pass ARP to arptables"},
    vlan_default_pvid: {0..4094, "VLAN id of untagged frames, 0 for none"},
    vlan_stats_enabled: {:bool, "count per VLAN"},
    vlan_stats_per_port: {:bool, "count per VLAN and port"},
    multi_boolopt:
      {{:masked, Boolopt.__names__(), Boolopt}, "further boolean options",
       field: [:multi_boolopt]},
    fdb_max_learned: {0..0xFFFFFFFF, "maximum number of learned addresses, 0 for no limit"},
    stp_mode:
      {{:enum, @stp_modes},
       "implementation of the spanning tree: kernel, user space or automatic"},
    mcast_router:
      {{:enum, Keyword.delete(BridgeNames.router_types(), :temp)},
       "multicast router: never, when learned from queries, always",
       field: [{:mcast, Mcast}, :mcast_router]},
    mcast_snooping: {:bool, "IGMP and MLD snooping", field: [{:mcast, Mcast}, :mcast_snooping]},
    mcast_query_use_ifaddr:
      {:bool, "query with the bridge's own address",
       field: [{:mcast, Mcast}, :mcast_query_use_ifaddr]},
    mcast_querier: {:bool, "send queries", field: [{:mcast, Mcast}, :mcast_querier]},
    mcast_hash_elasticity:
      {0..0xFFFFFFFF, "without effect since Linux 4.21",
       field: [{:mcast, Mcast}, :mcast_hash_elasticity]},
    mcast_hash_max:
      {1..0xFFFFFFFF, "maximum number of multicast groups",
       field: [{:mcast, Mcast}, :mcast_hash_max]},
    mcast_last_member_cnt:
      {0..0xFFFFFFFF, "queries before a group is left",
       field: [{:mcast, Mcast}, :mcast_last_member_cnt]},
    mcast_startup_query_cnt:
      {0..0xFFFFFFFF, "queries at start", field: [{:mcast, Mcast}, :mcast_startup_query_cnt]},
    mcast_last_member_intvl:
      {0..0xFFFFFFFFFFFFFFFF, "time between leave queries, #{@ticks}",
       field: [{:mcast, Mcast}, :mcast_last_member_intvl]},
    mcast_membership_intvl:
      {0..0xFFFFFFFFFFFFFFFF, "lifetime of a membership, #{@ticks}",
       field: [{:mcast, Mcast}, :mcast_membership_intvl]},
    mcast_querier_intvl:
      {0..0xFFFFFFFFFFFFFFFF,
       "time without queries after which another querier counts as lost, #{@ticks}",
       field: [{:mcast, Mcast}, :mcast_querier_intvl]},
    mcast_query_intvl:
      {100..0xFFFFFFFFFFFFFFFF, "time between queries, #{@ticks}",
       field: [{:mcast, Mcast}, :mcast_query_intvl]},
    mcast_query_response_intvl:
      {0..0xFFFFFFFFFFFFFFFF, "maximum time to a report, #{@ticks}",
       field: [{:mcast, Mcast}, :mcast_query_response_intvl]},
    mcast_startup_query_intvl:
      {100..0xFFFFFFFFFFFFFFFF, "time between queries at start, #{@ticks}",
       field: [{:mcast, Mcast}, :mcast_startup_query_intvl]},
    mcast_stats_enabled:
      {:bool, "count IGMP and MLD", field: [{:mcast, Mcast}, :mcast_stats_enabled]},
    mcast_igmp_version: {2..3, "IGMP version", field: [{:mcast, Mcast}, :mcast_igmp_version]},
    mcast_mld_version: {1..2, "MLD version", field: [{:mcast, Mcast}, :mcast_mld_version]}
  )
end

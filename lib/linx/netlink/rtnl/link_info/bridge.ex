defmodule Linx.Netlink.Rtnl.LinkInfo.Bridge do
  @moduledoc """
  What makes a link a bridge: kind `"bridge"`.

  Kernel side: `IFLA_BR_*` of `include/uapi/linux/if_link.h`.

      Link.create_bridge(sock, "br0", vlan_filtering: true, stp_state: 1, mcast_snooping: false)
      {:ok, br0} = Link.get(sock, "br0")
      br0.linkinfo.info_data.status.bridge_id.priority

  What the bridge found out is in `status`, multicast settings are in `mcast`; as
  options all names stand side by side. Times are in hundredths of a second
  (`USER_HZ`), not in seconds.
  """

  use Linx.Netlink.Codec
  use Linx.Netlink.Options

  alias Linx.MAC
  alias __MODULE__.{Boolopt, Mcast, Status}

  @protocols ["802.1q": 0x8100, "802.1ad": 0x88A8]
  @stp_modes [auto: 0, user: 1, kernel: 2]
  @boolopts [
    no_ll_learn: 0x1,
    mcast_vlan_snooping: 0x2,
    mst_enable: 0x4,
    mdb_offload_fail_notification: 0x8
  ]
  @ticks "hundredths of a second"

  codec do
    attr 1, :forward_delay, :u32
    attr 2, :hello_time, :u32
    attr 3, :max_age, :u32
    attr 4, :ageing_time, :u32
    attr 5, :stp_state, :u32
    attr 6, :priority, :u16
    attr 7, :vlan_filtering, :u8
    attr 8, :vlan_protocol, {:enum, :be16, @protocols}
    attr 9, :group_fwd_mask, :u16
    attr 20, :group_addr, MAC
    attr 21, :fdb_flush, :flag
    attr 36, :nf_call_iptables, :u8
    attr 37, :nf_call_ip6tables, :u8
    attr 38, :nf_call_arptables, :u8
    attr 39, :vlan_default_pvid, :u16
    attr 41, :vlan_stats_enabled, :u8
    attr 45, :vlan_stats_per_port, :u8
    attr 46, :multi_boolopt, Boolopt
    attr 48, :fdb_n_learned, :u32, volatile: true
    attr 49, :fdb_max_learned, :u32
    attr 50, :stp_mode, {:enum, :u32, @stp_modes}
    group :mcast, Mcast
    group :status, Status
  end

  options(
    forward_delay:
      {0..0xFFFFFFFF, "listening and learning time, #{@ticks}; 200 to 3000 with STP"},
    hello_time: {100..1000, "time between hello packets, #{@ticks}"},
    max_age: {600..4000, "time after which a silent root is dead, #{@ticks}"},
    ageing_time: {0..0xFFFFFFFF, "lifetime of learned addresses, #{@ticks}"},
    stp_state: {0..2, "spanning tree: 0 off, 1 on"},
    priority: {0..0xFFFF, "STP priority, lower is better"},
    vlan_filtering: {:bool, "filter by VLAN"},
    vlan_protocol: {{:enum, @protocols}, "tag protocol"},
    group_fwd_mask: {0..0xFFFF, "bit n: forward frames to 01:80:c2:00:00:0n"},
    group_addr: {:mac, "STP group address, 01:80:c2:00:00:00 to 0f"},
    fdb_flush: {:flag, "forget learned addresses", only: :set},
    nf_call_iptables: {:bool, "pass IPv4 to iptables"},
    nf_call_ip6tables: {:bool, "pass IPv6 to ip6tables"},
    nf_call_arptables: {:bool, "pass ARP to arptables"},
    vlan_default_pvid: {0..4094, "VLAN id of untagged frames, 0 for none"},
    vlan_stats_enabled: {:bool, "count per VLAN"},
    vlan_stats_per_port: {:bool, "count per VLAN and port"},
    multi_boolopt: {{:masked, @boolopts, Boolopt}, "further switches", field: [:multi_boolopt]},
    fdb_max_learned: {0..0xFFFFFFFF, "most learned addresses, 0 for no limit"},
    stp_mode: {{:enum, @stp_modes}, "who runs the spanning tree"},
    mcast_router:
      {0..2, "multicast router: 0 never, 1 when learned, 2 always",
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
      {1..0xFFFFFFFF, "most multicast groups", field: [{:mcast, Mcast}, :mcast_hash_max]},
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
      {0..0xFFFFFFFFFFFFFFFF, "time after which a silent querier is dead, #{@ticks}",
       field: [{:mcast, Mcast}, :mcast_querier_intvl]},
    mcast_query_intvl:
      {100..0xFFFFFFFFFFFFFFFF, "time between queries, #{@ticks}",
       field: [{:mcast, Mcast}, :mcast_query_intvl]},
    mcast_query_response_intvl:
      {0..0xFFFFFFFFFFFFFFFF, "longest time to an answer, #{@ticks}",
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

defmodule Linx.Netlink.Rtnl.LinkInfo.Bridge.Mcast do
  @moduledoc """
  Multicast settings of a bridge: the `IFLA_BR_MCAST_*` attributes.
  """

  use Linx.Netlink.Codec

  alias Linx.Netlink.Rtnl.LinkInfo.Bridge.QuerierState

  codec do
    attr 22, :mcast_router, :u8
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

defmodule Linx.Netlink.Rtnl.LinkInfo.Bridge.QuerierState do
  @moduledoc """
  The multicast queriers that a bridge sees: `BRIDGE_QUERIER_*` of
  `include/uapi/linux/if_bridge.h`. Timers are in hundredths of a second.
  """

  use Linx.Netlink.Codec

  alias Linx.IP

  codec do
    attr 1, :ip_address, IP
    attr 2, :ip_port, :u32
    attr 3, :ip_other_timer, :u64, volatile: true
    attr 5, :ipv6_address, IP
    attr 6, :ipv6_port, :u32
    attr 7, :ipv6_other_timer, :u64, volatile: true
  end
end

defmodule Linx.Netlink.Rtnl.LinkInfo.Bridge.Status do
  @moduledoc """
  What the spanning tree of a bridge found out, and its running timers.

  Timers are in hundredths of a second.
  """

  use Linx.Netlink.Codec

  alias Linx.Netlink.Rtnl.LinkInfo.Bridge.Id

  codec do
    attr 10, :root_id, Id
    attr 11, :bridge_id, Id
    attr 12, :root_port, :u16
    attr 13, :root_path_cost, :u32
    attr 14, :topology_change, :u8
    attr 15, :topology_change_detected, :u8
    attr 16, :hello_timer, :u64, volatile: true
    attr 17, :tcn_timer, :u64, volatile: true
    attr 18, :topology_change_timer, :u64, volatile: true
    attr 19, :gc_timer, :u64, volatile: true
  end
end

defmodule Linx.Netlink.Rtnl.LinkInfo.Bridge.Id do
  @moduledoc """
  A bridge in the spanning tree: `struct ifla_bridge_id`, a priority and a MAC.
  """

  use Linx.Netlink.Codec

  alias Linx.MAC

  codec do
    header do
      field :priority, :be16
      field :addr_high, :be16
      field :addr_low, :be32
    end
  end

  @doc """
  The address part as a `Linx.MAC`; `nil` of an identity that was cut short.

      iex> Linx.Netlink.Rtnl.LinkInfo.Bridge.Id.address(%Linx.Netlink.Rtnl.LinkInfo.Bridge.Id{addr_high: 0x0200, addr_low: 7})
      Linx.MAC.decode(<<2, 0, 0, 0, 0, 7>>)
  """
  @spec address(t()) :: MAC.t() | nil
  def address(%__MODULE__{addr_high: high, addr_low: low}) when is_integer(low),
    do: MAC.decode(<<high::16, low::32>>)

  def address(%__MODULE__{}), do: nil
end

defmodule Linx.Netlink.Rtnl.LinkInfo.Bridge.Boolopt do
  @moduledoc """
  Switches of a bridge and the mask of those meant: `struct br_boolopt_multi` of
  `include/uapi/linux/if_bridge.h`.
  """

  use Linx.Netlink.Codec

  @names [
    no_ll_learn: 0x1,
    mcast_vlan_snooping: 0x2,
    mst_enable: 0x4,
    mdb_offload_fail_notification: 0x8
  ]

  codec do
    header do
      field :flags, {:flags, :u32, @names}
      field :mask, :u32
    end
  end
end

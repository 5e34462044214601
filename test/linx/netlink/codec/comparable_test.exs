defmodule Linx.Netlink.Codec.ComparableTest do
  use ExUnit.Case, async: true

  alias Linx.Netlink.Codec
  alias Linx.Netlink.Rtnl

  alias Linx.Netlink.Rtnl.{
    Address,
    Link,
    LinkInfo,
    Mdb,
    NdaCacheinfo,
    Neighbour,
    NeighbourTable,
    Nexthop,
    Route,
    Tc,
    Vlan
  }

  alias Linx.Netlink.Rtnl.LinkInfo.{Bridge, BridgePort}

  # What a view compares.
  @roots for resource <- Rtnl.resources(), do: resource.module

  # By the kernel's functions that fill the messages: what a packet or the clock changes.
  @volatile %{
    # rtnl_fill_ifinfo: ifi_change and IFLA_EVENT say why a notification was sent.
    Link => [:change, :stats64],
    Link.Status => [:carrier_changes, :event, :carrier_up_count, :carrier_down_count],
    LinkInfo => [:xstats],
    # rtnl_fill_vfinfo
    Link.Vf.Stats => [
      :rx_packets,
      :tx_packets,
      :rx_bytes,
      :tx_bytes,
      :broadcast,
      :multicast,
      :rx_dropped,
      :tx_dropped
    ],
    # inet6_fill_ifla6_attrs; nd_parms->reachable_time is drawn again every few minutes.
    Link.Inet6 => [:stats, :icmp6stats],
    Link.Cacheinfo => [:tstamp, :reachable_time],
    # bond_fill_slave_info
    LinkInfo.BondPort => [:link_failure_count],
    # br_fill_info, br_fill_ifinfo, br_multicast_dump_querier_state
    Bridge => [:fdb_n_learned],
    Bridge.Status => [:hello_timer, :tcn_timer, :topology_change_timer, :gc_timer],
    Bridge.QuerierState => [:ip_other_timer, :ipv6_other_timer],
    BridgePort.Status => [
      :message_age_timer,
      :forward_delay_timer,
      :hold_timer,
      :mcast_eht_hosts_cnt,
      :mcast_n_groups
    ],
    # can_fill_info
    LinkInfo.Can => [:berr_counter],
    # hsr_fill_info
    LinkInfo.Hsr => [:seq_nr],
    # put_cacheinfo of net/ipv4/devinet.c and net/ipv6/addrconf.c
    Address.Cacheinfo => [:prefered, :valid, :cstamp, :tstamp],
    # br_mdb_fill_info, __mdb_fill_srcs, br_rports_fill_info
    Mdb.Entry => [:timer],
    Mdb.Source => [:timer],
    Link.BridgeRouterPort => [:timer, :inet_timer, :inet6_timer],
    # br_vlan_opts_fill, br_vlan_stats_fill
    Vlan.Entry => [:mcast_n_groups],
    Vlan.Stats => [:rx_bytes, :rx_packets, :tx_bytes, :tx_packets],
    # neightbl_fill_info, neightbl_fill_parms
    NeighbourTable => [:config, :stats],
    NeighbourTable.Parms => [:refcnt, :reachable_time],
    # ip6addrlbl_putmsg: how often the table has changed.
    Rtnl.AddressLabel => [:seq],
    # neigh_fill_info
    Neighbour => [:probes],
    NdaCacheinfo => [:confirmed, :used, :updated, :refcnt],
    # rtnl_put_cacheinfo, rt_fill_info
    Route => [:expires],
    Route.Cacheinfo => [:clntref, :lastuse, :expires, :used, :ts, :tsage],
    # mr_fill_mroute
    Route.MfcStats => [:packets, :bytes, :wrong_if],
    # seg6_local_fill_encap
    Linx.Netlink.Rtnl.Encap.Seg6Local.Counters => [:packets, :bytes, :errors],
    # nla_put_nh_group_stats, nla_put_nh_group_res, nh_fill_res_bucket
    Nexthop.Stats.Entry => [:packets, :packets_hw],
    Nexthop.ResGroup => [:unbalanced_time],
    Nexthop.ResBucket => [:idle_time],
    # tc_fill_qdisc, tc_fill_tclass, tcf_fill_node, and the functions `dump` of the kinds
    Tc.Qdisc => [:xstats, :stats2],
    Tc.Class => [:xstats, :stats2],
    Tc.Filter => [:stats2],
    Tc.Qdisc.Htb.Glob => [:direct_pkts],
    Tc.Qdisc.Sfq => [
      :prob_drop,
      :forced_drop,
      :prob_mark,
      :forced_mark,
      :prob_mark_head,
      :forced_mark_head
    ],
    Tc.Qdisc.Gred.Parms => [
      :backlog,
      :qave,
      :forced,
      :early,
      :other,
      :pdrop,
      :packets,
      :bytesin
    ],
    Tc.Qdisc.Gred.Vq => [
      :stat_bytes,
      :stat_packets,
      :stat_backlog,
      :stat_prob_drop,
      :stat_prob_mark,
      :stat_forced_drop,
      :stat_forced_mark,
      :stat_pdrop,
      :stat_other
    ],
    Tc.Filter.Basic => [:pcnt],
    Tc.Filter.Flower => [:in_hw_count],
    Tc.Filter.Matchall => [:pcnt],
    Tc.Filter.U32 => [:pcnt],
    Tc.Filter.U32.Mark => [:success],
    Tc.Action.Entry => [:stats, :used_hw_stats, :in_hw_count],
    Tc.Action.Ctinfo => [:tm, :stats_dscp_set, :stats_dscp_error, :stats_cpmark_set]
  }

  # Of the parameters of actions, tc_gen and tcf_t.
  @of_actions [[:tm], [:refcnt, :bindcnt]]

  test "these rows are volatile, of all that a view reaches" do
    declared =
      for module <- reached(@roots, []),
          names = Map.get(module.__codec__(), :volatile, []),
          names != [],
          not (names in @of_actions and inspect(module) =~ "Tc.Action."),
          into: %{},
          do: {module, names}

    assert declared == @volatile
  end

  # Names that counters, ages and timers bear. What is none of these is named.
  @suspicious ~r/(timer|time|stamp|count|cnt|age|ages|packets|bytes|errors|used|left|stats)$/
  @settings [
    # Settings, limits and states that bear such a name.
    {Bridge, [:hello_time, :max_age, :ageing_time]},
    {Bridge.Mcast, [:mcast_last_member_cnt, :mcast_startup_query_cnt]},
    {Link.Cacheinfo, [:retrans_time]},
    {LinkInfo.Gtp, [:restart_count]},
    # The number of addresses listed beside it.
    {LinkInfo.Macvlan, [:macaddr_count]},
    # The largest setting among the macvlans of one link.
    {LinkInfo.Macvlan, [:bc_queue_len_used]},
    {NeighbourTable.Parms,
     [
       :base_reachable_time,
       :retrans_time,
       :gc_staletime,
       :delay_probe_time,
       :locktime,
       :queue_lenbytes
     ]},
    {Nexthop, [:hw_stats_used, :group_stats]},
    {Nexthop.ResGroup, [:idle_timer, :unbalanced_timer]},
    {Route, [:mfc_stats]},
    {Link.Vf, [:stats]},
    {Tc.Action, [:count]},
    {Tc.Action.Entry, [:hw_stats]},
    {Tc.Action.Gate, [:base_time, :cycle_time]},
    {Tc.Qdisc.Hhf, [:admit_bytes]},
    {Tc.Qdisc.Mqprio, [:count]},
    {Tc.Qdisc.Mqprio.Qopt, [:count]},
    {Tc.Qdisc.Netem.Slot, [:max_bytes, :max_packets]},
    {Tc.Qdisc.Sfb.Parms, [:warmup_time]},
    {Tc.Qdisc.Taprio, [:sched_base_time, :sched_cycle_time]},
    {Tc.Qdisc.Taprio.Schedule, [:sched_base_time, :sched_cycle_time]},
    {Vlan.Entry, [:stats]},
    {Vlan.GlobalOptions, [:mcast_last_member_cnt, :mcast_startup_query_cnt]}
  ]

  test "no row bears the name of a counter, an age or a timer without being one" do
    known = for {module, names} <- @settings, name <- names, do: {module, name}

    found =
      for module <- reached(@roots, []),
          name <- fields(module),
          to_string(name) =~ @suspicious,
          name not in Map.get(module.__codec__(), :volatile, []),
          do: {module, name}

    assert Enum.sort(found) == Enum.sort(known)
  end

  test "a struct without its volatile fields, at any depth" do
    link = fn timer, state ->
      %Link{
        index: 3,
        change: timer,
        linkinfo: %LinkInfo{
          kind: "veth",
          info_data: %LinkInfo.Veth{peer: %Link{index: 4, change: timer}},
          slave_kind: "bridge",
          slave_data: %BridgePort{
            state: state,
            status: %BridgePort.Status{no: 1, forward_delay_timer: timer}
          }
        }
      }
    end

    assert Codec.comparable(link.(7, :listening)) == Codec.comparable(link.(8, :listening))
    refute Codec.comparable(link.(7, :listening)) == Codec.comparable(link.(7, :learning))
  end

  test "structs in lists, and fields of a header that stands in one" do
    nexthop = fn packets ->
      entries = [%Nexthop.Stats.Entry{id: 1, packets: packets}]
      %Nexthop{id: 9, group_stats: %Nexthop.Stats{entry: entries}}
    end

    assert Codec.comparable(nexthop.(1)) == Codec.comparable(nexthop.(2))
    refute Codec.comparable(nexthop.(1)) == Codec.comparable(%{nexthop.(1) | id: 8})

    neighbour = fn used -> %Neighbour{cacheinfo: %NdaCacheinfo{used: used}} end
    assert Codec.comparable([neighbour.(1)]) == Codec.comparable([neighbour.(2)])
  end

  test "what is no struct of a codec is as it is" do
    {:ok, ip} = Linx.IP.parse("192.0.2.1")

    for term <- [nil, 7, "x", :up, [1, 2], ip, 1..3, {1, 2}],
        do: assert(Codec.comparable(term) == term)

    assert %Address{local: ^ip} = Codec.comparable(%Address{local: ip})
  end

  defp reached([], seen), do: seen

  defp reached([module | rest], seen) do
    if module in seen or not codec?(module),
      do: reached(rest, seen),
      else: reached(uses(module.__codec__()) ++ rest, [module | seen])
  end

  defp codec?(module),
    do: Code.ensure_loaded?(module) and function_exported?(module, :__codec__, 0)

  # What is volatile as a whole need not be looked into.
  defp uses(codec) do
    attrs = for {_, name, _} = attr <- codec.attrs, name not in (codec[:volatile] || []), do: attr

    Enum.flat_map(attrs, fn {_id, _name, type} -> modules(type) end) ++
      Keyword.values(Map.get(codec, :groups, []))
  end

  defp modules({:dispatch, _field, table}), do: Enum.flat_map(Map.values(table), &modules/1)
  defp modules({:array, type, _id}), do: modules(type)
  defp modules({:binary, _size}), do: []
  defp modules({tag, _, _}) when tag in [:enum, :flags], do: []
  defp modules({_tag, type}), do: modules(type)
  defp modules(atom), do: [atom]

  defp fields(module) do
    codec = module.__codec__()
    for({:field, name, _} <- codec.header, do: name) ++ for {_, name, _} <- codec.attrs, do: name
  end
end

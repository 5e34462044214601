defmodule Linx.Test.LinkKindOptions do
  @moduledoc false
  # Options of every kind of link, and their values as `ip -json -details` shows them.

  @ip4 %Linx.IP{family: :inet, bytes: <<192, 0, 2, 3>>}
  @gre4 [local: "192.0.2.1", remote: "192.0.2.2"]
  @gre6 [local: "2001:db8::1", remote: "2001:db8::2"]

  @encap [
    {[encap_flags: [:csum]], {:own, [:encap_flags], [:csum]}},
    {[encap_sport: 5], {:own, [:encap_sport], 5}},
    {[encap_dport: 6], {:own, [:encap_dport], 6}},
    {[fwmark: 5], %{"fwmark" => "0x5"}},
    {[collect_metadata: true], %{"external" => true}}
  ]

  @gre [
    {[parent: "base"], %{"link" => "base"}},
    {[key: 7], %{"ikey" => "0.0.0.7", "okey" => "0.0.0.7"}},
    {[ikey: 8], %{"ikey" => "0.0.0.8"}},
    {[okey: 9], %{"okey" => "0.0.0.9"}},
    {[iflags: [:csum]], %{"icsum" => true}},
    {[oflags: [:seq]], %{"oseq" => true}},
    {[ttl: 9], %{"ttl" => 9}}
    | @encap
  ]

  @gre_on_4 [
    {[local: "192.0.2.9"], %{"local" => "192.0.2.9"}},
    {[remote: "192.0.2.8"], %{"remote" => "192.0.2.8"}},
    {[tos: 8], %{"tos" => "0x8"}},
    {[pmtudisc: false], %{"pmtudisc" => false}},
    {[pmtudisc: false, ignore_df: true], %{"ignore_df" => true}}
    | @gre
  ]

  @gre_on_6 [
    {[local: "2001:db8::9"], %{"local" => "2001:db8::9"}},
    {[remote: "2001:db8::8"], %{"remote" => "2001:db8::8"}},
    {[encap_limit: 3], %{"encap_limit" => 3}},
    {[flowinfo: 0x12345], %{"flowlabel" => "0x12345"}},
    {[flags: [:rcv_dscp_copy]], %{"ip6_tnl_f_rcv_dscp_copy" => true}}
    | @gre
  ]

  @macvlan [
    {[mode: :private], %{"mode" => "private"}},
    {[mode: :vepa], %{"mode" => "vepa"}},
    {[mode: :bridge], %{"mode" => "bridge"}},
    {[mode: :passthru], %{"mode" => "passthru"}},
    {[mode: :source], %{"mode" => "source"}},
    {[flags: [:nopromisc, :nodst]], %{"nopromisc" => true, "nodst" => true}},
    {[mode: :source, macaddr_mode: :set, macaddr_data: ["02:00:00:00:00:09"]],
     %{"macaddr_count" => 1, "macaddr_data" => ["02:00:00:00:00:09"]}},
    {[bc_queue_len: 77], %{"bcqueuelen" => 77}},
    {[bc_cutoff: 5], {:own, [:bc_cutoff], 5}}
  ]

  # {kind and oldest kernel, options of every case, [{options, expected}]}
  def rows do
    [
      {"vlan", [parent: "base", id: 7],
       [
         {[parent: "far"], {:link, %{"link" => "far"}}},
         {[id: 8], %{"id" => 8}},
         {[protocol: :"802.1ad"], %{"protocol" => "802.1ad"}},
         {[flags: [gvrp: true, reorder_hdr: false]], %{"flags" => ["GVRP"]}},
         {[egress_qos: [{1, 2}, {3, 4}]],
          %{"egress_qos" => [%{"from" => 1, "to" => 2}, %{"from" => 3, "to" => 4}]}},
         {[ingress_qos: [{5, 6}]], %{"ingress_qos" => [%{"from" => 5, "to" => 6}]}}
       ]},
      {"macvlan", [parent: "base"], [{[parent: "far"], {:link, %{"link" => "far"}}} | @macvlan]},
      {"macvtap", [parent: "base"], [{[parent: "far"], {:link, %{"link" => "far"}}} | @macvlan]},
      {"ipvlan", [parent: "base"],
       [
         {[parent: "far"], {:link, %{"link" => "far"}}},
         {[mode: :l2], %{"mode" => "l2"}},
         {[mode: :l3], %{"mode" => "l3"}},
         {[mode: :l3s], %{"mode" => "l3s"}},
         {[flags: [:private]], %{"private" => true}},
         {[flags: [:vepa]], %{"vepa" => true}}
       ]},
      {"ipvtap", [parent: "base"],
       [
         {[parent: "far"], {:link, %{"link" => "far"}}},
         {[mode: :l2], %{"mode" => "l2"}},
         {[flags: [:private]], %{"private" => true}}
       ]},
      {"vrf", [table: 10], [{[table: 1000], %{"table" => 1000}}]},
      {"bridge", [],
       [
         {[forward_delay: 400], %{"forward_delay" => 400}},
         {[hello_time: 300], %{"hello_time" => 300}},
         {[max_age: 700], %{"max_age" => 700}},
         {[ageing_time: 1000], %{"ageing_time" => 1000}},
         {[stp_state: :kernel], %{"stp_state" => 1}},
         {[priority: 7], %{"priority" => 7}},
         {[group_fwd_mask: 8], %{"group_fwd_mask" => "0x8"}},
         {[group_addr: "01:80:c2:00:00:0e"], %{"group_addr" => "01:80:c2:00:00:0e"}},
         {[nf_call_iptables: true], %{"nf_call_iptables" => 1}},
         {[nf_call_ip6tables: true], %{"nf_call_ip6tables" => 1}},
         {[nf_call_arptables: true], %{"nf_call_arptables" => 1}},
         {[multi_boolopt: [no_ll_learn: true]], %{"no_linklocal_learn" => 1}},
         {[fdb_max_learned: 99], {:own, [:fdb_max_learned], 99}},
         {[mcast_router: :perm], %{"mcast_router" => 2}},
         {[mcast_snooping: false], %{"mcast_snooping" => 0}},
         {[mcast_query_use_ifaddr: true], %{"mcast_query_use_ifaddr" => 1}},
         {[mcast_querier: true], %{"mcast_querier" => 1}},
         {[mcast_hash_max: 512], %{"mcast_hash_max" => 512}},
         {[mcast_last_member_cnt: 3], %{"mcast_last_member_cnt" => 3}},
         {[mcast_startup_query_cnt: 4], %{"mcast_startup_query_cnt" => 4}},
         {[mcast_last_member_intvl: 200], %{"mcast_last_member_intvl" => 200}},
         {[mcast_membership_intvl: 300], %{"mcast_membership_intvl" => 300}},
         {[mcast_querier_intvl: 400], %{"mcast_querier_intvl" => 400}},
         {[mcast_query_intvl: 500], %{"mcast_query_intvl" => 500}},
         {[mcast_query_response_intvl: 600], %{"mcast_query_response_intvl" => 600}},
         {[mcast_startup_query_intvl: 700], %{"mcast_startup_query_intvl" => 700}},
         {[mcast_stats_enabled: true], %{"mcast_stats_enabled" => 1}},
         {[mcast_igmp_version: 3], %{"mcast_igmp_version" => 3}},
         {[mcast_mld_version: 2], %{"mcast_mld_version" => 2}}
       ]},
      # Options that kernels without bridge VLAN filtering lack.
      {"bridge 1", [],
       [
         {[vlan_filtering: true], %{"vlan_filtering" => 1}},
         {[vlan_protocol: :"802.1ad"], %{"vlan_protocol" => "802.1ad"}},
         {[vlan_default_pvid: 9], %{"vlan_default_pvid" => 9}},
         {[vlan_stats_enabled: true], %{"vlan_stats_enabled" => 1}},
         {[vlan_stats_per_port: true], %{"vlan_stats_per_port" => 1}},
         {[vlan_filtering: true, multi_boolopt: [mcast_vlan_snooping: true]],
          %{"mcast_vlan_snooping" => 1}},
         {[multi_boolopt: [mst_enable: true]],
          {:own, [:multi_boolopt, &(:mst_enable in &1.flags)], true}}
       ]},
      {"bond", [mode: :active_backup, miimon: 100],
       [
         {[mode: :balance_rr], %{"mode" => "balance-rr"}},
         {[mode: :balance_xor], %{"mode" => "balance-xor"}},
         {[mode: :broadcast], %{"mode" => "broadcast"}},
         {[mode: :"802.3ad"], %{"mode" => "802.3ad"}},
         {[mode: :balance_tlb], %{"mode" => "balance-tlb"}},
         {[mode: :balance_alb], %{"mode" => "balance-alb"}},
         {[miimon: 50], %{"miimon" => 50}},
         {[updelay: 200], %{"updelay" => 200}},
         {[downdelay: 300], %{"downdelay" => 300}},
         {[miimon: 0, arp_interval: 70], %{"arp_interval" => 70}},
         {[miimon: 0, arp_interval: 70, arp_ip_target: ["192.0.2.1"], arp_validate: :active],
          %{"arp_validate" => "active"}},
         {[arp_ip_target: ["192.0.2.1", "192.0.2.2"]],
          %{"arp_ip_target" => ["192.0.2.1", "192.0.2.2"]}},
         {[ns_ip6_target: ["2001:db8::1"]], %{"ns_ip6_target" => ["2001:db8::1"]}},
         {[arp_all_targets: :all], %{"arp_all_targets" => "all"}},
         {[primary_reselect: :better], %{"primary_reselect" => "better"}},
         {[fail_over_mac: :follow], %{"fail_over_mac" => "follow"}},
         {[xmit_hash_policy: :"layer3+4"], %{"xmit_hash_policy" => "layer3+4"}},
         {[xmit_hash_policy: :"vlan+srcmac"], %{"xmit_hash_policy" => "vlan+srcmac"}},
         {[resend_igmp: 3], %{"resend_igmp" => 3}},
         {[num_peer_notif: 4], %{"num_peer_notif" => 4}},
         {[all_slaves_active: true], %{"all_slaves_active" => 1}},
         {[min_links: 2], %{"min_links" => 2}},
         {[lp_interval: 9], %{"lp_interval" => 9}},
         {[mode: :balance_rr, packets_per_slave: 7], %{"packets_per_slave" => 7}},
         {[mode: :balance_tlb, tlb_dynamic_lb: false], %{"tlb_dynamic_lb" => 0}},
         {[peer_notif_delay: 200], %{"peer_notify_delay" => 200}},
         {[missed_max: 4], %{"arp_missed_max" => 4}}
       ]},
      {"bond 1", [mode: :"802.3ad", miimon: 100],
       [
         {[ad_lacp_rate: :fast], %{"ad_lacp_rate" => "fast"}},
         {[ad_select: :bandwidth], %{"ad_select" => "bandwidth"}},
         {[ad_actor_sys_prio: 3], %{"ad_actor_sys_prio" => 3}},
         {[ad_user_port_key: 5], %{"ad_user_port_key" => 5}},
         {[ad_actor_system: "02:00:00:00:00:07"], %{"ad_actor_system" => "02:00:00:00:00:07"}},
         {[ad_lacp_active: false], %{"ad_lacp_active" => "off"}},
         {[coupled_control: false], {:own, [:ad, :coupled_control], false}}
       ]},
      {"vxlan", [id: 7, port: 4789],
       [
         {[id: 8], %{"id" => 8}},
         {[parent: "base"], %{"link" => "base"}},
         {[remote: "192.0.2.1"], %{"remote" => "192.0.2.1"}},
         {[remote: "2001:db8::1"], %{"remote6" => "2001:db8::1"}},
         {[parent: "base", remote: "239.1.1.1"], %{"group" => "239.1.1.1"}},
         {[local: "192.0.2.2"], %{"local" => "192.0.2.2"}},
         {[local: "2001:db8::2"], %{"local6" => "2001:db8::2"}},
         {[ttl: 9], %{"ttl" => 9}},
         {[ttl_inherit: true], {:own, [:ttl_inherit], <<1>>}},
         {[tos: 8], %{"tos" => "0x8"}},
         {[df: :set], %{"df" => "set"}},
         {[df: :inherit], %{"df" => "inherit"}},
         {[remote: "2001:db8::1", label: 0x123], %{"label" => "0x123"}},
         {[remote: "2001:db8::1", label_policy: :inherit], {:own, [:label_policy], :inherit}},
         {[learning: false], %{"learning" => false}},
         {[ageing: 77], %{"ageing" => 77}},
         {[limit: 78], %{"limit" => 78}},
         {[port: 4790], %{"port" => 4790}},
         {[port_range: {1000, 2000}], %{"port_range" => %{"low" => 1000, "high" => 2000}}},
         {[proxy: true], %{"proxy" => true}},
         {[rsc: true], %{"rsc" => true}},
         {[l2miss: true], %{"l2miss" => true}},
         {[l3miss: true], %{"l3miss" => true}},
         {[collect_metadata: true], %{"external" => true}},
         {[localbypass: false], {:own, [:localbypass], false}},
         {[udp_csum: false], %{"udp_csum" => false}},
         {[udp_zero_csum6_tx: true], %{"udp_zero_csum6_tx" => true}},
         {[udp_zero_csum6_rx: true], %{"udp_zero_csum6_rx" => true}},
         {[remcsum_tx: true], %{"remcsum_tx" => true}},
         {[remcsum_rx: true], %{"remcsum_rx" => true}},
         {[remcsum_nopartial: true], {:own, [:udp, :remcsum_nopartial], true}},
         {[gbp: true], %{"gbp" => true}},
         {[id: 0, learning: false, collect_metadata: true, gpe: true], %{"gpe" => true}},
         {[id: 0, collect_metadata: true, vnifilter: true], %{"vnifilter" => true}}
       ]},
      {"geneve", [id: 7, remote: "192.0.2.1"],
       [
         {[id: 8], %{"id" => 8}},
         {[remote: "192.0.2.2"], %{"remote" => "192.0.2.2"}},
         {[ttl: 9], %{"ttl" => 9}},
         {[ttl_inherit: true], {:own, [:ttl_inherit], true}},
         {[tos: 8], %{"tos" => "0x8"}},
         {[df: :set], %{"df" => "set"}},
         {[port: 4790], %{"port" => 4790}},
         {[udp_csum: true], %{"udp_csum" => true}},
         {[collect_metadata: true, id: 0, remote: "0.0.0.0"], %{"external" => true}},
         {[inner_proto_inherit: true], %{"inner_proto_inherit" => true}}
       ]},
      {"geneve 1", [id: 7, remote: "2001:db8::1"],
       [
         {[remote: "2001:db8::2"], %{"remote6" => "2001:db8::2"}},
         {[label: 0x123], %{"label" => "0x123"}},
         {[udp_zero_csum6_tx: true], %{"udp_zero_csum6_tx" => true}},
         {[udp_zero_csum6_rx: true], %{"udp_zero_csum6_rx" => true}}
       ]},
      {"gre", @gre4, @gre_on_4},
      {"gretap", @gre4, @gre_on_4},
      {"ip6gre", @gre6, @gre_on_6},
      {"ip6gretap", @gre6, @gre_on_6},
      {"erspan", @gre4 ++ [key: 3],
       [
         {[key: 5], %{"ikey" => "0.0.0.5", "okey" => "0.0.0.5", "iseq" => true, "oseq" => true}},
         {[erspan_index: 123], %{"erspan_index" => 123}},
         {[erspan_ver: 2], %{"erspan_ver" => 2}},
         {[erspan_ver: 2, erspan_dir: :egress], %{"erspan_dir" => "egress"}},
         {[erspan_ver: 2, erspan_hwid: 7], %{"erspan_hwid" => "0x7"}}
       ]},
      {"ip6erspan", @gre6 ++ [key: 3], [{[erspan_index: 123], %{"erspan_index" => 123}}]},
      {"ipip", @gre4,
       [
         {[parent: "base"], %{"link" => "base"}},
         {[local: "192.0.2.9"], %{"local" => "192.0.2.9"}},
         {[remote: "192.0.2.8"], %{"remote" => "192.0.2.8"}},
         {[ttl: 9], %{"ttl" => 9}},
         {[tos: 8], %{"tos" => "0x8"}},
         {[proto: :ipip], %{"proto" => "ipip"}},
         {[pmtudisc: false], %{"pmtudisc" => false}}
         | @encap
       ]},
      {"sit", @gre4,
       [
         {[parent: "base"], %{"link" => "base"}},
         {[local: "192.0.2.9"], %{"local" => "192.0.2.9"}},
         {[remote: "192.0.2.8"], %{"remote" => "192.0.2.8"}},
         {[ttl: 9], %{"ttl" => 9}},
         {[tos: 8], %{"tos" => "0x8"}},
         {[flags: [:isatap]], {:own, [:flags], [:isatap]}},
         {[proto: :ipip], %{"proto" => "ipip"}},
         {[pmtudisc: false], %{"pmtudisc" => false}}
         | List.delete(@encap, {[collect_metadata: true], %{"external" => true}})
       ]},
      {"ip6tnl", @gre6,
       [
         {[parent: "base"], %{"link" => "base"}},
         {[local: "2001:db8::9"], %{"local" => "2001:db8::9"}},
         {[remote: "2001:db8::8"], %{"remote" => "2001:db8::8"}},
         {[ttl: 9], %{"ttl" => 9}},
         {[encap_limit: 3], %{"encap_limit" => 3}},
         {[flowinfo: 0x12345], %{"flowlabel" => "0x12345"}},
         {[flags: [:ign_encap_limit]], %{"ip6_tnl_f_ign_encap_limit" => true}},
         {[proto: :ipip], %{"proto" => "ipip6"}}
         | @encap
       ]},
      {"vti", @gre4,
       [
         {[parent: "base"], %{"link" => "base"}},
         {[local: "192.0.2.9"], %{"local" => "192.0.2.9"}},
         {[remote: "192.0.2.8"], %{"remote" => "192.0.2.8"}},
         {[ikey: 7], %{"ikey" => "0.0.0.7"}},
         {[okey: 8], %{"okey" => "0.0.0.8"}},
         {[fwmark: 9], %{"fwmark" => "0x9"}}
       ]},
      {"vti6", @gre6,
       [
         {[parent: "base"], %{"link" => "base"}},
         {[local: "2001:db8::9"], %{"local" => "2001:db8::9"}},
         {[remote: "2001:db8::8"], %{"remote" => "2001:db8::8"}},
         {[ikey: 7], %{"ikey" => "0.0.0.7"}},
         {[okey: 8], %{"okey" => "0.0.0.8"}},
         {[fwmark: 9], %{"fwmark" => "0x9"}}
       ]},
      {"xfrm", [if_id: 3],
       [
         {[if_id: 4], %{"if_id" => "0x4"}},
         {[parent: "base"], {:link, %{"link" => "base"}}},
         {[collect_metadata: true, if_id: nil], %{"external" => true}}
       ]},
      {"macsec", [parent: "base"],
       [
         {[parent: "far"], {:link, %{"link" => "far"}}},
         {[sci: 0x0200000000070009], %{"sci" => "0200000000070009"}},
         {[port: 7], {:own, [:sci, &rem(&1, 0x10000)], 7}},
         {[icv_len: 12], %{"icv_len" => 12}},
         {[cipher_suite: :gcm_aes_256], %{"cipher_suite" => "GCM-AES-256"}},
         {[encoding_sa: 2], %{"encoding_sa" => 2}},
         {[encrypt: true], %{"encrypt" => true}},
         {[protect: false], %{"protect" => false}},
         {[inc_sci: false], %{"inc_sci" => false}},
         {[inc_sci: false, es: true], %{"es" => true}},
         {[inc_sci: false, scb: true], %{"scb" => true}},
         {[replay_protect: true, window: 6], %{"replay_protect" => true, "window" => 6}},
         {[validation: :check], %{"validation" => "check"}}
       ]},
      {"hsr", [slave1: "d1", slave2: "d2"],
       [
         {[slave1: "base"], %{"slave1" => "base"}},
         {[slave2: "base"], %{"slave2" => "base"}},
         {[multicast_spec: 7], %{"supervision_addr" => "01:15:4e:00:01:07"}},
         {[protocol: :prp], %{"proto" => 1}}
       ]},
      {"bareudp", [port: 6635, ethertype: :mpls_uc],
       [
         {[port: 6636], %{"dstport" => 6636}},
         {[ethertype: :ip], %{"ethertype" => "ip"}},
         {[srcport_min: 77], %{"srcportmin" => 77}},
         {[multiproto_mode: true], %{"multiproto" => true}}
       ]},
      {"gtp", [create_sockets: true],
       [
         {[pdp_hashsize: 8], %{"hsize" => 8}},
         {[role: :sgsn], %{"role" => "sgsn"}},
         {[restart_count: 3], %{"restart_count" => 3}}
       ]},
      {"amt", [mode: :gateway, parent: "base", local: "192.0.2.1", discovery: "192.0.2.2"],
       [
         # A relay has no discovery address: the kernel ignores it (drivers/net/amt.c, amt_newlink).
         {[mode: :relay, discovery: nil], %{"mode" => "relay"}},
         {[parent: "far"], %{"link" => "far"}},
         {[local: "192.0.2.8"], %{"local" => "192.0.2.8"}},
         {[discovery: "192.0.2.7"], %{"discovery" => "192.0.2.7"}},
         {[relay_port: 7], %{"relay_port" => 7}},
         {[gateway_port: 8], %{"gateway_port" => 8}},
         {[mode: :relay, discovery: nil, max_tunnels: 7], %{"max_tunnels" => 7}}
       ]},
      {"netkit", [peer: "nkpeer"],
       [
         {[mode: :l2], {:own, [:mode], :l2}},
         {[policy: :blackhole], {:own, [:policy], :blackhole}},
         {[peer_policy: :blackhole], {:own, [:peer_policy], :blackhole}},
         {[scrub: :none], {:own, [:scrub], :none}},
         {[peer_scrub: :none], {:own, [:peer_scrub], :none}}
       ]},
      # A second encapsulation, which few kernels have.
      {"gre fou", @gre4, [{[encap_type: :fou], {:own, [:encap_type], :fou}}]},
      {"gretap fou", @gre4, [{[encap_type: :gue], {:own, [:encap_type], :gue}}]},
      {"ipip fou", @gre4, [{[encap_type: :fou], {:own, [:encap_type], :fou}}]},
      {"sit fou", @gre4, [{[encap_type: :gue], {:own, [:encap_type], :gue}}]},
      {"ip6gre fou", @gre6, [{[encap_type: :fou], {:own, [:encap_type], :fou}}]},
      {"ip6gretap fou", @gre6, [{[encap_type: :gue], {:own, [:encap_type], :gue}}]},
      {"ip6tnl fou", @gre6, [{[encap_type: :fou], {:own, [:encap_type], :fou}}]},
      # Options that are newer than the kernels of most machines.
      # Older ones take these, and do not report them (net/hsr/hsr_netlink.c, hsr_fill_info).
      {"hsr 7.2", [slave1: "d1", slave2: "d2"],
       [
         {[version: 1], {:own, [:version], 1}},
         {[interlink: "base"], {:own, [:interlink, &(is_integer(&1) and &1 > 0)], true}}
       ]},
      {"bridge 7.2", [], [{[stp_mode: :user], {:own, [:stp_mode], :user}}]},
      {"bond 7.2", [mode: :"802.3ad", miimon: 100],
       [
         {[lacp_strict: true], {:own, [:ad, :lacp_strict], true}},
         {[broadcast_neigh: true], {:own, [:broadcast_neigh], true}}
       ]},
      {"vxlan 7.2", [id: 7, port: 4789],
       [
         {[reserved_bits: <<0xF7, 255, 255, 255, 0, 0, 0, 0>>],
          {:own, [:reserved_bits], <<0xF7, 255, 255, 255, 0, 0, 0, 0>>}}
       ]},
      {"geneve 7.2", [id: 7, remote: "192.0.2.1"],
       [
         {[local: "192.0.2.3"], {:own, [:local], @ip4}},
         {[port_range: {1000, 2000}], {:own, [:port_range, :high], 2000}},
         {[gro_hint: true], {:own, [:gro_hint], true}}
       ]},
      {"netkit 7.2", [peer: "nkpeer"],
       [
         {[headroom: 32], {:own, [:headroom], 32}},
         {[tailroom: 33], {:own, [:tailroom], 33}},
         {[peer: nil, pairing: :single], {:own, [:pairing], :single}}
       ]}
    ]
  end

  # Options that cannot be read back, with the reasons.
  def unjudged do
    [
      # Written as a part of the link, read back as another link: test/namespace/rtnl/link/create_test.exs.
      {"veth", :peer},
      {"vxcan", :peer},
      {"netkit", :peer},
      {"tun", ~r/./},
      # Starts an action, and has no state.
      {"bridge", :fdb_flush},
      # Ignored since Linux 5.0.
      {"bridge", :mcast_hash_elasticity},
      # Not reported by the kernel.
      {"vxlan", :mc_route},
      {"sit", :collect_metadata},
      {"batadv", :algo_name},
      # Only in kernels with CONFIG_IPV6_SIT_6RD.
      {"sit", ~r/^sixrd_/},
      # They change a list of addresses: tested with the sources of macvlan links.
      {"macvlan", :macaddr},
      {"macvtap", :macaddr},
      # Refused by newer kernels, which always use the carrier.
      {"bond", :use_carrier},
      # They need ports: tested with the options of ports.
      {"bond", :active_slave},
      {"bond", :primary},
      # Needs a device that offloads.
      {"macsec", :offload},
      # They need sockets of the caller.
      {"gtp", :fd0},
      {"gtp", :fd1},
      {"gtp", :create_sockets},
      {"gtp", :local},
      # Options of erspan alone, of IPv6 alone, or of IPv4 alone.
      {~r/^(ip6)?gre(tap)?$/, ~r/^erspan_/},
      {~r/^(gre|gretap|erspan)$/, ~r/^(encap_limit|flowinfo|flags)$/},
      {~r/^ip6/, ~r/^(tos|pmtudisc|ignore_df)$/},
      {"erspan", :ignore_df},
      {"ipip", ~r/^(flags|sixrd_.*)$/},
      # Options that gre, ip6gre and gretap have as well, tested there.
      {~r/^(ip6)?erspan$/,
       ~r/^(parent|local|remote|ikey|okey|iflags|oflags|ttl|tos|pmtudisc|encap_.*|flowinfo|flags|collect_metadata|fwmark)$/},
      {"ip6erspan", ~r/^(key|erspan_(ver|dir|hwid))$/},
      # Kinds for devices that the tests do not have.
      {~r/^(can|dsa|ipoib|ppp|rmnet|ovpn)$/, ~r/./}
    ]
  end
end

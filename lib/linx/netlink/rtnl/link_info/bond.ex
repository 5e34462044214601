defmodule Linx.Netlink.Rtnl.LinkInfo.Bond do
  @moduledoc """
  Bond, an aggregate of several links: kind `"bond"`.

  Kernel side: `IFLA_BOND_*` of `include/uapi/linux/if_link.h`.

      Link.create(sock, "bond0", :bond, mode: :"802.3ad", miimon: 100, ad_lacp_rate: :fast)
      Link.set_master(sock, "eth0", "bond0")

  The attributes of 802.3ad are in `ad`; the options of that group stand beside the others. The
  mode and most options cannot be changed while the bond has ports or is up.
  """

  use Linx.Netlink.Codec
  use Linx.Netlink.Options

  alias Linx.IP
  alias __MODULE__.Ad

  @modes [
    balance_rr: 0,
    active_backup: 1,
    balance_xor: 2,
    broadcast: 3,
    "802.3ad": 4,
    balance_tlb: 5,
    balance_alb: 6
  ]
  @arp_validates [
    none: 0,
    active: 1,
    backup: 2,
    all: 3,
    filter: 4,
    filter_active: 5,
    filter_backup: 6
  ]
  @all_targets [any: 0, all: 1]
  @reselects [always: 0, better: 1, failure: 2]
  @fail_over_macs [none: 0, active: 1, follow: 2]
  @hash_policies [
    layer2: 0,
    "layer3+4": 1,
    "layer2+3": 2,
    "encap2+3": 3,
    "encap3+4": 4,
    "vlan+srcmac": 5
  ]

  codec prefix: "IFLA_BOND_" do
    attr 1, :mode, {:enum, :u8, @modes}, "distribution of traffic over the ports",
      values:
        {"BOND_MODE_",
         balance_rr: "BOND_MODE_ROUNDROBIN",
         active_backup: "BOND_MODE_ACTIVEBACKUP",
         balance_xor: "BOND_MODE_XOR",
         "802.3ad": "BOND_MODE_8023AD",
         balance_tlb: "BOND_MODE_TLB",
         balance_alb: "BOND_MODE_ALB"}

    attr 2, :active_slave, :u32, "index of the active port"
    attr 3, :miimon, :u32, "time between carrier checks, ms"
    attr 4, :updelay, :u32, "time before a port counts as up, ms, a multiple of miimon"
    attr 5, :downdelay, :u32, "time before a port counts as down, ms, a multiple of miimon"
    attr 6, :use_carrier, {:bool, :u8}, "use the carrier state of the device"
    attr 7, :arp_interval, :u32, "time between ARP checks, ms"
    attr 8, :arp_ip_target, {:array, IP}, "targets of the ARP checks, at most 16"

    attr 9, :arp_validate, {:enum, :u32, @arp_validates}, "ports whose ARP packets are validated",
      values: {:kernel, "drivers/net/bonding/bond_options.c"}

    attr 10, :arp_all_targets, {:enum, :u32, @all_targets}, "targets that must reply",
      values: {:kernel, "drivers/net/bonding/bond_options.c"}

    attr 11, :primary, :u32, "index of the preferred port"

    attr 12,
         :primary_reselect,
         {:enum, :u8, @reselects},
         "when the preferred port becomes active again",
         values: {:kernel, "drivers/net/bonding/bond_options.c"}

    attr 13,
         :fail_over_mac,
         {:enum, :u8, @fail_over_macs},
         "source of the MAC address of the bond",
         values: {:kernel, "drivers/net/bonding/bond_options.c"}

    attr 14,
         :xmit_hash_policy,
         {:enum, :u8, @hash_policies},
         "fields that select the port of a packet",
         values:
           {"BOND_XMIT_POLICY_",
            "layer3+4": "BOND_XMIT_POLICY_LAYER34",
            "layer2+3": "BOND_XMIT_POLICY_LAYER23",
            "encap2+3": "BOND_XMIT_POLICY_ENCAP23",
            "encap3+4": "BOND_XMIT_POLICY_ENCAP34",
            "vlan+srcmac": "BOND_XMIT_POLICY_VLAN_SRCMAC"}

    attr 15, :resend_igmp, :u32, "membership reports after a change of port"
    attr 16, :num_peer_notif, :u8, "gratuitous ARP and ND after a change of port"
    attr 17, :all_slaves_active, {:bool, :u8}, "receive on all ports"
    attr 18, :min_links, :u32, "ports needed for a carrier"
    attr 19, :lp_interval, :u32, "time between learning packets, s"

    attr 20,
         :packets_per_slave,
         :u32,
         "packets sent through a port before the next one, 0 for random"

    attr 27, :tlb_dynamic_lb, {:bool, :u8}, "rebalance flows by load"

    attr 28,
         :peer_notif_delay,
         :u32,
         "time between gratuitous ARP and ND packets, ms, a multiple of miimon"

    attr 30, :missed_max, :u8, "missed checks before a port is down"
    attr 31, :ns_ip6_target, {:array, IP}, "targets of the ND checks, at most 16"
    attr 33, :broadcast_neigh, {:bool, :u8}, "send ARP and ND through all ports"
    group :ad, Ad, "settings and state of 802.3ad"
  end

  options(
    mode: {{:enum, @modes}, "distribution of traffic over the ports"},
    active_slave: {:master, "active port", only: :set},
    miimon: {0..0x7FFFFFFF, "time between carrier checks, ms"},
    updelay: {0..0x7FFFFFFF, "time before a port counts as up, ms, a multiple of miimon"},
    downdelay: {0..0x7FFFFFFF, "time before a port counts as down, ms, a multiple of miimon"},
    use_carrier: {:bool, "use the carrier state of the device"},
    arp_interval: {0..0x7FFFFFFF, "time between ARP checks, ms"},
    arp_ip_target: {{:list, :ip4}, "targets of the ARP checks, at most 16"},
    arp_validate: {{:enum, @arp_validates}, "ports whose ARP packets are validated"},
    arp_all_targets: {{:enum, @all_targets}, "targets that must reply"},
    primary: {:master, "preferred port", only: :set},
    primary_reselect: {{:enum, @reselects}, "when the preferred port becomes active again"},
    fail_over_mac: {{:enum, @fail_over_macs}, "source of the MAC address of the bond"},
    xmit_hash_policy: {{:enum, @hash_policies}, "fields that select the port of a packet"},
    resend_igmp: {0..255, "membership reports after a change of port"},
    num_peer_notif: {0..255, "gratuitous ARP and ND after a change of port"},
    all_slaves_active: {:bool, "receive on all ports"},
    min_links: {0..0x7FFFFFFF, "ports needed for a carrier"},
    lp_interval: {1..0x7FFFFFFF, "time between learning packets, s"},
    packets_per_slave:
      {0..65_535, "packets sent through a port before the next one, 0 for random"},
    tlb_dynamic_lb: {:bool, "rebalance flows by load"},
    peer_notif_delay:
      {0..300_000, "time between gratuitous ARP and ND packets, ms, a multiple of miimon"},
    missed_max: {1..255, "missed checks before a port is down"},
    ns_ip6_target: {{:list, :ip6}, "targets of the ND checks, at most 16"},
    broadcast_neigh: {:bool, "send ARP and ND through all ports"},
    ad_lacp_rate:
      {{:enum, [slow: 0, fast: 1]}, "LACP every 30 s or every second",
       field: [{:ad, Ad}, :ad_lacp_rate]},
    ad_select:
      {{:enum, Ad.__selections__()}, "when another aggregator is selected",
       field: [{:ad, Ad}, :ad_select]},
    ad_actor_sys_prio:
      {1..65_535, "LACP system priority", field: [{:ad, Ad}, :ad_actor_sys_prio]},
    ad_user_port_key:
      {0..1023, "upper bits of the port key", field: [{:ad, Ad}, :ad_user_port_key]},
    ad_actor_system: {:mac, "LACP system address", field: [{:ad, Ad}, :ad_actor_system]},
    ad_lacp_active: {:bool, "send LACP frames periodically", field: [{:ad, Ad}, :ad_lacp_active]},
    coupled_control:
      {:bool, "collecting and distributing start together", field: [{:ad, Ad}, :coupled_control]},
    lacp_strict: {:bool, "no carrier without a LACP partner", field: [{:ad, Ad}, :lacp_strict]}
  )
end

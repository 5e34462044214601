defmodule Linx.Test.KernelNames.Link do
  @moduledoc false
  # The kernel's names for what links are made of. `Linx.Test.KernelNames` tells how to read this.

  import Bitwise, only: [<<<: 2]

  alias Linx.Netlink.Rtnl.{Link, LinkInfo}

  alias Linx.Netlink.Rtnl.LinkInfo.{
    Bond,
    Bridge,
    BridgePort,
    Can,
    Rmnet,
    Vlan,
    Vxlan
  }

  @ethertypes {"ETH_P_", "802.1q": "ETH_P_8021Q", "802.1ad": "ETH_P_8021AD"}
  @ip6_tnl_flags {"IP6_TNL_F_",
                  cap_xmit: {:kernel, "include/net/ip6_tunnel.h"},
                  cap_rcv: {:kernel, "include/net/ip6_tunnel.h"},
                  cap_per_packet: {:kernel, "include/net/ip6_tunnel.h"}}
  @bond_options {:kernel, "drivers/net/bonding/bond_options.c"}

  def headers do
    ~w(linux/amt.h linux/batman_adv.h linux/can/netlink.h linux/devlink.h linux/if.h
       linux/if_addr.h linux/if_bonding.h linux/if_bridge.h linux/if_ether.h linux/if_link.h linux/in.h
       linux/if_macsec.h linux/if_tun.h linux/ip.h linux/ipv6.h linux/errno.h linux/if_tunnel.h linux/if_vlan.h linux/ip6_tunnel.h
       linux/rtnetlink.h linux/socket.h linux/veth.h linux/dpll.h)
  end

  def table do
    %{
      Link => [
        attrs: "IFLA_",
        as: [name: "IFLA_IFNAME"],
        struct: "ifinfomsg",
        members: "ifi_",
        names: [operstate: "IF_OPER_"],
        keys: [
          protinfo: %{7 => "AF_BRIDGE", 10 => "AF_INET6"},
          af_spec: %{0 => "AF_UNSPEC", 7 => "AF_BRIDGE"}
        ],
        options: [operstate: "IF_OPER_", linkmode: "IF_LINK_MODE_"]
      ],
      Link.AfSpec => [attrs: "AF_"],
      Link.BridgeAfSpec => [
        attrs: "IFLA_BRIDGE_",
        names: [flags: "BRIDGE_FLAGS_", mode: "BRIDGE_MODE_"],
        elements: [mst: "IFLA_BRIDGE_MST_ENTRY"]
      ],
      Link.BridgeMst => [attrs: "IFLA_BRIDGE_MST_ENTRY_", names: [state: "BR_STATE_"]],
      Link.BridgeTunnel => [
        attrs: "IFLA_BRIDGE_VLAN_TUNNEL_",
        names: [flags: "BRIDGE_VLAN_INFO_"]
      ],
      Link.BridgeVlan => [struct: "bridge_vlan_info", names: [flags: "BRIDGE_VLAN_INFO_"]],
      Link.Cacheinfo => [struct: "ifla_cacheinfo"],
      Link.Status => [
        attrs: "IFLA_",
        names: [linkmode: "IF_LINK_MODE_", event: "IFLA_EVENT_"]
      ],
      Link.Limits => [attrs: "IFLA_"],
      Link.Hardware => [attrs: "IFLA_"],
      Link.Sriov => [
        attrs: "IFLA_",
        elements: [vfinfo_list: "IFLA_VF_INFO", vf_ports: "IFLA_VF_PORT"]
      ],
      Link.DevlinkPort => [
        attrs: "DEVLINK_ATTR_"
      ],
      Link.DpllPin => [attrs: "DPLL_A_PIN_"],
      Link.Ifmap => [struct: "rtnl_link_ifmap"],
      Link.Inet => [attrs: "IFLA_INET_"],
      Link.Inet6 => [
        attrs: "IFLA_INET6_",
        names: [flags: {:kernel, "include/net/if_inet6.h"}, addr_gen_mode: "IN6_ADDR_GEN_MODE_"]
      ],
      Link.Mctp => [
        attrs: "IFLA_MCTP_",
        names: [phys_binding: {:kernel, "include/net/mctp.h"}]
      ],
      Link.Port => [
        attrs: "IFLA_PORT_",
        names: [
          request: "PORT_REQUEST_",
          response:
            {"PORT_",
             vdp_response_vtid_version_violation: "PORT_VDP_RESPONSE_VTID_VERSION_VIOALTION"}
        ]
      ],
      Link.PropList => [attrs: "IFLA_"],
      Link.ProtoDownReason => [attrs: "IFLA_PROTO_DOWN_REASON_"],
      Link.Request => [attrs: "IFLA_", names: [ext_mask: "RTEXT_FILTER_"]],
      Link.Vf => [attrs: "IFLA_VF_", elements: [vlan_list: "IFLA_VF_VLAN_INFO"]],
      Link.Vf.Address => [struct: "ifla_vf_mac"],
      Link.Vf.Broadcast => [struct: "ifla_vf_broadcast"],
      Link.Vf.Guid => [struct: "ifla_vf_guid"],
      Link.Vf.LinkState => [
        struct: "ifla_vf_link_state",
        names: [link_state: "IFLA_VF_LINK_STATE_"]
      ],
      Link.Vf.Rate => [struct: "ifla_vf_rate"],
      Link.Vf.Setting => [struct: "ifla_vf_spoofchk"],
      Link.Vf.Stats => [attrs: "IFLA_VF_STATS_"],
      Link.Vf.Vlan => [struct: "ifla_vf_vlan"],
      Link.Vf.VlanInfo => [struct: "ifla_vf_vlan_info", names: [vlan_proto: @ethertypes]],
      Link.Xdp => [
        attrs: "IFLA_XDP_",
        names: [
          attached: "XDP_ATTACHED_",
          flags: "XDP_FLAGS_"
        ]
      ],
      LinkInfo => [
        attrs: "IFLA_INFO_",
        as: [info_data: "IFLA_INFO_DATA"]
      ],
      LinkInfo.Amt => [attrs: "IFLA_AMT_", names: [mode: "AMT_MODE_"]],
      LinkInfo.Bareudp => [attrs: "IFLA_BAREUDP_", names: [ethertype: "ETH_P_"]],
      LinkInfo.Batadv => [attrs: "IFLA_BATADV_"],
      Bond => [
        attrs: "IFLA_BOND_",
        names: [
          mode:
            {"BOND_MODE_",
             balance_rr: "BOND_MODE_ROUNDROBIN",
             active_backup: "BOND_MODE_ACTIVEBACKUP",
             balance_xor: "BOND_MODE_XOR",
             "802.3ad": "BOND_MODE_8023AD",
             balance_tlb: "BOND_MODE_TLB",
             balance_alb: "BOND_MODE_ALB"},
          arp_validate: @bond_options,
          arp_all_targets: @bond_options,
          primary_reselect: @bond_options,
          fail_over_mac: @bond_options,
          xmit_hash_policy:
            {"BOND_XMIT_POLICY_",
             "layer3+4": "BOND_XMIT_POLICY_LAYER34",
             "layer2+3": "BOND_XMIT_POLICY_LAYER23",
             "encap2+3": "BOND_XMIT_POLICY_ENCAP23",
             "encap3+4": "BOND_XMIT_POLICY_ENCAP34",
             "vlan+srcmac": "BOND_XMIT_POLICY_VLAN_SRCMAC"}
        ]
      ],
      Bond.Ad => [
        attrs: "IFLA_BOND_",
        names: [ad_lacp_rate: @bond_options, ad_select: @bond_options]
      ],
      Bond.AdInfo => [attrs: "IFLA_BOND_AD_INFO_"],
      LinkInfo.BondPort => [
        attrs: "IFLA_BOND_SLAVE_",
        names: [
          state: "BOND_STATE_",
          mii_status: "BOND_LINK_",
          ad_actor_oper_port_state: "LACP_STATE_",
          ad_partner_oper_port_state: "LACP_STATE_",
          ad_churn_actor_state: {:kernel, "include/net/bond_3ad.h"},
          ad_churn_partner_state: {:kernel, "include/net/bond_3ad.h"}
        ]
      ],
      Bridge => [
        attrs: "IFLA_BR_",
        names: [
          vlan_protocol: @ethertypes,
          stp_state: {:kernel, "net/bridge/br_private.h"},
          stp_mode: "BR_STP_MODE_"
        ]
      ],
      Bridge.Boolopt => [
        struct: "br_boolopt_multi",
        as: [flags: "optval", mask: "optmask"],
        names: [flags: {:bit, "BR_BOOLOPT_"}]
      ],
      Bridge.Id => [
        struct: "ifla_bridge_id",
        as: [priority: "prio", addr_high: {"addr", 0, 2}, addr_low: {"addr", 2, 4}]
      ],
      Bridge.Mcast => [attrs: "IFLA_BR_", names: [mcast_router: "MDB_RTR_TYPE_"]],
      Bridge.QuerierState => [attrs: "BRIDGE_QUERIER_"],
      Bridge.Status => [attrs: "IFLA_BR_"],
      BridgePort => [
        attrs: "IFLA_BRPORT_",
        names: [state: "BR_STATE_", multicast_router: "MDB_RTR_TYPE_"]
      ],
      BridgePort.Status => [attrs: "IFLA_BRPORT_"],
      Can => [attrs: "IFLA_CAN_", names: [state: "CAN_STATE_"]],
      Can.Berr => [struct: "can_berr_counter"],
      Can.Bittiming => [struct: "can_bittiming"],
      Can.BittimingConst => [
        struct: "can_bittiming_const",
        as: [name_high: {"name", 0, 8}, name_low: {"name", 8, 8}]
      ],
      Can.Ctrlmode => [struct: "can_ctrlmode", names: [flags: "CAN_CTRLMODE_"]],
      Can.CtrlmodeExt => [attrs: "IFLA_CAN_CTRLMODE_", names: [supported: "CAN_CTRLMODE_"]],
      Can.Pwm => [attrs: "IFLA_CAN_PWM_"],
      Can.Stats => [struct: "can_device_stats"],
      Can.Tdc => [attrs: "IFLA_CAN_TDC_"],
      LinkInfo.Dsa => [attrs: "IFLA_DSA_"],
      LinkInfo.Geneve => [attrs: "IFLA_GENEVE_", names: [df: "GENEVE_DF_"]],
      LinkInfo.Gre => [
        attrs: "IFLA_GRE_",
        names: [
          iflags: {:be16, "GRE_"},
          oflags: {:be16, "GRE_"},
          flags: @ip6_tnl_flags,
          encap_type: "TUNNEL_ENCAP_",
          encap_flags: "TUNNEL_ENCAP_FLAG_",
          erspan_dir: {:kernel, "include/net/erspan.h"}
        ]
      ],
      LinkInfo.Gtp => [attrs: "IFLA_GTP_", names: [role: "GTP_ROLE_"]],
      LinkInfo.Hsr => [attrs: "IFLA_HSR_", names: [protocol: "HSR_PROTOCOL_"]],
      LinkInfo.Ip6tnl => [
        attrs: "IFLA_IPTUN_",
        names: [
          flags: @ip6_tnl_flags,
          proto: {"IPPROTO_", any: "IPPROTO_IP"},
          encap_type: "TUNNEL_ENCAP_",
          encap_flags: "TUNNEL_ENCAP_FLAG_"
        ]
      ],
      LinkInfo.Ipoib => [attrs: "IFLA_IPOIB_", names: [mode: "IPOIB_MODE_"]],
      LinkInfo.Iptun => [
        attrs: "IFLA_IPTUN_",
        as: [
          sixrd_prefix: "IFLA_IPTUN_6RD_PREFIX",
          sixrd_relay_prefix: "IFLA_IPTUN_6RD_RELAY_PREFIX",
          sixrd_prefixlen: "IFLA_IPTUN_6RD_PREFIXLEN",
          sixrd_relay_prefixlen: "IFLA_IPTUN_6RD_RELAY_PREFIXLEN"
        ],
        names: [
          flags: "SIT_",
          proto: {"IPPROTO_", any: "IPPROTO_IP"},
          encap_type: "TUNNEL_ENCAP_",
          encap_flags: "TUNNEL_ENCAP_FLAG_"
        ]
      ],
      LinkInfo.Ipvlan => [
        attrs: "IFLA_IPVLAN_",
        names: [flags: "IPVLAN_F_"],
        options: [mode: "IPVLAN_MODE_"]
      ],
      LinkInfo.Macsec => [
        attrs: "IFLA_MACSEC_",
        names: [
          cipher_suite: {"MACSEC_CIPHER_ID_", default: "MACSEC_DEFAULT_CIPHER_ID"},
          validation: "MACSEC_VALIDATE_",
          offload: "MACSEC_OFFLOAD_"
        ]
      ],
      LinkInfo.Macvlan => [
        attrs: "IFLA_MACVLAN_",
        names: [flags: "MACVLAN_FLAG_", macaddr_mode: "MACVLAN_MACADDR_"],
        elements: [macaddr_data: "IFLA_MACVLAN_MACADDR"],
        options: [mode: "MACVLAN_MODE_"]
      ],
      LinkInfo.Netkit => [
        attrs: "IFLA_NETKIT_",
        names: [
          policy: {"NETKIT_", forward: "NETKIT_PASS", blackhole: "NETKIT_DROP"},
          peer_policy: {"NETKIT_", forward: "NETKIT_PASS", blackhole: "NETKIT_DROP"},
          mode: "NETKIT_",
          scrub: "NETKIT_SCRUB_",
          peer_scrub: "NETKIT_SCRUB_",
          pairing: "NETKIT_DEVICE_"
        ]
      ],
      LinkInfo.Ovpn => [attrs: "IFLA_OVPN_", names: [mode: "OVPN_MODE_"]],
      LinkInfo.PortRange => [struct: "ifla_vxlan_port_range"],
      LinkInfo.Ppp => [attrs: "IFLA_PPP_"],
      LinkInfo.Rmnet => [attrs: "IFLA_RMNET_"],
      Rmnet.Flags => [
        struct: "ifla_rmnet_flags",
        names: [flags: "RMNET_FLAGS_"]
      ],
      LinkInfo.Tun => [attrs: "IFLA_TUN_", names: [type: "IFF_"]],
      LinkInfo.Veth => [attrs: "VETH_INFO_"],
      Vlan => [
        attrs: "IFLA_VLAN_",
        names: [protocol: @ethertypes],
        elements: [egress_qos: "IFLA_VLAN_QOS_MAPPING", ingress_qos: "IFLA_VLAN_QOS_MAPPING"]
      ],
      Vlan.Flags => [struct: "ifla_vlan_flags", names: [flags: "VLAN_FLAG_"]],
      Vlan.Qos => [struct: "ifla_vlan_qos_mapping"],
      LinkInfo.Vrf => [attrs: "IFLA_VRF_"],
      LinkInfo.VrfPort => [attrs: "IFLA_VRF_PORT_"],
      LinkInfo.Vti => [attrs: "IFLA_VTI_"],
      Vxlan => [
        attrs: "IFLA_VXLAN_",
        names: [df: "VXLAN_DF_", label_policy: "VXLAN_LABEL_"]
      ],
      Vxlan.Udp => [attrs: "IFLA_VXLAN_"],
      LinkInfo.Xfrm => [attrs: "IFLA_XFRM_"]
    }
  end

  def newer do
    %{
      {6, 12} => ~w(DPLL_A_PIN_ID IFLA_BRPORT_BACKUP_NHID IFLA_BRPORT_MAB
         IFLA_BRPORT_MCAST_MAX_GROUPS IFLA_BRPORT_MCAST_N_GROUPS
         IFLA_BRPORT_NEIGH_VLAN_SUPPRESS IFLA_BR_FDB_MAX_LEARNED
         IFLA_BR_FDB_N_LEARNED IFLA_DEVLINK_PORT IFLA_DPLL_PIN IFLA_DSA_CONDUIT
         IFLA_GRO_IPV4_MAX_SIZE IFLA_GSO_IPV4_MAX_SIZE IFLA_GTP_LOCAL IFLA_GTP_LOCAL6
         IFLA_HSR_INTERLINK
         IFLA_MACVLAN_BC_CUTOFF IFLA_NETKIT_MODE IFLA_NETKIT_PEER_INFO
         IFLA_NETKIT_PEER_POLICY IFLA_NETKIT_PEER_SCRUB IFLA_NETKIT_POLICY
         IFLA_NETKIT_PRIMARY IFLA_NETKIT_SCRUB IFLA_VXLAN_LABEL_POLICY
         IFLA_VXLAN_LOCALBYPASS NETKIT_DROP NETKIT_L2 NETKIT_L3 NETKIT_PASS
         NETKIT_SCRUB_DEFAULT NETKIT_SCRUB_NONE VXLAN_LABEL_FIXED
         VXLAN_LABEL_INHERIT),
      {7, 2} => ~w(BR_BOOLOPT_MDB_OFFLOAD_FAIL_NOTIFICATION BR_STP_MODE_AUTO
         BR_STP_MODE_KERNEL BR_STP_MODE_USER IFLA_BOND_BROADCAST_NEIGH
         IFLA_BOND_LACP_STRICT IFLA_BRPORT_NEIGH_FORWARD_GRAT IFLA_BR_STP_MODE
         IFLA_CAN_PWM_PWML IFLA_CAN_PWM_PWML_MAX IFLA_CAN_PWM_PWML_MIN
         IFLA_CAN_PWM_PWMO IFLA_CAN_PWM_PWMO_MAX IFLA_CAN_PWM_PWMO_MIN
         IFLA_CAN_PWM_PWMS IFLA_CAN_PWM_PWMS_MAX IFLA_CAN_PWM_PWMS_MIN
         IFLA_CAN_XL_DATA_BITRATE_CONST IFLA_CAN_XL_DATA_BITTIMING
         IFLA_CAN_XL_DATA_BITTIMING_CONST IFLA_CAN_XL_PWM IFLA_CAN_XL_TDC
         IFLA_GENEVE_GRO_HINT IFLA_GENEVE_LOCAL IFLA_GENEVE_LOCAL6
         IFLA_GENEVE_PORT_RANGE IFLA_HEADROOM IFLA_MAX_PACING_OFFLOAD_HORIZON
         IFLA_MCTP_PHYS_BINDING IFLA_NETKIT_HEADROOM IFLA_NETKIT_PAIRING
         IFLA_NETKIT_TAILROOM IFLA_NETNS_IMMUTABLE IFLA_OVPN_MODE IFLA_TAILROOM
         IFLA_VXLAN_MC_ROUTE IFLA_VXLAN_RESERVED_BITS NETKIT_DEVICE_PAIR
         NETKIT_DEVICE_SINGLE OVPN_MODE_MP OVPN_MODE_P2P RTEXT_FILTER_NAME_ONLY)
    }
  end

  # What functions say about numbers that are fields of their own.
  def functions do
    for n <- 0..31, name <- Link.flags(%Link{flags: 1 <<< n}) do
      {"Link.flags", "IFF_#{name}", 1 <<< n}
    end
  end
end

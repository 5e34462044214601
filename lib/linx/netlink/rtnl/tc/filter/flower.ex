defmodule Linx.Netlink.Rtnl.Tc.Filter.Flower do
  @moduledoc """
  Filter by the fields of a packet's headers.

  Kernel side: `TCA_FLOWER_*` of `include/uapi/linux/pkt_cls.h`.

      :ok = Filter.add(sock, "eth0", :flower, parent: :ingress, protocol: :ip, dst_ip: "10.0.0.0/8",
              ip_proto: :tcp, dst_port: {8000, 8999}, actions: [gact: [action: :drop]])

  The kernel does not look at the key of a header that the other keys do not imply. Such a key is an error:
  keys of IP need the `:protocol` `:ip` or `:ipv6` of the filter or of the last VLAN tag, those of ARP, MPLS,
  PPPoE and CFM theirs, keys of a VLAN tag `:"802.1q"` or `:"802.1ad"`, or a `:num_of_vlans`; ports need an
  `:ip_proto` of `:tcp`, `:udp` or `:sctp`, `:type` and `:code` of `:icmp` or `:icmpv6`.

  A key with a mask is a value, all whose bits count, or `{value, mask}`.
  """

  @behaviour Linx.Netlink.Rtnl.Tc.Filter.Body

  use Linx.Netlink.Codec
  use Linx.Netlink.Options

  alias Linx.Netlink.IpProtocol
  alias Linx.Netlink.Rtnl.Tc
  alias Linx.Netlink.Rtnl.Tc.EtherType
  alias Linx.Netlink.Rtnl.Tc.Filter.Flags
  alias __MODULE__.{Build, EncOpts, Key}

  codec prefix: "TCA_FLOWER_" do
    attr 1, :classid, :u32, "class of the packets, a handle"
    attr 2, :indev, :string, "name of the link that received the packet"
    attr 3, :act, {:array, {:nested, Tc.Action.Entry}}, "actions"
    attr 4, :key_eth_dst, Linx.MAC, "destination MAC address"
    attr 5, :key_eth_dst_mask, Linx.MAC, "mask of destination MAC address"
    attr 6, :key_eth_src, Linx.MAC, "source MAC address"
    attr 7, :key_eth_src_mask, Linx.MAC, "mask of source MAC address"

    attr 8, :key_eth_type, {:enum, :be16, EtherType.names()}, "EtherType",
      values: EtherType.values()

    attr 9, :key_ip_proto, {:enum, :u8, IpProtocol.names()}, "IP protocol", values: "IPPROTO_"
    attr 10, :key_ipv4_src, Linx.IP, "source address"
    attr 11, :key_ipv4_src_mask, Linx.IP, "mask of source address"
    attr 12, :key_ipv4_dst, Linx.IP, "destination address"
    attr 13, :key_ipv4_dst_mask, Linx.IP, "mask of destination address"
    attr 14, :key_ipv6_src, Linx.IP, "source address"
    attr 15, :key_ipv6_src_mask, Linx.IP, "mask of source address"
    attr 16, :key_ipv6_dst, Linx.IP, "destination address"
    attr 17, :key_ipv6_dst_mask, Linx.IP, "mask of destination address"
    attr 18, :key_tcp_src, :be16, "source port of TCP"
    attr 35, :key_tcp_src_mask, :be16, "mask of source port of TCP"
    attr 19, :key_tcp_dst, :be16, "destination port of TCP"
    attr 36, :key_tcp_dst_mask, :be16, "mask of destination port of TCP"
    attr 20, :key_udp_src, :be16, "source port of UDP"
    attr 37, :key_udp_src_mask, :be16, "mask of source port of UDP"
    attr 21, :key_udp_dst, :be16, "destination port of UDP"
    attr 38, :key_udp_dst_mask, :be16, "mask of destination port of UDP"
    attr 41, :key_sctp_src, :be16, "source port of SCTP"
    attr 39, :key_sctp_src_mask, :be16, "mask of source port of SCTP"
    attr 42, :key_sctp_dst, :be16, "destination port of SCTP"
    attr 40, :key_sctp_dst_mask, :be16, "mask of destination port of SCTP"
    attr 22, :flags, Flags.type(), "place of the filter", values: "TCA_CLS_FLAGS_"
    attr 23, :key_vlan_id, :u16, "VLAN id"
    attr 24, :key_vlan_prio, :u8, "priority of the VLAN tag"

    attr 25,
         :key_vlan_eth_type,
         {:enum, :be16, EtherType.names()},
         "EtherType behind the VLAN tag",
         values: EtherType.values()

    attr 26, :key_enc_key_id, :be32, "key of the tunnel: VNI, GRE key"
    attr 27, :key_enc_ipv4_src, Linx.IP, "source address of the tunnel"
    attr 28, :key_enc_ipv4_src_mask, Linx.IP, "mask of source address of the tunnel"
    attr 29, :key_enc_ipv4_dst, Linx.IP, "destination address of the tunnel"
    attr 30, :key_enc_ipv4_dst_mask, Linx.IP, "mask of destination address of the tunnel"
    attr 31, :key_enc_ipv6_src, Linx.IP, "source address of the tunnel"
    attr 32, :key_enc_ipv6_src_mask, Linx.IP, "mask of source address of the tunnel"
    attr 33, :key_enc_ipv6_dst, Linx.IP, "destination address of the tunnel"
    attr 34, :key_enc_ipv6_dst_mask, Linx.IP, "mask of destination address of the tunnel"
    attr 43, :key_enc_udp_src_port, :be16, "source port of the tunnel"
    attr 44, :key_enc_udp_src_port_mask, :be16, "mask of source port of the tunnel"
    attr 45, :key_enc_udp_dst_port, :be16, "destination port of the tunnel"
    attr 46, :key_enc_udp_dst_port_mask, :be16, "mask of destination port of the tunnel"

    attr 47, :key_flags, {:flags, :be32, Key.flags()}, "fragments",
      values: "TCA_FLOWER_KEY_FLAGS_"

    attr 48, :key_flags_mask, {:flags, :be32, Key.flags()}, "mask of fragments",
      values: "TCA_FLOWER_KEY_FLAGS_"

    attr 49, :key_icmpv4_code, :u8, "code of ICMP"
    attr 50, :key_icmpv4_code_mask, :u8, "mask of code of ICMP"
    attr 51, :key_icmpv4_type, :u8, "type of ICMP"
    attr 52, :key_icmpv4_type_mask, :u8, "mask of type of ICMP"
    attr 53, :key_icmpv6_code, :u8, "code of ICMPv6"
    attr 54, :key_icmpv6_code_mask, :u8, "mask of code of ICMPv6"
    attr 55, :key_icmpv6_type, :u8, "type of ICMPv6"
    attr 56, :key_icmpv6_type_mask, :u8, "mask of type of ICMPv6"
    attr 57, :key_arp_sip, Linx.IP, "sender's IP address in ARP"
    attr 58, :key_arp_sip_mask, Linx.IP, "mask of sender's IP address in ARP"
    attr 59, :key_arp_tip, Linx.IP, "target's IP address in ARP"
    attr 60, :key_arp_tip_mask, Linx.IP, "mask of target's IP address in ARP"
    attr 61, :key_arp_op, :u8, "operation of ARP, 1: request, 2: reply"
    attr 62, :key_arp_op_mask, :u8, "mask of operation of ARP, 1: request, 2: reply"
    attr 63, :key_arp_sha, Linx.MAC, "sender's MAC address in ARP"
    attr 64, :key_arp_sha_mask, Linx.MAC, "mask of sender's MAC address in ARP"
    attr 65, :key_arp_tha, Linx.MAC, "target's MAC address in ARP"
    attr 66, :key_arp_tha_mask, Linx.MAC, "mask of target's MAC address in ARP"
    attr 67, :key_mpls_ttl, :u8, "TTL of the first MPLS label"
    attr 68, :key_mpls_bos, :u8, "1 if the first MPLS label is the last"
    attr 69, :key_mpls_tc, :u8, "traffic class of the first MPLS label"
    attr 70, :key_mpls_label, :u32, "first MPLS label"
    attr 71, :key_tcp_flags, :be16, "TCP flags"
    attr 72, :key_tcp_flags_mask, :be16, "mask of TCP flags"
    attr 73, :key_ip_tos, :u8, "TOS or traffic class"
    attr 74, :key_ip_tos_mask, :u8, "mask of TOS or traffic class"
    attr 75, :key_ip_ttl, :u8, "TTL or hop limit"
    attr 76, :key_ip_ttl_mask, :u8, "mask of TTL or hop limit"
    attr 77, :key_cvlan_id, :u16, "VLAN id of the second tag"
    attr 78, :key_cvlan_prio, :u8, "priority of the second tag"

    attr 79,
         :key_cvlan_eth_type,
         {:enum, :be16, EtherType.names()},
         "EtherType behind the second tag",
         values: EtherType.values()

    attr 80, :key_enc_ip_tos, :u8, "TOS of the tunnel"
    attr 81, :key_enc_ip_tos_mask, :u8, "mask of TOS of the tunnel"
    attr 82, :key_enc_ip_ttl, :u8, "TTL of the tunnel"
    attr 83, :key_enc_ip_ttl_mask, :u8, "mask of TTL of the tunnel"
    attr 84, :key_enc_opts, {:nested, __MODULE__.EncOpts}, "options of the tunnel"
    attr 85, :key_enc_opts_mask, {:nested, __MODULE__.EncOpts}, "mask of options of the tunnel"
    attr 86, :in_hw_count, :u32, "number of devices that have the filter", volatile: true
    attr 87, :key_port_src_min, :be16, "first source port"
    attr 88, :key_port_src_max, :be16, "last source port"
    attr 89, :key_port_dst_min, :be16, "first destination port"
    attr 90, :key_port_dst_max, :be16, "last destination port"

    attr 91, :key_ct_state, {:flags, :u16, Key.states()}, "state of the connection",
      values: "TCA_FLOWER_KEY_CT_FLAGS_"

    attr 92, :key_ct_state_mask, {:flags, :u16, Key.states()}, "mask of state of the connection",
      values: "TCA_FLOWER_KEY_CT_FLAGS_"

    attr 93, :key_ct_zone, :u16, "zone of the connection"
    attr 94, :key_ct_zone_mask, :u16, "mask of zone of the connection"
    attr 95, :key_ct_mark, :u32, "mark of the connection"
    attr 96, :key_ct_mark_mask, :u32, "mask of mark of the connection"
    attr 97, :key_ct_labels, {:binary, 16}, "labels of the connection"
    attr 98, :key_ct_labels_mask, {:binary, 16}, "mask of labels of the connection"

    attr 99, :key_mpls_opts, {:array, {:nested, __MODULE__.Lse}, 1}, "MPLS labels",
      element: "TCA_FLOWER_KEY_MPLS_OPTS_LSE"

    attr 100, :key_hash, :u32, "hash of the packet"
    attr 101, :key_hash_mask, :u32, "mask of hash of the packet"
    attr 102, :key_num_of_vlans, :u8, "number of VLAN tags"
    attr 103, :key_pppoe_sid, :be16, "session id of PPPoE"
    attr 104, :key_ppp_proto, :be16, "protocol of PPP"
    attr 105, :key_l2tpv3_sid, :be32, "session id of L2TPv3"

    attr 106, :l2_miss, {:bool, :u8}, "the bridge has no entry for the destination",
      c: "TCA_FLOWER_L2_MISS"

    attr 107, :key_cfm, {:nested, __MODULE__.Cfm}, "connectivity fault management"
    attr 108, :key_spi, :be32, "SPI of ESP or AH"
    attr 109, :key_spi_mask, :be32, "mask of SPI of ESP or AH"

    attr 110, :key_enc_flags, {:flags, :be32, Key.flags()}, "flags of the tunnel",
      values: "TCA_FLOWER_KEY_FLAGS_"

    attr 111, :key_enc_flags_mask, {:flags, :be32, Key.flags()}, "mask of flags of the tunnel",
      values: "TCA_FLOWER_KEY_FLAGS_"
  end

  options(
    [
      classid: {Tc.Units.handle(), "class of the packets"},
      indev: {{:name, 15}, "name of the link that received the packet"},
      dst_mac: {Key.mac(), "destination MAC address", field: [:key_eth_dst]},
      src_mac: {Key.mac(), "source MAC address", field: [:key_eth_src]},
      vlan_id: {0..4095, "VLAN id", field: [:key_vlan_id], needs: :vlan},
      vlan_prio: {0..7, "priority of the VLAN tag", field: [:key_vlan_prio], needs: :vlan},
      vlan_ethtype:
        {EtherType.option(), "EtherType behind the VLAN tag",
         field: [:key_vlan_eth_type], needs: :vlan},
      cvlan_id: {0..4095, "VLAN id of the second tag", field: [:key_cvlan_id], needs: :cvlan},
      cvlan_prio: {0..7, "priority of the second tag", field: [:key_cvlan_prio], needs: :cvlan},
      cvlan_ethtype:
        {EtherType.option(), "EtherType behind the second tag",
         field: [:key_cvlan_eth_type], needs: :cvlan},
      num_of_vlans: {0..255, "number of VLAN tags", field: [:key_num_of_vlans]},
      pppoe_sid: {0..0xFFFF, "session id of PPPoE", field: [:key_pppoe_sid], needs: :ppp},
      ppp_proto: {0..0xFFFF, "protocol of PPP", field: [:key_ppp_proto], needs: :ppp},
      l2_miss: {:bool, "the bridge has no entry for the destination; from Linux 6.5"},
      cfm:
        {Key.cfm(), "connectivity fault management; from Linux 6.5",
         field: [:key_cfm], needs: :cfm},
      mpls_label: {0..0xFFFFF, "first MPLS label", field: [:key_mpls_label], needs: :mpls},
      mpls_tc:
        {0..7, "traffic class of the first MPLS label", field: [:key_mpls_tc], needs: :mpls},
      mpls_bos:
        {0..1, "1 if the first MPLS label is the last", field: [:key_mpls_bos], needs: :mpls},
      mpls_ttl: {0..255, "TTL of the first MPLS label", field: [:key_mpls_ttl], needs: :mpls},
      mpls:
        {Key.mpls(), "MPLS labels at depths from 1 on", field: [:key_mpls_opts], needs: :mpls},
      ip_proto:
        {{:named, 0..255, IpProtocol.names()}, "IP protocol", field: [:key_ip_proto], needs: :ip},
      ip_tos: {{:with_mask, 0..255}, "TOS or traffic class", field: [:key_ip_tos], needs: :ip},
      ip_ttl: {{:with_mask, 0..255}, "TTL or hop limit", field: [:key_ip_ttl], needs: :ip},
      ip_flags: {Key.ip_flags(), "fragments", field: [:key_flags], needs: :ip},
      dst_ip: {Key.ip(), "destination address", field: [:dst], needs: :ip},
      src_ip: {Key.ip(), "source address", field: [:src], needs: :ip},
      dst_port: {Key.port(), "destination port of TCP, UDP or SCTP", needs: [6, 17, 132]},
      src_port: {Key.port(), "source port of TCP, UDP or SCTP", needs: [6, 17, 132]},
      tcp_flags: {{:with_mask, 0..0xFFF}, "TCP flags", field: [:key_tcp_flags], needs: [6]},
      type: {{:with_mask, 0..255}, "type of ICMP or ICMPv6", needs: [1, 58]},
      code: {{:with_mask, 0..255}, "code of ICMP or ICMPv6", needs: [1, 58]},
      l2tpv3_sid: {0..0xFFFFFFFF, "session id of L2TPv3", field: [:key_l2tpv3_sid], needs: [115]},
      spi:
        {{:with_mask, 0..0xFFFFFFFF}, "SPI of ESP or AH; from Linux 6.6",
         field: [:key_spi], needs: [50, 51]},
      arp_sip: {Key.ip4(), "sender's IP address", field: [:key_arp_sip], needs: :arp},
      arp_tip: {Key.ip4(), "target's IP address", field: [:key_arp_tip], needs: :arp},
      arp_op: {Key.arp_op(), "operation", field: [:key_arp_op], needs: :arp},
      arp_sha: {Key.mac(), "sender's MAC address", field: [:key_arp_sha], needs: :arp},
      arp_tha: {Key.mac(), "target's MAC address", field: [:key_arp_tha], needs: :arp},
      ct_state:
        {Key.state(), "state of the connection, after an action `:ct`", field: [:key_ct_state]},
      ct_zone: {{:with_mask, 0..0xFFFF}, "zone of the connection", field: [:key_ct_zone]},
      ct_mark: {{:with_mask, 0..0xFFFFFFFF}, "mark of the connection", field: [:key_ct_mark]},
      ct_label: {Key.labels(), "labels of the connection", field: [:key_ct_labels]},
      hash: {{:with_mask, 0..0xFFFFFFFF}, "hash of the packet", field: [:key_hash]},
      enc_key_id: {0..0xFFFFFFFF, "key of the tunnel: VNI, GRE key", field: [:key_enc_key_id]},
      enc_dst_ip: {Key.ip(), "destination address of the tunnel", field: [:enc_dst]},
      enc_src_ip: {Key.ip(), "source address of the tunnel", field: [:enc_src]},
      enc_dst_port:
        {{:with_mask, 0..0xFFFF}, "destination port of the tunnel",
         field: [:key_enc_udp_dst_port]},
      enc_src_port:
        {{:with_mask, 0..0xFFFF}, "source port of the tunnel", field: [:key_enc_udp_src_port]},
      enc_tos: {{:with_mask, 0..255}, "TOS of the tunnel", field: [:key_enc_ip_tos]},
      enc_ttl: {{:with_mask, 0..255}, "TTL of the tunnel", field: [:key_enc_ip_ttl]},
      enc_flags:
        {Key.enc_flags(), "flags of the tunnel; from Linux 6.12", field: [:key_enc_flags]},
      geneve_opts: {EncOpts.geneve(), "options of GENEVE", field: [:key_enc_opts]},
      vxlan_opts: {EncOpts.vxlan(), "group policy of VXLAN", field: [:key_enc_opts]},
      erspan_opts: {EncOpts.erspan(), "header of ERSPAN", field: [:key_enc_opts]},
      gtp_opts: {EncOpts.gtp(), "PDU session of GTP", field: [:key_enc_opts]},
      pfcp_opts: {EncOpts.pfcp(), "header of PFCP; from Linux 6.10", field: [:key_enc_opts]}
    ] ++ Flags.options()
  )

  @plan Build.plan(@linx_options)

  @doc false
  @impl true
  def build(given, place) do
    with {:ok, fields} <- Build.fields(@plan, Flags.others(given), place),
         do: {:ok, %__MODULE__{} |> struct!(fields) |> Flags.put(given)}
  end
end

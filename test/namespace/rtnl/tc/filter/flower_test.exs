defmodule Linx.Namespace.Rtnl.Tc.Filter.FlowerTest do
  # Filters of the kind flower. The judges are `tc` and the packets that a link receives.
  use Linx.Test.NamespaceCase, async: true

  import Linx.Test.Tc

  alias Linx.Netlink.Rtnl
  alias Linx.Netlink.Rtnl.Tc.{Filter, Stats}
  alias Linx.Netlink.Rtnl.Tc.Filter.Flower

  @moduletag :vm

  setup %{path: path, ns: ns} do
    {:ok, sock} = Rtnl.open({:path, path})
    ip!(ns, "link add v0 type veth peer name v1")
    for link <- ["v0", "v1"], do: tc!(ns, "qdisc add dev #{link} clsact")
    %{sock: sock}
  end

  # Asserts that filters of ours are those of tc: pairs of options with the protocol, and words.
  defp same(sock, ns, protocol, pairs) do
    pairs =
      for {opts, words} <- pairs,
          do: {[parent: :ingress, protocol: protocol] ++ opts, "protocol #{protocol} : #{words}"}

    same_filters(sock, ns, :flower, "ingress", pairs)
  end

  test "keys of Ethernet and of the link", %{sock: sock, ns: ns} do
    assert [%Flower{classid: 0x10010, key_eth_type: :ip, flags: [:not_in_hw]} | _] =
             same(sock, ns, :ip, [
               {[classid: "1:10"], "classid 1:10"},
               {[indev: "v1", classid: "1:1"], "indev v1 classid 1:1"},
               {[skip_hw: true], "skip_hw"},
               {[verbose: true], "verbose"}
             ])

    same(sock, ns, :all, [
      {[dst_mac: "02:00:00:00:00:01"], "dst_mac 02:00:00:00:00:01"},
      {[dst_mac: "02:00:00:00:00:01/16"], "dst_mac 02:00:00:00:00:01/16"},
      {[src_mac: {"02:00:00:00:00:01", "ff:00:ff:00:ff:00"}],
       "src_mac 02:00:00:00:00:01/ff:00:ff:00:ff:00"},
      {[src_mac: "02:00:00:00:00:01/ff:00:ff:00:ff:00", actions: [gact: [action: :drop]]],
       "src_mac 02:00:00:00:00:01/ff:00:ff:00:ff:00 action drop"},
      {[ct_state: [:trk, est: true, new: false]], "ct_state +trk+est-new"},
      {[ct_state: [:trk, :rel, :rpl]], "ct_state +trk+rel+rpl"},
      {[ct_state: [:trk, :inv]], "ct_state +trk+inv"},
      {[ct_zone: 65_535, ct_mark: 0xFFFFFFFF], "ct_zone 65535 ct_mark 4294967295"},
      {[ct_zone: {7, 0xFF}, ct_mark: {5, 0xF}], "ct_zone 7/0xff ct_mark 5/0xf"},
      {[ct_label: :binary.copy(<<0x12>>, 16)], "ct_label #{String.duplicate("12", 16)}"},
      {[ct_label: {<<1::128>>, <<0xFF::128>>}],
       "ct_label #{String.duplicate("0", 31)}1/#{String.duplicate("0", 30)}ff"}
    ])
  end

  test "keys of IP, and of TCP, UDP and SCTP", %{sock: sock, ns: ns} do
    [_, %Flower{key_ipv4_src: src, key_ipv4_src_mask: mask, key_ip_proto: :udp} | _] =
      same(sock, ns, :ip, [
        {[src_ip: "10.1.2.3", dst_ip: "0.0.0.0/1"], "src_ip 10.1.2.3 dst_ip 0.0.0.0/1"},
        {[src_ip: "10.1.2.3/8", dst_ip: {"10.1.2.3", 31}, ip_proto: 17],
         "src_ip 10.1.2.3/8 dst_ip 10.1.2.3/31 ip_proto udp"},
        {[ip_proto: :tcp, dst_port: 80, src_port: 65_535],
         "ip_proto tcp dst_port 80 src_port 65535"},
        {[ip_proto: :udp, dst_port: {100, 200}, src_port: {1, 65_535}],
         "ip_proto udp dst_port 100-200 src_port 1-65535"},
        {[ip_proto: :sctp, dst_port: "80-90"], "ip_proto sctp dst_port 80-90"},
        {[ip_proto: :sctp, dst_port: "80/0xfff0", src_port: "7"],
         "ip_proto sctp dst_port 80/0xfff0 src_port 7"},
        {[ip_proto: :udp, dst_port: {80, mask: 0xFFF0}, src_port: {0, mask: 1}],
         "ip_proto udp dst_port 80/0xfff0 src_port 0/1"},
        {[ip_proto: :tcp, src_port: "80/255"], "ip_proto tcp src_port 80/255"},
        {[ip_proto: :tcp, tcp_flags: {0x12, 0x3F}], "ip_proto tcp tcp_flags 0x12/0x3f"},
        {[ip_proto: :tcp, tcp_flags: 2], "ip_proto tcp tcp_flags 2"},
        {[ip_tos: 0x10, ip_ttl: 64], "ip_tos 0x10 ip_ttl 0x40"},
        {[ip_tos: {0xB8, 0xFC}, ip_ttl: {1, 0xFE}], "ip_tos b8/fc ip_ttl 1/fe"},
        {[ip_flags: [:frag, firstfrag: false]], "ip_flags frag/nofirstfrag"},
        {[ip_flags: [frag: false]], "ip_flags nofrag"},
        {[ip_proto: :icmp, type: 8, code: 0], "ip_proto icmp type 8 code 0"},
        {[ip_proto: :icmp, type: {8, 0xF}, code: 255], "ip_proto icmp type 8/15 code 255"}
      ])

    assert {to_string(src), to_string(mask)} == {"10.1.2.3", "255.0.0.0"}

    same(sock, ns, :ipv6, [
      {[src_ip: "2001:db8::/32", dst_ip: "2001:db8::1"],
       "src_ip 2001:db8::/32 dst_ip 2001:db8::1"},
      {[ip_proto: :udp, src_port: 53, ip_ttl: 255], "ip_proto udp src_port 53 ip_ttl 0xff"},
      {[ip_proto: :icmpv6, type: 128, code: {1, 3}], "ip_proto icmpv6 type 128 code 1/3"}
    ])
  end

  # tc shows masks that are no prefix, and does not take them.
  test "any mask of an address", %{sock: sock, ns: ns} do
    opts = [src_ip: {"10.1.2.3", "255.0.255.0"}, dst_ip: "1.2.3.4/0.0.0.255"]
    :ok = Filter.add(sock, "v0", :flower, [parent: :ingress, protocol: :ip] ++ opts)
    [_, %{"options" => %{"keys" => keys}}] = tc_json(ns, "filter show dev v0 ingress")
    assert {keys["src_ip"], keys["dst_ip"]} == {"10.1.2.3/255.0.255.0", "1.2.3.4/0.0.0.255"}
  end

  test "keys of VLAN tags, PPPoE, MPLS and ARP", %{sock: sock, ns: ns} do
    same(sock, ns, :"802.1q", [
      {[vlan_id: 4095, vlan_prio: 7], "vlan_id 4095 vlan_prio 7"},
      {[vlan_id: 0, vlan_ethtype: :ip, dst_ip: "10.0.0.0/8"],
       "vlan_id 0 vlan_ethtype ip dst_ip 10.0.0.0/8"},
      {[num_of_vlans: 2], "num_of_vlans 2"}
    ])

    same(sock, ns, :"802.1ad", [
      {[
         vlan_id: 5,
         vlan_ethtype: :"802.1q",
         cvlan_id: 6,
         cvlan_prio: 3,
         cvlan_ethtype: :ipv6,
         ip_proto: :udp,
         dst_port: 9
       ],
       "vlan_id 5 vlan_ethtype 802.1q cvlan_id 6 cvlan_prio 3 cvlan_ethtype ipv6 ip_proto udp dst_port 9"}
    ])

    same(sock, ns, :ppp_ses, [
      {[pppoe_sid: 0x1234, ppp_proto: 0x21], "pppoe_sid 4660 ppp_proto ip"}
    ])

    same(sock, ns, :mpls_uc, [
      {[mpls_label: 0xFFFFF, mpls_tc: 7, mpls_bos: 1, mpls_ttl: 255],
       "mpls_label 1048575 mpls_tc 7 mpls_bos 1 mpls_ttl 255"},
      {[mpls: [[depth: 1, label: 16, bos: 0], [depth: 2, label: 17, tc: 3, bos: 1, ttl: 64]]],
       "mpls lse depth 1 label 16 bos 0 lse depth 2 label 17 tc 3 bos 1 ttl 64"}
    ])

    same(sock, ns, :arp, [
      {[arp_sip: "10.0.0.0/8", arp_tip: "10.0.0.1", arp_op: :request],
       "arp_sip 10.0.0.0/8 arp_tip 10.0.0.1 arp_op request"},
      {[arp_op: :reply, arp_sha: "02:00:00:00:00:01", arp_tha: "02:00:00:00:00:00/8"],
       "arp_op reply arp_sha 02:00:00:00:00:01 arp_tha 02:00:00:00:00:00/8"},
      {[arp_op: {1, 3}], "arp_op 1/3"}
    ])
  end

  test "keys of tunnels", %{sock: sock, ns: ns} do
    same(sock, ns, :ip, [
      {[enc_key_id: 0xFFFFFF, enc_src_ip: "10.0.0.0/8", enc_dst_ip: "10.0.0.1"],
       "enc_key_id 16777215 enc_src_ip 10.0.0.0/8 enc_dst_ip 10.0.0.1"},
      {[enc_dst_ip: "2001:db8::/32", enc_dst_port: 4789, enc_tos: {8, 0xFC}, enc_ttl: 3],
       "enc_dst_ip 2001:db8::/32 enc_dst_port 4789 enc_tos 8/fc enc_ttl 3"},
      {[geneve_opts: [{0x0102, 0x80, <<0x00880022::32>>}]], "geneve_opts 0102:80:00880022"},
      {[
         geneve_opts: [
           {{0x0102, 0x80, <<0x00880022::32>>}, {0xFFFF, 0xFF, <<0xFF00FF00::32>>}},
           {0x0304, 0x01, <<0::64>>}
         ]
       ],
       "geneve_opts 0102:80:00880022/ffff:ff:ff00ff00,0304:01:0000000000000000/ffff:ff:ffffffffffffffff"},
      {[vxlan_opts: 0x1234], "vxlan_opts 4660"},
      {[vxlan_opts: {5, 0xFF}], "vxlan_opts 5/255"},
      {[erspan_opts: {1, 7, 0, 0}], "erspan_opts 1:7:0:0"},
      {[erspan_opts: {{2, 0, 1, 63}, {0xFF, 0, 1, 0x3F}}], "erspan_opts 2:0:1:63/2:0:1:63"},
      {[gtp_opts: {1, 63}], "gtp_opts 01:3f"},
      {[gtp_opts: {{1, 63}, {0xFF, 0x0F}}], "gtp_opts 01:3f/ff:0f"}
    ])
  end

  # Keys that tc of iproute2 6.1 does not have: the bytes are read as they were written.
  test "newer keys", %{sock: sock} do
    for {protocol, opts, fields} <- [
          {:all, [l2_miss: true], [l2_miss: true]},
          {:all, [hash: {7, 0xFF}], [key_hash: 7, key_hash_mask: 0xFF]},
          {:cfm, [cfm: [mdl: 5, op: 1]], [key_cfm: %Flower.Cfm{md_level: 5, opcode: 1}]},
          {:ip, [ip_proto: :esp, spi: 0x12345678],
           [key_spi: 0x12345678, key_spi_mask: 0xFFFFFFFF]},
          {:ip, [ip_proto: 115, l2tpv3_sid: 77], [key_l2tpv3_sid: 77]},
          {:ip, [enc_key_id: 1, enc_flags: [:oam, df: false]],
           [
             key_enc_flags: [:tunnel_oam],
             key_enc_flags_mask: [:tunnel_dont_fragment, :tunnel_oam]
           ]},
          {:ip, [enc_key_id: 1, pfcp_opts: {1, 0x1_0000_0002}],
           [
             key_enc_opts: %Flower.EncOpts{
               pfcp: %Flower.EncOpts.Pfcp{type: 1, seid: 0x1_0000_0002}
             }
           ]},
          {:ip, [enc_key_id: 1, enc_src_port: {7, 15}],
           [key_enc_udp_src_port: 7, key_enc_udp_src_port_mask: 15]}
        ] do
      place = [parent: :ingress, protocol: protocol]
      result = Filter.add(sock, "v0", :flower, opts ++ place)
      assert {opts, result} == {opts, :ok}
      assert {:ok, [_, %Filter{options: flower}]} = Filter.list(sock, "v0", place)
      assert Map.take(flower, Keyword.keys(fields)) == Map.new(fields)
      :ok = Filter.flush(sock, "v0", parent: :ingress)
    end
  end

  test "a terse list has no keys", %{sock: sock} do
    :ok =
      Filter.add(sock, "v0", :flower,
        parent: :ingress,
        protocol: :ip,
        dst_ip: "10.0.0.1",
        skip_hw: true
      )

    {:ok, [_, full]} = Filter.list(sock, "v0", parent: :ingress)
    {:ok, [_, terse]} = Filter.list(sock, "v0", parent: :ingress, terse: true)
    assert full.options.key_ipv4_dst != nil
    assert %Flower{key_ipv4_dst: nil, flags: [:skip_hw, :not_in_hw]} = terse.options
  end

  test "a filter drops what it matches, and counts it", %{sock: sock, ns: ns} do
    for link <- ["v0", "v1"], do: ip!(ns, "link set #{link} up")
    ip!(ns, "address add 192.0.2.1/24 dev v0")
    ip!(ns, "neighbour add 192.0.2.2 lladdr 02:00:00:00:00:02 dev v0")

    :ok =
      Filter.add(sock, "v1", :flower,
        parent: :ingress,
        protocol: :ip,
        dst_ip: "192.0.2.2",
        ip_proto: :udp,
        dst_port: {8, 10},
        actions: [gact: [action: :drop]]
      )

    :ok =
      Filter.add(sock, "v1", :flower,
        parent: :ingress,
        protocol: :ip,
        ip_proto: :udp,
        dst_port: {11, 12},
        actions: [gact: [action: :drop]]
      )

    {:ok, udp} = netns_udp(ns, "192.0.2.1")
    for n <- 1..7, do: send_udp(udp, "192.0.2.2", <<n>>)

    counted = fn ->
      {:ok, filters} = Filter.list(sock, "v1", parent: :ingress)

      for %Filter{options: %Flower{act: [drop]}} <- filters,
          do: {Stats.packets(drop.stats), drop.stats.queue.drops}
    end

    assert becomes(fn -> Enum.sort(counted.()) end, [{0, 0}, {7, 7}])
    assert tc!(ns, "-statistics filter show dev v1 ingress") =~ "7 pkt (dropped 7,"
  end

  test "a key that the others do not imply is an error", %{sock: sock} do
    for {opts, error} <- [
          {[dst_ip: "10.0.0.1"], {:missing_option, :protocol}},
          {[protocol: :ipv6, dst_ip: "10.0.0.1"], {:bad_option, :dst_ip, "10.0.0.1"}},
          {[protocol: :arp, dst_ip: "10.0.0.1"], {:bad_option, :dst_ip, "10.0.0.1"}},
          {[protocol: :ip, ip_tos: 256], {:bad_option, :ip_tos, 256}},
          {[protocol: :ip, dst_port: 80], {:missing_option, :ip_proto}},
          {[protocol: :ip, ip_proto: :icmp, dst_port: 80], {:bad_option, :dst_port, 80}},
          {[protocol: :ip, ip_proto: :tcp, dst_port: {90, 80}],
           {:bad_option, :dst_port, {90, 80}}},
          {[protocol: :ip, ip_proto: :tcp, dst_port: {80, mask: 65_536}],
           {:bad_option, :dst_port, {80, mask: 65_536}}},
          {[protocol: :ip, ip_proto: :tcp, dst_port: "80-"], {:bad_option, :dst_port, "80-"}},
          {[protocol: :ip, ip_proto: :udp, tcp_flags: 1], {:bad_option, :tcp_flags, 1}},
          {[protocol: :ipv6, ip_proto: :icmp, type: 1], {:bad_option, :type, 1}},
          {[protocol: :ip, ip_proto: :icmpv6, type: 1], {:bad_option, :type, 1}},
          {[vlan_id: 1], {:missing_option, :protocol}},
          {[protocol: :ip, vlan_id: 1], {:bad_option, :vlan_id, 1}},
          {[protocol: :"802.1q", vlan_id: 4096], {:bad_option, :vlan_id, 4096}},
          {[protocol: :"802.1q", cvlan_id: 1], {:missing_option, :vlan_ethtype}},
          {[protocol: :"802.1q", vlan_ethtype: :ip, cvlan_id: 1], {:bad_option, :cvlan_id, 1}},
          {[protocol: :"802.1q", dst_ip: "10.0.0.1"], {:bad_option, :dst_ip, "10.0.0.1"}},
          {[protocol: :ip, mpls_label: 1], {:bad_option, :mpls_label, 1}},
          {[protocol: :mpls_uc, mpls: [[label: 1]]], {:bad_option, :mpls, [[label: 1]]}},
          {[protocol: :arp, arp_sip: "::1"], {:bad_option, :arp_sip, "::1"}},
          {[protocol: :arp, arp_op: :ask], {:bad_option, :arp_op, :ask}},
          {[dst_mac: "02:00"], {:bad_option, :dst_mac, "02:00"}},
          {[dst_mac: "02:00:00:00:00:01/49"], {:bad_option, :dst_mac, "02:00:00:00:00:01/49"}},
          {[ct_state: [:open]], {:bad_option, :ct_state, [:open]}},
          {[ct_state: [:trk, trk: false]], {:bad_option, :ct_state, [:trk, trk: false]}},
          {[ct_label: <<1>>], {:bad_option, :ct_label, <<1>>}},
          {[geneve_opts: [{1, 2, <<3>>}]], {:bad_option, :geneve_opts, [{1, 2, <<3>>}]}},
          {[erspan_opts: {3, 0, 0, 0}], {:bad_option, :erspan_opts, {3, 0, 0, 0}}},
          {[gtp_opts: {256, 0}], {:bad_option, :gtp_opts, {256, 0}}},
          {[indev: "a/b"], {:bad_name, "a/b"}}
        ],
        do:
          assert(
            {opts, Filter.add(sock, "v0", :flower, [parent: :ingress] ++ opts)} ==
              {opts, {:error, error}}
          )

    assert Filter.list(sock, "v0", parent: :ingress) == {:ok, []}
  end
end

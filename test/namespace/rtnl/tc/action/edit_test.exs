defmodule Linx.Namespace.Rtnl.Tc.Action.EditTest do
  # Actions that change a packet, or what the kernel keeps with it. The judge is `tc`.
  use Linx.Test.NamespaceCase, async: true

  import Linx.Test.TcAction

  alias Linx.Netlink.Rtnl
  alias Linx.Netlink.Rtnl.Tc.Action
  alias Linx.Netlink.Rtnl.Tc.Action.{Skbedit, Vlan}

  @moduletag :vm

  setup %{path: path} do
    {:ok, sock} = Rtnl.open({:path, path})
    %{sock: sock}
  end

  test "actions of the kind vlan are those of tc", %{sock: sock, ns: ns} do
    for {opts, words} <- [
          {[pop: true], "pop"},
          {[push: true, id: 4094], "push id 4094"},
          {[push: true, id: 5, priority: 7, protocol: :"802.1ad"],
           "push protocol 802.1ad id 5 priority 7"},
          {[modify: true, id: 6, protocol: :"802.1q"], "modify protocol 802.1q id 6"},
          {[modify: true, id: 6, priority: 1, control: :drop], "modify id 6 priority 1 drop"},
          {[pop_eth: true], "pop_eth"},
          {[push_eth: true, dst_mac: "02:00:00:00:00:01", src_mac: "02:00:00:00:00:02"],
           "push_eth dst_mac 02:00:00:00:00:01 src_mac 02:00:00:00:00:02"}
        ] do
      assert %Vlan{parms: %{v_action: action}} = same!(sock, ns, :vlan, opts, words)
      assert opts[action] == true
      # The kernel does not change what an action does.
      :ok = Action.flush(sock, :vlan)
    end
  end

  test "actions of the kind skbedit are those of tc", %{sock: sock, ns: ns} do
    for {opts, words, read} <- [
          {[mark: 0xFFFFFFFF], "mark 0xffffffff", %{mark: 0xFFFFFFFF}},
          {[mark: {0x10, 0xF0}], "mark 0x10/0xf0", %{mark: 0x10, mask: 0xF0}},
          {[priority: "1:10"], "priority 1:10", %{priority: 0x10010}},
          {[queue_mapping: 3], "queue_mapping 3", %{queue_mapping: 3}},
          {[ptype: :host], "ptype host", %{ptype: :host}},
          {[ptype: :broadcast], "ptype broadcast", %{ptype: :broadcast}},
          {[ptype: :multicast], "ptype multicast", %{ptype: :multicast}},
          {[ptype: :otherhost], "ptype otherhost", %{ptype: :otherhost}},
          {[inheritdsfield: true, control: :pass], "inheritdsfield pass",
           %{flags: [:inheritdsfield]}}
        ] do
      assert %Skbedit{} = options = same!(sock, ns, :skbedit, opts, words)
      assert {opts, Map.take(options, Map.keys(read))} == {opts, read}
      :ok = Action.flush(sock, :skbedit)
    end

    # tc before iproute2 6.2 has no range.
    assert :ok = Action.add(sock, :skbedit, queue_mapping: {2, 5}, index: 1)
    assert {:ok, %{options: options}} = Action.get(sock, :skbedit, 1)
    assert {options.queue_mapping, options.queue_mapping_max} == {2, 5}
    assert options.flags == [:txq_skbhash]
    assert tc_action(ns, :skbedit, 1)["queue_mapping"] == 2
  end

  test "actions of the kind csum are those of tc", %{sock: sock, ns: ns} do
    for {update, words} <- [
          {[:ip4h], "ip4h"},
          {[:icmp, :igmp], "icmp and igmp"},
          {[:ip4h, :icmp, :igmp, :tcp, :udp, :udplite, :sctp],
           "ip4h and icmp and igmp and tcp and udp and udplite and sctp"}
        ] do
      assert %{parms: %{update_flags: ^update}} = same!(sock, ns, :csum, [update: update], words)
    end

    same!(sock, ns, :csum, [update: [:udp], control: :pipe], "udp pipe")
  end

  test "actions of the kind nat are those of tc", %{sock: sock, ns: ns} do
    for {opts, words} <- [
          {[ingress: {"192.0.2.0/24", "10.0.0.0"}], "ingress 192.0.2.0/24 10.0.0.0"},
          {[egress: {"10.0.0.1", "192.0.2.1"}], "egress 10.0.0.1 192.0.2.1"},
          {[egress: {"128.0.0.0/1", "192.0.2.1"}, control: :pipe],
           "egress 128.0.0.0/1 192.0.2.1 pipe"}
        ],
        do: same!(sock, ns, :nat, opts, words)

    # tc takes a prefix of 0 for one of 32.
    assert :ok = Action.replace(sock, :nat, egress: {"0.0.0.0/0", "192.0.2.1"}, index: 1)
    assert %{"old_addr" => "0.0.0.0/0"} = tc_action(ns, :nat, 1)
    assert {:ok, %{options: %{parms: parms}}} = Action.get(sock, :nat, 1)
    assert {parms.mask, parms.new_addr, parms.flags} == {<<0::32>>, <<192, 0, 2, 1>>, [:egress]}
  end

  test "actions of the kind mpls are those of tc", %{sock: sock, ns: ns} do
    for {opts, words} <- [
          {[pop: true, protocol: :ip], "pop protocol ip"},
          {[pop: true, protocol: :ipv6, control: :pass], "pop protocol ipv6 pass"},
          {[push: true, label: 0xFFFFF], "push label 1048575"},
          {[push: true, label: 16, tc: 7, ttl: 255, bos: true, protocol: :mpls_mc],
           "push protocol mpls_mc label 16 tc 7 ttl 255 bos 1"},
          {[mac_push: true, label: 17, bos: false], "mac_push label 17 bos 0"},
          {[modify: true, label: 18, tc: 0, ttl: 1], "modify label 18 tc 0 ttl 1"},
          {[dec_ttl: true], "dec_ttl"}
        ] do
      same!(sock, ns, :mpls, opts, words)
      :ok = Action.flush(sock, :mpls)
    end
  end
end

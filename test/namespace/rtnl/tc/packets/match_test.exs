defmodule Linx.Namespace.Rtnl.Tc.Packets.MatchTest do
  # Which packets filters match: exactly these are dropped and counted. The judges are what arrives, and `tc`.
  use Linx.Test.NamespaceCase, async: true

  import Linx.Test.{Packets, Tc}

  alias Linx.Netlink.Rtnl.Link
  alias Linx.Netlink.Rtnl.Tc.{Filter, Qdisc, Stats}

  @moduletag :vm

  setup :wire

  # Flows of datagrams: source, destination port, TOS, TTL, size and number of datagrams.
  @flows %{
    a: {"10.7.0.1", 4000, 5000, 0, 64, 100, 3},
    b: {"10.7.0.1", 4000, 5001, 0, 64, 100, 5},
    c: {"10.7.0.1", 4001, 5000, 0x10, 64, 600, 7},
    d: {"10.7.0.66", 4000, 6000, 0, 9, 100, 11}
  }
  @names @flows |> Map.keys() |> Enum.with_index()

  setup %{ns: ns, other: other, other_sock: other_sock} do
    ip!(ns, "address add 10.7.0.66/24 dev v0")
    ip!(other, "neighbour add 10.7.0.66 lladdr 02:00:00:00:07:01 dev v1")
    :ok = Qdisc.add(other_sock, "v1", :clsact)
    %{receivers: for(port <- [5000, 5001, 6000], do: receiver(other, port))}
  end

  # Sends the datagrams of all flows; the names of the flows whose datagrams arrive, all of them.
  defp arriving(%{ns: ns, receivers: receivers}) do
    for {name, at} <- @names do
      {address, port, to, tos, ttl, size, count} = @flows[name]
      udp = sender(ns, address: address, port: port)
      :ok = :socket.setopt(udp, {:ip, :tos}, tos)
      :ok = :socket.setopt(udp, {:ip, :ttl}, ttl)
      send_numbered(udp, to, for(n <- 1..count, do: at * 100 + n), size: size)
      :socket.close(udp)
    end

    Process.sleep(50)

    arrived = for socket <- receivers, %{number: number} <- received(socket, 10), do: number

    for {name, at} <- @names,
        count = Enum.count(arrived, &(div(&1, 100) == at)),
        count > 0 do
      assert {name, count} == {name, elem(@flows[name], 6)}
      name
    end
  end

  # Each filter drops the datagrams of some flows.
  defp assert_drops(context, kind, cases) do
    for {opts, dropped} <- cases do
      place = [parent: :ingress, prio: 1, protocol: :ip]
      opts = [actions: [gact: [action: :drop]]] ++ opts
      assert {opts, Filter.add(context.other_sock, "v1", kind, opts ++ place)} == {opts, :ok}
      expected = for {name, _} <- @names, name not in dropped, do: name
      assert {opts, arriving(context)} == {opts, expected}
      count = Enum.sum(for name <- dropped, do: elem(@flows[name], 6))
      assert {opts, counted(context, kind)} == {opts, {count, count}}
      :ok = Filter.delete(context.other_sock, "v1", parent: :ingress, prio: 1)
    end
  end

  # Packets and drops of the only filter's action, equal to those that `tc` shows.
  defp counted(%{other_sock: sock} = context, kind) do
    {:ok, filters} = Filter.list(sock, "v1", parent: :ingress)
    [%{stats: stats}] = Enum.find_value(filters, &(&1.options && Map.get(&1.options, :act)))
    counted = {Stats.packets(stats), stats.queue.drops}

    assert shown(context, kind) == :erlang.append_element(counted, stats.basic.bytes)
    counted
  end

  # tc of iproute2 6.1 prints no JSON of extended matches.
  defp shown(%{other: other}, :basic) do
    text = tc!(other, "-statistics filter show dev v1 ingress")
    [_ | numbers] = Regex.run(~r/Sent (\d+) bytes (\d+) pkt \(dropped (\d+)/, text)
    [bytes, packets, drops] = Enum.map(numbers, &String.to_integer/1)
    {packets, drops, bytes}
  end

  defp shown(%{other: other}, _kind) do
    [shown] =
      for %{"options" => %{"actions" => [%{"stats" => shown}]}} <-
            tc_json(other, "filter show dev v1 ingress"),
          do: {shown["packets"], shown["drops"], shown["bytes"]}

    shown
  end

  test "flower", context do
    udp = &[{:ip_proto, :udp} | &1]

    assert_drops(context, :flower, [
      {udp.(dst_port: 5000), [:a, :c]},
      {udp.(dst_port: {5000, 5001}), [:a, :b, :c]},
      {udp.(dst_port: {5001, 65_535}), [:b, :d]},
      {udp.(dst_port: "5000/0xfffe"), [:a, :b, :c]},
      {udp.(src_port: 4001), [:c]},
      {udp.(src_port: {4000, 4001}, dst_port: {5001, 5001 + 1}), [:b]},
      {udp.(src_port: 4000, dst_port: 5000), [:a]},
      {[ip_proto: :udp], [:a, :b, :c, :d]},
      {[ip_proto: :tcp], []},
      {[src_ip: "10.7.0.66"], [:d]},
      {[src_ip: "10.7.0.64/26"], [:d]},
      {[src_ip: {"0.0.0.2", "0.0.0.2"}], [:d]},
      {[src_ip: "10.7.0.0/26"], [:a, :b, :c]},
      {[dst_ip: "10.7.0.2"], [:a, :b, :c, :d]},
      {[dst_ip: "10.7.0.1"], []},
      {[ip_tos: {0x10, 0x1C}], [:c]},
      {[ip_ttl: 9], [:d]},
      {[ip_ttl: {0x40, 0xF0}], [:a, :b, :c]},
      {[src_mac: "02:00:00:00:07:01"], [:a, :b, :c, :d]},
      {[src_mac: "02:00:00:00:07:02"], []},
      {[src_mac: {"02:00:00:00:07:02", 46}], [:a, :b, :c, :d]},
      {[indev: "v1"], [:a, :b, :c, :d]},
      {[indev: "lo"], []},
      {[num_of_vlans: 1], []},
      {[ip_flags: [frag: false]], [:a, :b, :c, :d]}
    ])
  end

  test "u32", context do
    assert_drops(context, :u32, [
      {[match: [ip: [dport: 5000]]], [:a, :c]},
      {[match: [ip: [dport: {5000, 0xFFFE}]]], [:a, :b, :c]},
      {[match: [ip: [sport: 4001, protocol: 17]]], [:c]},
      {[match: [ip: [protocol: 6]]], []},
      {[match: [ip: [src: "10.7.0.64/26"]]], [:d]},
      {[match: [ip: [tos: {0x10, 0x1C}]]], [:c]},
      {[match: [u32: {4000 * 65_536 + 5001, 0xFFFFFFFF, 20}]], [:b]},
      {[match: [u16: {6000, 0xFFFF, 22}]], [:d]},
      {[match: [u8: {9, 0xFF, 8}]], [:d]},
      {[match: [ether: [src: "02:00:00:00:07:01"]]], [:a, :b, :c, :d]},
      {[match: [ether: [src: "02:00:00:00:07:02"]]], []}
    ])
  end

  test "basic", context do
    port = &{:cmp, [align: :u16, at: 2, layer: :transport] ++ &1}

    assert_drops(context, :basic, [
      {[match: port.(gt: 5000)], [:b, :d]},
      {[match: port.(lt: 5001)], [:a, :c]},
      {[match: {:not, port.(eq: 5000)}], [:b, :d]},
      {[match: {:and, [port.(eq: 5000), {:meta, :pktlen, :gt, 500}]}], [:c]},
      {[match: {:or, [port.(eq: 5001), {:nbyte, <<10, 7, 0, 66>>, at: 12}]}], [:b, :d]},
      {[
         match:
           {:and,
            [
              {:or, [port.(eq: 5000), port.(eq: 6000)]},
              {:not, {:u32, {9 * 65_536 * 256, 0xFF000000, 8}}}
            ]}
       ], [:a, :c]},
      {[match: {:meta, :dev, :eq, "v1"}], [:a, :b, :c, :d]},
      {[match: {:meta, :dev, :eq, "v0"}], []}
    ])
  end

  test "bytecode, and all packets", context do
    # The destination port, 22 bytes behind the Ethernet header.
    program = &[{0x28, 0, 0, 36}, {0x15, 0, 1, &1}, {0x06, 0, 0, 0xFFFFFFFF}, {0x06, 0, 0, 0}]

    assert_drops(context, :bpf, [
      {[bytecode: program.(5000)], [:a, :c]},
      {[bytecode: program.(6000)], [:d]},
      {[bytecode: program.(7000)], []}
    ])

    assert_drops(context, :matchall, [{[], [:a, :b, :c, :d]}])
  end

  defp ip(protocol, payload), do: Linx.Test.Frames.ip4(protocol, payload)

  defp ip6(src, dst, protocol, payload) do
    [src, dst] = for text <- [src, dst], do: text |> Linx.IP.parse() |> elem(1)

    <<6::4, 0::28, byte_size(payload)::16, protocol, 64, src.bytes::binary, dst.bytes::binary,
      payload::binary>>
  end

  # An ARP of a type.
  defp arp(operation, target),
    do: <<1::16, 0x0800::16, 6, 4, operation::16, 2::48, 10, 7, 0, 1, 0::48, target::32>>

  # A TCP header with flags.
  defp tcp(flags), do: <<4000::16, 80::16, 0::64, 5::4, flags::12, 0::48>>

  # A UDP header with ports, and a payload.
  defp datagram(to), do: <<4000::16, to::16, 20::16, 0::16, 0::96>>

  # What stands behind the addresses of frames.
  defp frames do
    [
      echo: <<0x0800::16, ip(1, <<8, 0, 0::48>>)::binary>>,
      reply: <<0x0800::16, ip(1, <<0, 0, 0::48>>)::binary>>,
      unreachable: <<0x0800::16, ip(1, <<3, 3, 0::48>>)::binary>>,
      syn: <<0x0800::16, ip(6, tcp(0x02))::binary>>,
      ack: <<0x0800::16, ip(6, tcp(0x12))::binary>>,
      arp_request: <<0x0806::16, arp(1, 0x0A070002)::binary>>,
      arp_reply: <<0x0806::16, arp(2, 0x0A070003)::binary>>,
      vlan: <<0x8100::16, 5::3, 0::1, 100::12, 0x0800::16, ip(17, datagram(53))::binary>>,
      vlan6:
        <<0x8100::16, 2::3, 0::1, 101::12, 0x86DD::16,
          ip6("fd00::1", "fd00::2", 17, datagram(53))::binary>>,
      double:
        <<0x88A8::16, 7::16, 0x8100::16, 200::16, 0x0800::16, ip(17, datagram(53))::binary>>,
      mpls: <<0x8847::16, 777::20, 3::3, 1::1, 9, ip(17, datagram(53))::binary>>,
      labels:
        <<0x8847::16, 16::20, 0::4, 64, 777::20, 0::3, 1::1, 64, ip(17, datagram(53))::binary>>,
      ip6: <<0x86DD::16, ip6("fd00::1", "fd00:0:0:1::2", 17, datagram(54))::binary>>,
      icmp6: <<0x86DD::16, ip6("fd00::1", "fd00::2", 58, <<128, 0, 0::48>>)::binary>>,
      sctp: <<0x0800::16, ip(132, <<4000::16, 80::16, 0::64>>)::binary>>
    ]
  end

  # Keys of flower, and the frames that match: those go to another link.
  @keys [
    {[protocol: :ip, ip_proto: :icmp, type: 8], [:echo]},
    {[protocol: :ip, ip_proto: :icmp, type: 3, code: 3], [:unreachable]},
    {[protocol: :ip, ip_proto: :icmp, type: 3, code: 1], []},
    {[protocol: :ip, ip_proto: :tcp, tcp_flags: {0x02, 0x12}], [:syn]},
    {[protocol: :ip, ip_proto: :tcp, dst_port: 80], [:syn, :ack]},
    {[protocol: :ip, ip_proto: :sctp, dst_port: 80], [:sctp]},
    {[protocol: :arp, arp_op: :request], [:arp_request]},
    {[protocol: :arp, arp_tip: "10.7.0.3"], [:arp_reply]},
    {[protocol: :arp, arp_sha: "00:00:00:00:00:02"], [:arp_request, :arp_reply]},
    {[protocol: :"802.1q", vlan_id: 100], [:vlan]},
    {[protocol: :"802.1q", vlan_prio: 2], [:vlan6]},
    {[protocol: :"802.1q", vlan_ethtype: :ip, ip_proto: :udp, dst_port: 53], [:vlan]},
    {[protocol: :"802.1q", vlan_ethtype: :ipv6, dst_ip: "fd00::2"], [:vlan6]},
    {[protocol: :"802.1ad", vlan_id: 7, vlan_ethtype: :"802.1q", cvlan_id: 200], [:double]},
    {[protocol: :"802.1ad", vlan_id: 7, vlan_ethtype: :"802.1q", cvlan_id: 201], []},
    {[protocol: :mpls_uc, mpls_label: 777], [:mpls]},
    {[protocol: :mpls_uc, mpls_tc: 3, mpls_bos: 1, mpls_ttl: 9], [:mpls]},
    {[protocol: :mpls_uc, mpls: [[depth: 2, label: 777]]], [:labels]},
    {[protocol: :ipv6, dst_ip: "fd00:0:0:1::/64"], [:ip6]},
    {[protocol: :ipv6, ip_proto: :udp, dst_port: {54, 60}], [:ip6]},
    {[protocol: :ipv6, ip_proto: :icmpv6, type: 128], [:icmp6]}
  ]

  test "flower's keys of other protocols", context do
    %{ns: ns, other: other, other_sock: sock} = context
    :ok = Link.create_veth(sock, "m0", "m1")
    for link <- ["m0", "m1"], do: :ok = Link.set_up(sock, link)
    carrier(other, "m1")
    [here, matched] = [wiretap(ns, "v0"), wiretap(other, "m1")]
    frames = Enum.with_index(frames())

    for {opts, names} <- @keys do
      actions = [mirred: [egress: :redirect, dev: "m0"]]
      opts = [parent: :ingress, prio: 1, actions: actions] ++ opts
      assert {opts, Filter.add(sock, "v1", :flower, opts)} == {opts, :ok}

      # The source address has the place of the frame.
      for {{_name, rest}, at} <- frames,
          do: :ok = :socket.send(here, <<2, 0, 0, 0, 7, 2, 2, 0, 0, 0, 9, at, rest::binary>>)

      places = for %{bytes: <<_::binary-11, at, _::binary>>} <- received(matched, 50), do: at
      assert {opts, for({{name, _}, at} <- frames, at in places, do: name)} == {opts, names}
      assert length(places) == length(names)
      :ok = Filter.delete(sock, "v1", parent: :ingress, prio: 1)
    end
  end
end

defmodule Linx.Namespace.Rtnl.Tc.Packets.EditTest do
  # What the actions nat, pedit, csum and skbedit do to packets, by what arrives.
  use Linx.Test.NamespaceCase

  import Linx.Test.Packets

  alias Linx.Netlink.Rtnl.{Address, Neighbour}
  alias Linx.Netlink.Rtnl.Tc.{Class, Filter, Qdisc, Stats}

  @moduletag :vm

  setup :wire

  setup %{sock: sock, other_sock: other_sock} do
    :ok = Qdisc.add(sock, "v0", :clsact)
    :ok = Qdisc.add(other_sock, "v1", :clsact)
    :ok
  end

  # The actions for all packets of IPv4.
  defp act(sock, link, side, actions) do
    _ = Filter.delete(sock, link, parent: side, prio: 1)

    :ok =
      Filter.add(sock, link, :matchall, parent: side, prio: 1, protocol: :ip, actions: actions)
  end

  test "addresses are translated both ways", context do
    %{sock: sock, ns: ns, other: other, other_sock: other_sock} = context
    act(sock, "v0", :egress, nat: [egress: {"10.7.0.1", "10.7.0.99"}])
    act(sock, "v0", :ingress, nat: [ingress: {"10.7.0.99", "10.7.0.1"}])
    :ok = Neighbour.replace(other_sock, "v1", "10.7.0.99", "02:00:00:00:07:01")
    here = receiver(ns, 4000, "10.7.0.1")
    there = receiver(other, 5000)
    send_numbered(here, 5000, 1..3)
    sources = for packet <- received(there), do: {packet.number, packet.source}
    assert sources == for(n <- 1..3, do: {n, {{10, 7, 0, 99}, 4000}})
    send_numbered(there, 4000, 11..13, to: "10.7.0.99")
    assert numbers(received(here)) == [11, 12, 13]
    assert received(here, 50) ++ received(there, 50) == []

    # The bits behind a prefix stay.
    act(sock, "v0", :egress, nat: [egress: {"10.7.0.0/24", "10.9.8.0"}])
    send_numbered(here, 5000, [1])
    assert [%{source: {{10, 9, 8, 1}, 4000}}] = received(there)

    # Others stay as they are.
    act(sock, "v0", :egress, nat: [egress: {"10.7.0.2", "10.7.0.99"}])
    send_numbered(here, 5000, [1])
    assert [%{source: {{10, 7, 0, 1}, 4000}}] = received(there)
  end

  test "the TTL is edited, with its checksum", %{ns: ns, other: other} = context do
    there = receiver(other, 5000)
    udp = sender(ns)
    pedit = {:pedit, munge: [ip: [ttl: {:set, 33}]]}
    pipe = {:pedit, munge: [ip: [ttl: {:set, 33}]], control: :pipe}
    send_numbered(udp, 5000, [1])
    assert [%{ttl: 64}] = received(there)

    for {sock, link, side} <- [
          {context.sock, "v0", :egress},
          {context.other_sock, "v1", :ingress}
        ] do
      act(sock, link, side, [pipe, {:csum, update: [:ip4h]}])
      send_numbered(udp, 5000, 1..2)
      assert [%{ttl: 33}, %{ttl: 33}] = received(there)

      # Without its checksum the packet is not received.
      act(sock, link, side, [pedit])
      send_numbered(udp, 5000, [1])
      assert received(there) == []
      :ok = Filter.delete(sock, link, parent: side, prio: 1)
    end

    act(context.sock, "v0", :egress, [
      {:pedit, munge: [ip: [ttl: :decrement]], control: :pipe},
      {:csum, update: [:ip4h]}
    ])

    send_numbered(udp, 5000, [1])
    assert [%{ttl: 63}] = received(there)
  end

  test "ports and addresses are edited, with their checksums", context do
    %{ns: ns, other: other, other_sock: sock} = context
    # Checksums are in the packets.
    exec!(ns, "ethtool", "-K v0 tx off")
    :ok = Address.add(sock, "v1", "10.7.0.3", 24)
    there = receiver(other, 5000)
    edited = receiver(other, 5001, "10.7.0.3")
    udp = sender(ns, port: 4000)
    munge = [udp: [dport: {:set, 5001}], ip: [dst: {:set, "10.7.0.3"}]]

    act(sock, "v1", :ingress, [
      {:pedit, munge: munge, control: :pipe},
      {:csum, update: [:ip4h, :udp]}
    ])

    send_numbered(udp, 5000, 1..5)
    assert numbers(received(edited)) == Enum.to_list(1..5)
    assert received(there) == []

    act(sock, "v1", :ingress, [{:pedit, munge: munge, control: :pipe}, {:csum, update: [:ip4h]}])
    send_numbered(udp, 5000, 1..5)
    assert received(edited) == []
  end

  test "the destination of frames is edited", %{sock: sock, ns: ns, other: other} do
    frames = wiretap(other, "v1")
    act(sock, "v0", :egress, pedit: [munge: [eth: [dst: {:set, "02:00:00:00:07:77"}]]])
    send_numbered(sender(ns), 5000, [1])
    assert [%{type: :otherhost, bytes: <<2, 0, 0, 0, 7, 0x77, _::binary>>}] = received(frames)
  end

  test "a mark and a priority select a class", %{sock: sock, ns: ns, other: other} do
    :ok = Qdisc.add(sock, "v0", :htb, handle: "1:", default: 0x10)

    for classid <- ["1:10", "1:20", "1:30"],
        do: :ok = Class.add(sock, "v0", :htb, parent: "1:", classid: classid, rate: "100mbit")

    # The mark 0x25 with the mask of the filter is 0x20.
    :ok =
      Filter.add(sock, "v0", :fw,
        handle: 0x20,
        mask: 0xF0,
        prio: 1,
        protocol: :ip,
        classid: "1:20"
      )

    for {port, edit} <- [
          {5020, [mark: 0x25]},
          {5021, [mark: 0x31]},
          {5030, [priority: "1:30"]}
        ] do
      :ok =
        Filter.add(sock, "v0", :flower,
          parent: :egress,
          prio: 1,
          protocol: :ip,
          ip_proto: :udp,
          dst_port: port,
          actions: [skbedit: edit]
        )
    end

    frames = wiretap(other, "v1")
    udp = sender(ns)

    for {port, count} <- [{5000, 1}, {5020, 2}, {5021, 4}, {5030, 8}],
        do: send_numbered(udp, port, 1..count)

    assert length(received(frames)) == 15
    {:ok, classes} = Class.list(sock, "v0")

    assert Map.new(classes, &{&1.handle, Stats.packets(&1.stats2)}) ==
             %{0x10010 => 1 + 4, 0x10020 => 2, 0x10030 => 8}
  end
end

defmodule Linx.Namespace.Rtnl.Tc.Packets.VlanTest do
  # Tags that the action vlan adds, changes and removes, as the other end receives them.
  use Linx.Test.NamespaceCase

  import Linx.Test.Packets

  alias Linx.Netlink.Rtnl.{Address, Link, Neighbour}
  alias Linx.Netlink.Rtnl.Tc.{Filter, Qdisc, Stats}
  alias Linx.Test.Frames

  @moduletag :vm

  # ETH_P_8021Q, ETH_P_8021AD.
  @dot1q 0x8100
  @dot1ad 0x88A8

  setup :wire

  setup %{sock: sock, other_sock: other_sock, other: other} do
    :ok = Qdisc.add(sock, "v0", :clsact)
    :ok = Qdisc.add(other_sock, "v1", :clsact)
    %{frames: wiretap(other, "v1")}
  end

  defp tags(frames), do: Enum.map(received(frames), & &1.tag)

  # A filter of one action; all packets of the protocol.
  defp act(sock, link, side, protocol, actions) do
    place = [parent: side, prio: 1, handle: 1]
    _ = Filter.delete(sock, link, parent: side, prio: 1)
    :ok = Filter.add(sock, link, :matchall, [protocol: protocol, actions: actions] ++ place)
  end

  test "a tag is added", %{sock: sock, ns: ns, frames: frames} do
    udp = sender(ns)

    for {opts, tag} <- [
          {[id: 100], {@dot1q, 100}},
          {[id: 1, priority: 7], {@dot1q, 7 * 8192 + 1}},
          {[id: 4094, priority: 3, protocol: :"802.1ad"], {@dot1ad, 3 * 8192 + 4094}}
        ] do
      act(sock, "v0", :egress, :ip, vlan: [push: true] ++ opts)
      send_numbered(udp, 5000, 1..4)
      assert {opts, tags(frames)} == {opts, List.duplicate(tag, 4)}
      {:ok, filter} = Filter.get(sock, "v0", parent: :egress, prio: 1, handle: 1)
      assert [%{stats: stats}] = filter.options.act
      assert Stats.packets(stats) == 4
    end

    # Two tags: the second one is the outer one.
    tags = [vlan: [push: true, id: 5], vlan: [push: true, id: 6, protocol: :"802.1ad"]]
    act(sock, "v0", :egress, :ip, tags)
    send_numbered(udp, 5000, [1])
    assert [%{tag: {@dot1ad, 6}, bytes: bytes}] = received(frames)
    assert <<_::binary-12, @dot1q::16, 5::16, 0x0800::16, _::binary>> = bytes
  end

  test "a VLAN receives packets with its tag alone", context do
    %{sock: sock, ns: ns, other: other, other_sock: other_sock} = context
    :ok = Link.create_vlan(other_sock, "v1.100", "v1", 100, up: true)
    :ok = Address.add(other_sock, "v1.100", "10.8.0.2", 24)
    :ok = Neighbour.replace(sock, "v0", "10.8.0.2", "02:00:00:00:07:02")
    ip!(ns, "route add 10.8.0.0/24 dev v0")
    there = receiver(other, 5000, "10.8.0.2")
    [%{"stats64" => %{"rx" => before}}] = ip_json(other, "-s link show dev v1.100")
    udp = sender(ns)

    for {id, count} <- [{100, 3}, {101, 4}] do
      act(sock, "v0", :egress, :ip, vlan: [push: true, id: id])
      send_numbered(udp, 5000, 1..count, to: "10.8.0.2")
    end

    assert numbers(received(there)) == [1, 2, 3]
    [%{"stats64" => %{"rx" => rx}}] = ip_json(other, "-s link show dev v1.100")
    assert rx["packets"] - before["packets"] == 3
  end

  # A frame with an IPv4 datagram and a tag.
  defp tagged(vid) do
    datagram = <<4000::16, 5000::16, 24::16, 0::16, 7::32, 0::96>>
    packet = Frames.ip4(17, datagram, src: "10.7.0.1", dst: "10.7.0.2")
    Frames.ether(mac("v1"), 0x0800, packet, vid: vid)
  end

  test "a tag is removed", context do
    %{ns: ns, other: other, other_sock: other_sock} = context
    there = receiver(other, 5000)
    here = wiretap(ns, "v0")
    :ok = :socket.send(here, tagged(100))
    assert received(there) == []
    act(other_sock, "v1", :ingress, :"802.1q", vlan: [pop: true])
    for _ <- 1..5, do: :ok = :socket.send(here, tagged(100))
    assert numbers(received(there)) == List.duplicate(7, 5)
  end

  test "a tag is changed", %{sock: sock, ns: ns, frames: frames} do
    act(sock, "v0", :egress, :"802.1q", vlan: [modify: true, id: 200, priority: 4])
    here = wiretap(ns, "v0")
    for vid <- [100, 101, 200], do: :ok = :socket.send(here, tagged(vid))
    assert tags(frames) == List.duplicate({@dot1q, 4 * 8192 + 200}, 3)
  end

  test "packets of one VLAN match", %{ns: ns, other_sock: sock} do
    place = [parent: :ingress, prio: 1, handle: 1, protocol: :"802.1q"]

    :ok =
      Filter.add(
        sock,
        "v1",
        :flower,
        [vlan_id: 100, vlan_ethtype: :ip, actions: [gact: [action: :drop]]] ++ place
      )

    here = wiretap(ns, "v0")
    for vid <- [100, 101, 100, 99, 100], do: :ok = :socket.send(here, tagged(vid))
    {:ok, %Filter{options: %{act: [gact]}}} = Filter.get(sock, "v1", place)
    assert becomes(fn -> Stats.packets(gact.stats) end, 3, 1) == 3
  end
end

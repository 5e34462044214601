defmodule Linx.Namespace.Rtnl.Tc.Packets.FilterTest do
  # The way of packets through filters: priorities, chains, shared blocks and shared actions. The judges are
  # what arrives, and `tc`.
  use Linx.Test.NamespaceCase, async: true

  import Linx.Test.{Packets, Tc, TcAction}

  alias Linx.Netlink.Rtnl.{Address, Link, Neighbour}
  alias Linx.Netlink.Rtnl.Tc.{Action, Filter, Qdisc, Stats}

  @moduletag :vm

  setup :wire

  @drop [actions: [gact: [action: :drop]]]

  defp to_port(port), do: [protocol: :ip, ip_proto: :udp, dst_port: port]

  # Packets and drops of the action of a filter.
  defp counted(sock, link, place) do
    {:ok, %Filter{options: %{act: [%{stats: stats}]}}} = Filter.get(sock, link, place)
    {Stats.packets(stats), stats.queue.drops}
  end

  # The same of all filters of a place, as `tc` shows them.
  defp shown(ns, words) do
    for %{"options" => %{"actions" => [%{"stats" => stats}]}} <-
          tc_json(ns, "filter show #{words}"),
        do: {stats["packets"], stats["drops"]}
  end

  test "exactly the packets to one port are dropped", context do
    %{ns: ns, other: other, other_sock: sock} = context
    :ok = Qdisc.add(sock, "v1", :ingress)
    place = [parent: :ingress, prio: 1, handle: 1]
    :ok = Filter.add(sock, "v1", :flower, to_port(5001) ++ @drop ++ place)
    there = for port <- [5000, 5001], do: receiver(other, port)
    udp = sender(ns)

    for n <- 1..300, do: send_numbered(udp, if(rem(n, 3) == 0, do: 5001, else: 5000), [n])
    kept = for n <- 1..300, rem(n, 3) != 0, do: n
    assert Enum.map(there, &numbers(received(&1))) == [kept, []]
    assert counted(sock, "v1", place) == {100, 100}
    assert shown(other, "dev v1 ingress") == [{100, 100}]
  end

  test "filters run by priority, until one says what happens", context do
    %{ns: ns, other: other, other_sock: sock} = context
    :ok = Qdisc.add(sock, "v1", :clsact)
    place = &[parent: :ingress, prio: &1, handle: 1]
    there = receiver(other, 5000)
    udp = sender(ns)
    match = [protocol: :ip]

    :ok =
      Filter.add(
        sock,
        "v1",
        :matchall,
        match ++ [actions: [gact: [action: :continue]]] ++ place.(1)
      )

    :ok =
      Filter.add(sock, "v1", :matchall, match ++ [actions: [gact: [action: :pass]]] ++ place.(5))

    :ok = Filter.add(sock, "v1", :matchall, match ++ @drop ++ place.(9))
    send_numbered(udp, 5000, 1..10)
    assert numbers(received(there)) == Enum.to_list(1..10)
    assert Enum.map([1, 5, 9], &counted(sock, "v1", place.(&1))) == [{10, 0}, {10, 0}, {0, 0}]

    :ok = Filter.delete(sock, "v1", parent: :ingress, prio: 5)
    send_numbered(udp, 5000, 1..10)
    assert received(there) == []
    assert Enum.map([1, 9], &counted(sock, "v1", place.(&1))) == [{20, 0}, {10, 10}]
    assert shown(other, "dev v1 ingress") == [{20, 0}, {10, 10}]
  end

  test "a chain takes the packets that go to it", context do
    %{ns: ns, other: other, other_sock: sock} = context
    :ok = Qdisc.add(sock, "v1", :clsact)
    first = [parent: :ingress, prio: 1, handle: 1]
    second = [chain: 7] ++ first
    goto = [actions: [gact: [action: {:goto, 7}]]]
    :ok = Filter.add(sock, "v1", :flower, to_port({5001, 5002}) ++ goto ++ first)
    :ok = Filter.add(sock, "v1", :flower, to_port(5001) ++ @drop ++ second)
    there = for port <- 5000..5002, do: receiver(other, port)
    udp = sender(ns)
    for {port, count} <- [{5000, 3}, {5001, 5}, {5002, 7}], do: send_numbered(udp, port, 1..count)
    assert Enum.map(there, &length(received(&1))) == [3, 0, 7]
    assert counted(sock, "v1", first) == {12, 0}
    assert counted(sock, "v1", second) == {5, 5}
    assert shown(other, "dev v1 ingress") == [{12, 0}, {5, 5}]
  end

  test "a shared block filters the packets of two links", context do
    %{sock: sock, ns: ns, other: other, other_sock: other_sock} = context

    # A second pair of links.
    :ok =
      Link.create_veth(sock, "w0", "w1",
        peer: [netns: {:path, path(other)}, address: "02:00:00:00:08:02"]
      )

    for {sock, link, address} <- [{sock, "w0", "10.8.0.1"}, {other_sock, "w1", "10.8.0.2"}] do
      :ok = Link.set_up(sock, link)
      :ok = Address.add(sock, link, address, 24)
    end

    carrier(other, "w1")
    :ok = Neighbour.replace(sock, "w0", "10.8.0.2", "02:00:00:00:08:02")

    for link <- ["v1", "w1"], do: :ok = Qdisc.add(other_sock, link, :clsact, ingress_block: 21)
    place = [block: 21, prio: 1, handle: 1]
    :ok = Filter.add(other_sock, nil, :flower, to_port(5001) ++ @drop ++ place)

    addresses = ["10.7.0.2", "10.8.0.2"]
    there = for address <- addresses, port <- [5000, 5001], do: receiver(other, port, address)

    for {from, to, count} <- [{"10.7.0.1", "10.7.0.2", 10}, {"10.8.0.1", "10.8.0.2", 20}],
        port <- [5000, 5001],
        do: send_numbered(sender(ns, address: from), port, 1..count, to: to)

    assert Enum.map(there, &length(received(&1))) == [10, 0, 20, 0]
    assert counted(other_sock, nil, place) == {30, 30}
    assert shown(other, "block 21") == [{30, 30}]
  end

  test "filters share an action, of which each fifth packet is dropped", context do
    %{ns: ns, other: other, other_sock: sock} = context
    :ok = Qdisc.add(sock, "v1", :clsact)
    :ok = Action.add(sock, :gact, action: :pass, random: {:determ, :drop, 5}, index: 77)

    for {port, prio} <- [{5000, 1}, {5001, 2}] do
      shared = [actions: [gact: [action: :pass, random: {:determ, :drop, 5}, index: 77]]]
      place = [parent: :ingress, prio: prio]
      :ok = Filter.add(sock, "v1", :flower, to_port(port) ++ shared ++ place)
    end

    there = for port <- [5000, 5001], do: receiver(other, port)
    udp = sender(ns)
    for {port, count} <- [{5000, 30}, {5001, 70}], do: send_numbered(udp, port, 1..count)
    assert Enum.map(there, &length(received(&1))) |> Enum.sum() == 80
    {:ok, %{stats: stats}} = Action.get(sock, :gact, 77)
    assert {Stats.packets(stats), stats.queue.drops} == {100, 20}
    assert %{"packets" => 100, "drops" => 20} = tc_action(other, :gact, 77)["stats"]

    # The change holds for both filters.
    :ok = Action.replace(sock, :gact, action: :drop, index: 77)
    for port <- [5000, 5001], do: send_numbered(udp, port, 1..10)
    assert Enum.map(there, &received(&1, 100)) == [[], []]
  end
end

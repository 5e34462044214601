defmodule Linx.Namespace.Rtnl.Tc.Packets.PoliceTest do
  # Rates of packets that pass a policer, by the receiver's clock, and its counters. The judge of these is
  # `tc`, and what arrives. Each rate is measured up to three times.
  use Linx.Test.NamespaceCase

  import Linx.Test.{Packets, Tc}

  alias Linx.Netlink.Rtnl.Tc.{Filter, Qdisc, Stats}

  @moduletag :vm

  setup :wire

  # The rate of what a policer lets pass of packets at a pace, in bytes per second.
  defp policed(%{sock: sock, ns: ns, other: other}, opts, pace, size) do
    _ = Qdisc.delete(sock, "v0", parent: :ingress)
    :ok = Qdisc.add(sock, "v0", :clsact)
    place = [parent: :egress, prio: 1, handle: 1]
    :ok = Filter.add(sock, "v0", :matchall, [protocol: :ip, actions: [police: opts]] ++ place)
    there = receiver(other, 5000)
    udp = sender(ns)
    {sent, packets} = collect(there, fn -> flood(udp, 5000, 2400, size: size, pace: pace) end)
    for socket <- [there, udp], do: :socket.close(socket)

    {:ok, %Filter{options: %{act: [police]}}} = Filter.get(sock, "v0", place)
    assert Stats.packets(police.stats) == sent
    assert police.stats.basic.bytes == sent * frame_size(size)
    assert police.stats.queue.drops == sent - length(packets)

    [_, %{"options" => %{"actions" => [%{"stats" => shown}]}}] =
      tc_json(ns, "filter show dev v0 egress")

    assert {shown["packets"], shown["drops"]} == {sent, sent - length(packets)}
    assert sent > length(packets)
    rate(packets, 400_000)
  end

  test "packets above a rate of bytes are dropped", context do
    opts = [rate: "4mbit", burst: 60_000, conform_exceed: :drop]
    measured = nearest(500_000, fn -> policed(context, opts, 1_000_000, 1000) end)
    assert error(measured, 500_000) <= 0.05, inspect(measured)
  end

  test "packets above a rate of packets are dropped", context do
    opts = [pkts_rate: 200, pkts_burst: 20, conform_exceed: :drop]
    size = frame_size(100)
    measured = nearest(200 * size, fn -> policed(context, opts, 500 * size, 100) end)
    assert error(measured, 200 * size) <= 0.05, inspect(measured / size)
  end

  test "larger packets than the mtu are dropped, smaller ones go to the next action", context do
    %{sock: sock, ns: ns, other: other} = context
    :ok = Qdisc.add(sock, "v0", :clsact)
    police = [rate: "1gbit", burst: "1mb", mtu: 500, conform_exceed: {:drop, :pipe}]
    actions = [police: police, gact: [action: :pass]]
    place = [parent: :egress, prio: 1, handle: 1]
    :ok = Filter.add(sock, "v0", :matchall, [protocol: :ip, actions: actions] ++ place)
    there = receiver(other, 5000)
    send_numbered(sender(ns), 5000, 1..7, size: 400)
    send_numbered(sender(ns), 5000, 8..12, size: 600)
    assert numbers(received(there)) == Enum.to_list(1..7)
    {:ok, %Filter{options: %{act: [police, gact]}}} = Filter.get(sock, "v0", place)
    assert {Stats.packets(police.stats), police.stats.queue.drops} == {12, 5}
    assert Stats.packets(gact.stats) == 7
  end
end

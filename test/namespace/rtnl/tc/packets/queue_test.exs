defmodule Linx.Namespace.Rtnl.Tc.Packets.QueueTest do
  # The order in which queues send, while a token bucket filter holds them back.
  use Linx.Test.NamespaceCase

  import Linx.Test.{Packets, Tc}

  alias Linx.Netlink.Rtnl.Tc.{Class, Filter, Qdisc, Stats}

  @moduletag :vm

  setup :wire

  # The datagrams 1 to 24 of one socket, then 101 to 103 of another; all as they arrive. Each takes 10 ms.
  defp overtaken(%{ns: ns, other: other} = context, kind, opts, senders) do
    shaped(context, kind, opts)
    there = receiver(other, 5000)
    [first, second] = Enum.map(senders, &sender(ns, [buffer: 1_000_000] ++ &1))
    send_numbered(first, 5000, 1..24, size: 958)
    send_numbered(second, 5000, 101..103, size: 958)
    order = numbers(received(there, 150))
    for socket <- [there, first, second], do: :socket.close(socket)
    assert Enum.sort(order) == Enum.to_list(1..24) ++ [101, 102, 103]
    assert Enum.filter(order, &(&1 < 100)) == Enum.to_list(1..24)
    Enum.find_index(order, &(&1 == 103))
  end

  defp shaped(%{sock: sock}, kind, opts) do
    _ = Qdisc.delete(sock, "v0")

    :ok =
      Qdisc.add(sock, "v0", :tbf, handle: "1:", rate: "800kbit", burst: 2000, limit: 1_000_000)

    :ok = Qdisc.add(sock, "v0", kind, [parent: "1:1", handle: "2:"] ++ opts)
  end

  test "a packet of a high band overtakes", context do
    # A priority of 0 is in the second band, of 6 in the first, of 2 in the third.
    for {low, high} <- [{0, 6}, {2, 0}, {2, 6}] do
      index = overtaken(context, :prio, [], [[priority: low], [priority: high]])
      assert index < 15, "#{low} #{high} #{index}"
    end

    for senders <- [[[priority: 0], [priority: 0]], [[priority: 6], [priority: 0]]],
        do: assert(overtaken(context, :prio, [], senders) == 26)

    # Another map: all are in one band, or the bands are exchanged.
    priorities = [[priority: 0], [priority: 6]]
    assert overtaken(context, :prio, [bands: 2, priomap: List.duplicate(1, 16)], priorities) == 26
    map = List.duplicate(0, 6) ++ List.duplicate(1, 10)
    assert overtaken(context, :prio, [bands: 2, priomap: map], priorities) == 26
    map = List.duplicate(1, 6) ++ List.duplicate(0, 10)
    assert overtaken(context, :prio, [bands: 2, priomap: map], priorities) < 15
  end

  test "bands count their packets", %{sock: sock, ns: ns, other: other} do
    :ok = Qdisc.add(sock, "v0", :prio, handle: "1:", bands: 4)
    place = [parent: "1:", protocol: :ip, prio: 1]
    :ok = Filter.add(sock, "v0", :u32, [match: [ip: [dport: 5004]], classid: "1:4"] ++ place)
    frames = wiretap(other, "v1")

    for {priority, port, count} <- [{6, 5000, 3}, {0, 5000, 5}, {2, 5000, 7}, {6, 5004, 11}],
        do: send_numbered(sender(ns, priority: priority), port, 1..count, size: 200)

    assert length(received(frames)) == 26
    # A band has the counters of its queue.
    {:ok, classes} = Class.list(sock, "v0")

    assert Map.new(classes, &{&1.handle, {Stats.packets(&1.stats2), &1.stats2.basic.bytes}}) ==
             for(
               {minor, count} <- [{1, 3}, {2, 5}, {3, 7}, {4, 11}],
               into: %{},
               do: {0x10000 + minor, {count, count * frame_size(200)}}
             )

    assert [%{"packets" => 26}] =
             Enum.filter(tc_json(ns, "qdisc show dev v0"), &(&1["handle"] == "1:"))
  end

  test "a small flow overtakes a large one", context do
    flows = [[port: 4001], [port: 4002]]
    # All packets of one flow, or in one queue, keep their order.
    assert overtaken(context, :pfifo, [limit: 100], flows) == 26
    assert overtaken(context, :fq_codel, [target: "5s", interval: "10s"], flows) < 15
    assert overtaken(context, :sfq, [], flows) < 15

    # What a new flow may send before the others. The kernel sends eight packets in their order whatever the
    # flow: fq_fastpath_check of net/sched/sch_fq.c.
    assert overtaken(context, :fq, [initial_quantum: 2000, quantum: 2000], flows) < 20
    assert overtaken(context, :fq, [initial_quantum: 100_000], flows) == 26

    # With one queue for all flows.
    assert overtaken(context, :fq_codel, [flows: 1, target: "5s", interval: "10s"], flows) == 26
  end

  test "fq_codel marks packets that wait", %{sock: sock, ns: ns, other: other} = context do
    shaped(context, :fq_codel, target: "1ms", interval: "10ms", ecn: true)
    there = wiretap(other, "v1")
    udp = sender(ns, buffer: 1_000_000)
    :ok = :socket.setopt(udp, {:ip, :tos}, 2)
    send_numbered(udp, 5000, 1..60, size: 958)
    {:ok, %Qdisc{}} = Qdisc.get(sock, "v0", "2:")
    # The last two bits of the TOS: 2 for a packet that may be marked, 3 for a marked one.
    marks = for %{bytes: <<_::binary-15, _::6, ecn::2, _::binary>>} <- received(there), do: ecn
    assert length(marks) == 60
    marked = Enum.count(marks, &(&1 == 3))
    assert marked > 3 and Enum.all?(marks, &(&1 in [2, 3]))
    {:ok, %Qdisc{xstats: xstats}} = Qdisc.get(sock, "v0", "2:")
    assert xstats.ecn_mark == marked
    [_, %{"ecn_mark" => ^marked}] = tc_json(ns, "qdisc show dev v0")
  end

  test "a queue holds as much as its limit", %{ns: ns, other: other} = context do
    for {kind, limit, least} <- [{:pfifo, 10, 11}, {:bfifo, 10_000, 11}] do
      shaped(context, kind, limit: limit)
      there = receiver(other, 5000)
      send_numbered(sender(ns, buffer: 1_000_000), 5000, 1..40, size: 958)
      packets = received(there)
      :socket.close(there)
      {:ok, %Qdisc{stats2: stats}} = Qdisc.get(context.sock, "v0", "2:")
      assert stats.queue.drops == 40 - length(packets)

      # Those that were sent at once, those in the queue, and some that were sent until the last one came.
      assert length(packets) in least..18
    end
  end
end

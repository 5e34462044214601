defmodule Linx.Namespace.Rtnl.Tc.Packets.RateTest do
  # Rates of packets that pass the qdiscs tbf and htb, by the receiver's clock. Each is measured up to three
  # times, on a machine that does other work as well.
  use Linx.Test.NamespaceCase

  import Linx.Test.{Packets, Tc}

  alias Linx.Netlink.Rtnl.Tc.{Class, Filter, Qdisc, Stats}

  setup :wire

  # The rates at the ports, each of which a socket sends to with a priority.
  defp rates(%{ns: ns, other: other}, senders) do
    tasks =
      for {port, priority} <- senders,
          do: Task.async(fn -> rate_at(ns, other, port, priority) end)

    Task.await_many(tasks, :infinity)
  end

  defp rate_at(ns, other, port, priority) do
    there = receiver(other, port)
    udp = sender(ns, priority: priority)
    {sent, packets} = collect(there, fn -> flood(udp, port, 2400) end)
    for socket <- [there, udp], do: :socket.close(socket)
    assert length(packets) == sent
    rate(packets)
  end

  test "a token bucket filter sends at its rate", %{sock: sock, ns: ns} = context do
    opts = [rate: "4mbit", burst: 10_000, limit: 1_000_000, estimator: {"250ms", "500ms"}]
    :ok = Qdisc.add(sock, "v0", :tbf, opts)
    assert_rates(context, [{5000, nil}], [500_000])

    # Overhead counts for each packet: 1042 bytes are sent as 2042.
    :ok = Qdisc.replace(sock, "v0", :tbf, [overhead: 1000] ++ opts)
    assert_rates(context, [{5001, nil}], [500_000 * 1042 / 2042])

    {:ok, %Qdisc{stats2: stats}} = Qdisc.get(sock, "v0", nil)
    assert [%{"bytes" => bytes, "packets" => packets}] = tc_json(ns, "qdisc show dev v0")
    assert {stats.basic.bytes, Stats.packets(stats)} == {bytes, packets}
  end

  test "the estimator measures the rate", %{sock: sock} = context do
    :ok = Qdisc.add(sock, "v0", :htb, handle: "1:", default: 0x10, estimator: {"250ms", "500ms"})

    place = [parent: "1:", classid: "1:10", estimator: {"250ms", "500ms"}]
    :ok = Class.add(sock, "v0", :htb, [rate: "4mbit"] ++ place)

    task =
      Task.async(fn ->
        Process.sleep(2000)
        {:ok, %Class{stats2: class}} = Class.get(sock, "v0", "1:10")
        {:ok, %Qdisc{stats2: qdisc}} = Qdisc.get(sock, "v0", nil)
        [class, qdisc]
      end)

    [measured] = rates(context, [{5000, nil}])
    assert error(measured, 500_000) <= 0.1

    for %Stats{rate_est64: estimated, rate_est: low} <- Task.await(task, :infinity) do
      %{bps: bps, pps: pps} = estimated || low
      assert error(bps, 500_000) <= 0.25, inspect(bps)
      assert error(pps, 500_000 / 1042) <= 0.25, inspect(pps)
    end
  end

  # Two classes, of 1 and 3 Mbit/s, that share what their parent has, 4 Mbit/s; and one with a ceiling.
  defp classes(sock) do
    :ok = Qdisc.add(sock, "v0", :htb, handle: "1:", default: 0x10)

    for {parent, classid, opts} <- [
          {"1:", "1:1", [rate: "4mbit"]},
          {"1:1", "1:10", [rate: "1mbit", ceil: "4mbit", quantum: 1500]},
          {"1:1", "1:20", [rate: "3mbit", ceil: "4mbit", quantum: 1500]},
          {"1:1", "1:30", [rate: "1mbit", ceil: "2mbit", quantum: 1500]}
        ],
        do:
          :ok =
            Class.add(sock, "v0", :htb, [parent: parent, classid: classid, burst: 5000] ++ opts)
  end

  # Measured with all that send, each a port with a priority.
  defp assert_rates(context, senders, expected) do
    measured = nearest(expected, fn -> rates(context, senders) end)
    assert error(measured, expected) <= 0.05, inspect({measured, expected})
  end

  test "classes have their rates, and share what others leave", %{sock: sock} = context do
    classes(sock)
    assert_rates(context, [{5010, 0x10010}, {5020, 0x10020}], [125_000, 375_000])
    assert_rates(context, [{5010, 0x10010}], [500_000])
    assert_rates(context, [{5030, 0x10030}], [250_000])
  end

  @tag :vm
  test "filters select the classes", %{sock: sock} = context do
    classes(sock)
    place = [parent: "1:", protocol: :ip, prio: 1]

    :ok = Filter.add(sock, "v0", :u32, [match: [ip: [dport: 5020]], classid: "1:20"] ++ place)

    assert_rates(context, [{5010, nil}, {5020, nil}], [125_000, 375_000])
  end

  test "a class counts what is sent through it", %{sock: sock, ns: ns, other: other} do
    classes(sock)
    there = receiver(other, 5000)

    for {priority, count, size} <- [{0x10010, 7, 100}, {0x10020, 11, 1000}],
        do: send_numbered(sender(ns, priority: priority), 5000, 1..count, size: size)

    assert length(received(there)) == 18

    {:ok, classes} = Class.list(sock, "v0")
    counted = Map.new(classes, &{&1.handle, {Stats.packets(&1.stats2), &1.stats2.basic.bytes}})
    small = 7 * frame_size(100)
    large = 11 * frame_size(1000)

    assert counted == %{
             0x10001 => {18, small + large},
             0x10010 => {7, small},
             0x10020 => {11, large},
             0x10030 => {0, 0}
           }

    for {classid, {packets, bytes}} <- [{"1:10", {7, small}}, {"1:20", {11, large}}] do
      shown = tc_class(ns, "v0", classid)
      assert {shown["Sent"], shown["bytes"]} == {"#{bytes}", "#{packets}"}
    end
  end
end

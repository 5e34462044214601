defmodule Linx.Namespace.Rtnl.Tc.QdiscTest do
  # Qdiscs of kinds that most kernels have, set and listed. The judge is `tc`.
  use Linx.Test.NamespaceCase, async: true

  import Linx.Test.Tc

  alias Linx.Netlink.{Batch, Error, Rtnl}
  alias Linx.Netlink.Rtnl.Tc
  alias Linx.Netlink.Rtnl.Tc.Qdisc

  setup %{path: path, ns: ns} do
    {:ok, sock} = Rtnl.open({:path, path})
    ip!(ns, "link add v0 type veth peer name v1")
    %{sock: sock}
  end

  # Options of ours, the words of `tc` for the same, and rate and bucket as they are read: what is sent in
  # whole ticks of 64 ns.
  @tbf [
    {[rate: "10mbit", burst: "32k", latency: "50ms"], "rate 10mbit burst 32k latency 50ms",
     {1_250_000, 32_768}},
    {[rate: 8, burst: 200, limit: 3000], "rate 8bit burst 200 limit 3000", {1, 200}},
    {[rate: 999, burst: 1600, limit: 3000], "rate 999bit burst 1600 limit 3000", {124, 1600}},
    {[rate: "36gbit", burst: "2mb", limit: "100mb"], "rate 36gbit burst 2mb limit 100mb",
     {4_500_000_000, 2_096_928}},
    {[rate: "100gbit", burst: "10mb", limit: "100mb"], "rate 100gbit burst 10mb limit 100mb",
     {12_500_000_000, 10_485_600}},
    {[rate: "1mbit", burst: "10k", limit: "40k", peakrate: "2mbit", mtu: 1540],
     "rate 1mbit burst 10k limit 40k peakrate 2mbit mtu 1540", {125_000, 10_240}},
    {[rate: "1mbit", burst: "10k", latency: "1s", peakrate: "100gbit", mtu: 9000],
     "rate 1mbit burst 10k latency 1s peakrate 100gbit mtu 9000", {125_000, 10_240}},
    {[rate: "1mbit", burst: "10k", limit: "40k", mpu: 64, overhead: 14, linklayer: :atm],
     "rate 1mbit burst 10k limit 40k mpu 64 overhead 14 linklayer atm", {125_000, 11_342}}
  ]

  test "a token bucket filter is the same as that of tc", %{sock: sock, ns: ns} do
    for {opts, words, read} <- @tbf do
      assert {opts, Qdisc.replace(sock, "v0", :tbf, opts)} == {opts, :ok}
      tc!(ns, "qdisc replace dev v1 root tbf " <> words)

      for details <- [false, true] do
        [ours] = tc_json(ns, "qdisc show dev v0", details: details)
        [theirs] = tc_json(ns, "qdisc show dev v1", details: details)
        assert {opts, ours["kind"], exact(ours)} == {opts, "tbf", exact(theirs)}
      end

      for link <- ["v0" | if(elem(read, 0) > 1_000_000_000, do: [], else: ["v1"])] do
        assert {:ok, [%Qdisc{kind: "tbf", parent: 0xFFFFFFFF, options: tbf}]} =
                 Qdisc.list(sock, link: link)

        assert {opts, Qdisc.Tbf.rate(tbf), Qdisc.Tbf.burst(tbf)} ==
                 {opts, elem(read, 0), elem(read, 1)}
      end
    end
  end

  # tc of iproute2 before 6.9 computes the times of buckets in whole microseconds: 4500 bytes at 36 Gbit/s.
  defp exact(%{"options" => %{"rate" => rate} = options}) when rate > 1_000_000_000,
    do: Map.drop(options, ["burst", "lat"])

  defp exact(%{"options" => options}), do: Map.drop(options, ["minburst"])

  test "queues have their limits", %{sock: sock, ns: ns} do
    for {kind, limit} <- [pfifo: 7, bfifo: 9000, pfifo_head_drop: 3] do
      :ok = Qdisc.replace(sock, "v0", kind, limit: limit)
      name = Atom.to_string(kind)

      assert [%{"kind" => ^name, "options" => %{"limit" => ^limit}}] =
               tc_json(ns, "qdisc show dev v0")

      assert {:ok, %Qdisc{options: %Qdisc.Fifo{limit: ^limit}}} = Qdisc.get(sock, "v0", nil)
    end

    :ok = Qdisc.replace(sock, "v0", :bfifo, limit: "1mb")
    assert [%{"options" => %{"limit" => 1_048_576}}] = tc_json(ns, "qdisc show dev v0")
  end

  @same [
    {:prio, [], ""},
    {:prio, [bands: 5], "bands 5"},
    {:prio, [bands: 2, priomap: List.duplicate(1, 8) ++ List.duplicate(0, 8)],
     "bands 2 priomap 1 1 1 1 1 1 1 1 0 0 0 0 0 0 0 0"},
    {:fq_codel, [limit: 7, flows: 33, target: "1ms", interval: "0.5s", quantum: "2k"],
     "limit 7 flows 33 target 1ms interval 500ms quantum 2048"},
    {:fq_codel, [ecn: false, ce_threshold: 50, drop_batch: 9, memory_limit: "1mb"],
     "noecn ce_threshold 50us drop_batch 9 memory_limit 1mb"}
  ]

  @tag :vm
  test "bands and fair queues are the same as those of tc", %{sock: sock, ns: ns} do
    for {kind, opts, words} <- @same do
      for link <- ["v0", "v1"], do: Qdisc.delete(sock, link)
      assert {opts, Qdisc.add(sock, "v0", kind, opts)} == {opts, :ok}
      tc!(ns, "qdisc add dev v1 root #{kind} #{words}")

      [ours] = tc_json(ns, "qdisc show dev v0 root", details: true)
      [theirs] = tc_json(ns, "qdisc show dev v1 root", details: true)
      assert {opts, ours["kind"], ours["options"]} == {opts, "#{kind}", theirs["options"]}

      {:ok, ours} = Qdisc.get(sock, "v0", nil)
      {:ok, theirs} = Qdisc.get(sock, "v1", nil)
      assert {opts, ours.options, ours.xstats} == {opts, theirs.options, theirs.xstats}
    end

    {:ok, %Qdisc{options: codel, xstats: xstats}} = Qdisc.get(sock, "v0", nil)
    assert %Qdisc.FqCodel{drop_batch_size: 9, memory_limit: 1_048_576, ecn: false} = codel
    assert %Qdisc.FqCodel.Xstats{type: :qdisc, drop_overlimit: 0} = xstats
  end

  test "handles and parents are those of tc", %{sock: sock, ns: ns} do
    :ok = Qdisc.add(sock, "v0", :htb, handle: "a1:", default: 0x20, r2q: 5, direct_qlen: 17)

    assert [
             %{
               "handle" => "a1:",
               "options" => %{"r2q" => 5, "default" => "0x20", "direct_qlen" => 17}
             }
           ] = tc_json(ns, "qdisc show dev v0")

    tc!(ns, "class add dev v0 parent a1: classid a1:20 htb rate 1mbit")
    :ok = Qdisc.add(sock, "v0", :pfifo, parent: "a1:20", handle: "b:", limit: 5)
    {:ok, [htb, leaf]} = Qdisc.list(sock, link: "v0")
    assert {Tc.handle(htb.handle), Tc.handle(htb.parent)} == {"a1:", :root}
    assert {Tc.handle(leaf.handle), Tc.handle(leaf.parent)} == {"b:", "a1:20"}
    assert {:ok, [^leaf]} = Qdisc.list(sock, parent: "a1:20")
    assert {:ok, ^leaf} = Qdisc.get(sock, "v0", "b:")
    assert %Qdisc.Htb{init: %{rate2quantum: 5, defcls: 0x20}, direct_qlen: 17} = htb.options

    assert {:error, %Error{errno: :eexist}} = Qdisc.add(sock, "v0", :htb, handle: "a1:")
    assert {:error, %Error{errno: :enoent}} = Qdisc.get(sock, "v0", "c:")
    assert :ok = Qdisc.delete(sock, "v0", handle: "b:", parent: "a1:20")
    assert :ok = Qdisc.delete(sock, "v0")
    refute Enum.any?(tc_json(ns, "qdisc show dev v0"), &(&1["kind"] == "htb"))
  end

  test "qdiscs for received packets", %{sock: sock, ns: ns} do
    for kind <- [:ingress, :clsact] do
      name = Atom.to_string(kind)
      assert {kind, Qdisc.add(sock, "v0", kind, ingress_block: 21)} == {kind, :ok}
      assert [%{"kind" => ^name, "handle" => "ffff:", "ingress_block" => 21}] = ingress(ns)
      assert {:ok, [%Qdisc{ingress_block: 21, egress_block: nil}]} = Qdisc.list(sock, kind: kind)
      assert :ok = Qdisc.delete(sock, "v0", kind: kind)
      assert ingress(ns) == []
    end

    assert :ok = Qdisc.add(sock, "v0", :clsact, ingress_block: 21, egress_block: 22)
    assert [%{"ingress_block" => 21, "egress_block" => 22}] = ingress(ns)
    assert :ok = Qdisc.delete(sock, "v0", parent: :ingress)
  end

  defp ingress(ns),
    do: for(%{"handle" => "ffff:"} = qdisc <- tc_json(ns, "qdisc show dev v0"), do: qdisc)

  test "counters are those of tc", %{sock: sock, ns: ns} do
    :ok = Qdisc.add(sock, "v0", :tbf, rate: "10mbit", burst: "32k", limit: 100_000)
    ip!(ns, "link set v0 up")
    ip!(ns, "link set v1 up")
    ip!(ns, "address add 192.0.2.1/24 dev v0")
    ip!(ns, "neighbour add 192.0.2.2 lladdr 02:00:00:00:00:02 dev v0")
    {:ok, udp} = netns_udp(ns, "192.0.2.1")
    for n <- 1..5, do: send_udp(udp, "192.0.2.2", :binary.copy(<<n>>, 100 * n))

    {:ok, [%Qdisc{stats2: stats}]} = Qdisc.list(sock, link: "v0")
    [shown] = tc_json(ns, "qdisc show dev v0")
    assert stats.basic.packets >= 5
    assert {stats.basic.bytes, stats.basic.packets} == {shown["bytes"], shown["packets"]}

    assert {stats.queue.drops, stats.queue.overlimits, stats.queue.requeues} ==
             {shown["drops"], shown["overlimits"], shown["requeues"]}

    assert Tc.Stats.packets(stats) == shown["packets"]
  end

  test "wrong input is an error before anything is sent", %{sock: sock} do
    for {result, error} <- [
          {Qdisc.add(sock, "v0", :tbf, burst: 1, limit: 1), {:missing_option, :rate}},
          {Qdisc.add(sock, "v0", :tbf, rate: 8, burst: 1), {:missing_option, :limit}},
          {Qdisc.add(sock, "v0", :tbf, rate: 7, burst: 1, limit: 1), {:bad_option, :rate, 7}},
          {Qdisc.add(sock, "v0", :tbf, rate: "5 apples", burst: 1, limit: 1),
           {:bad_option, :rate, "5 apples"}},
          # The time to send the burst does not fit 32 bits of ticks: 274 s.
          {Qdisc.add(sock, "v0", :tbf, rate: 8, burst: 275, limit: 1),
           {:bad_option, :burst, 275}},
          {Qdisc.add(sock, "v0", :tbf, rate: 8, burst: 1, limit: 1, peakrate: 16),
           {:missing_option, :mtu}},
          {Qdisc.add(sock, "v0", :pfifo, limit: 0x1_0000_0000),
           {:bad_option, :limit, 0x1_0000_0000}},
          {Qdisc.add(sock, "v0", :pfifo, handle: "1:1"), {:bad_option, :handle, "1:1"}},
          {Qdisc.add(sock, "v0", :pfifo, parent: "x"), {:bad_option, :parent, "x"}},
          {Qdisc.add(sock, "v0", :pfifo, limits: 1), {:unknown_option, :limits}},
          {Qdisc.add(sock, "v0", :noqueue, limit: 1), {:unknown_option, :limit}},
          {Qdisc.add(sock, "v0", nil), {:bad_option, :kind, nil}},
          {Qdisc.delete(sock, "v0", :junk), {:unknown_option, :junk}},
          {Qdisc.list(sock, kind: 3), {:bad_option, :kind, 3}}
        ],
        do: assert(result == {:error, error})
  end

  test "a batch adds, and lists at its place", %{sock: sock} do
    assert {:ok, [:ok, {:ok, %Qdisc{kind: "pfifo"}}, :ok, {:error, %Error{errno: :enoent}}]} =
             Batch.run(sock, fn batch ->
               [
                 Qdisc.add(batch, "v0", :pfifo, limit: 3),
                 Qdisc.get(batch, "v0", nil),
                 Qdisc.delete(batch, "v0"),
                 Qdisc.delete(batch, "v0", parent: "7:1")
               ]
             end)
  end
end

defmodule Linx.Namespace.Rtnl.Tc.Qdisc.EarlyTest do
  # Qdiscs that drop packets early. The judge is `tc`.
  use Linx.Test.NamespaceCase, async: true

  import Linx.Test.Tc

  alias Linx.Netlink.Rtnl
  alias Linx.Netlink.Rtnl.Tc
  alias Linx.Netlink.Rtnl.Tc.{Class, Qdisc}

  @moduletag :vm

  setup %{path: path, ns: ns} do
    {:ok, sock} = Rtnl.open({:path, path})
    sysctl!(ns, "net.ipv6.conf.default.disable_ipv6": 1)
    ip!(ns, "link add v0 type veth peer name v1")
    %{sock: sock}
  end

  @red [
    {[limit: "400k", avpkt: 1000], "limit 400k avpkt 1000"},
    {[limit: 60_000, min: 15_000, max: 25_000, avpkt: 1000, burst: 20, ecn: true, nodrop: true],
     "limit 60000 min 15000 max 25000 avpkt 1000 burst 20 ecn nodrop"},
    {[limit: "1mb", min: "30k", avpkt: 500, bandwidth: "1gbit", probability: 0.5],
     "limit 1mb min 30k avpkt 500 bandwidth 1gbit probability 0.5"},
    {[
       limit: "10mb",
       max: "900k",
       avpkt: 1500,
       bandwidth: "64kbit",
       harddrop: true,
       adaptive: true
     ], "limit 10mb max 900k avpkt 1500 bandwidth 64kbit harddrop adaptive"},
    {[
       limit: "10mb",
       avpkt: 9000,
       bandwidth: "30gbit",
       probability: 0.001,
       burst: 100,
       ecn: false
     ], "limit 10mb avpkt 9000 bandwidth 30gbit probability 0.001 burst 100"},
    {[limit: "100k", avpkt: 1000, bandwidth: 800], "limit 100k avpkt 1000 bandwidth 800bit"}
  ]

  test "red is the same as that of tc", %{sock: sock, ns: ns} do
    [default, second | _] = assert_as_tc(sock, ns, :red, @red)
    assert %Qdisc.Red.Parms{limit: 409_600, qth_min: 34_133, qth_max: 102_400} = default.parms
    assert Tc.probability(default.max_p) == 0.02
    assert {Qdisc.Red.flags(default), Qdisc.Red.flags(second)} == {[], [:ecn, :nodrop]}
  end

  test "red has blocks of filters", %{sock: sock, ns: ns} do
    opts = [limit: "400k", avpkt: 1000, early_drop_block: 10, mark_block: 11]
    words = "limit 400k avpkt 1000 qevent early_drop block 10 qevent mark block 11"
    [red] = assert_as_tc(sock, ns, :red, [{opts, words}])
    assert {red.early_drop_block, red.mark_block} == {10, 11}
  end

  @choke [
    {[limit: 1000, bandwidth: "10mbit"], "limit 1000 bandwidth 10mbit"},
    {[limit: 100, bandwidth: "1gbit", min: 10, max: 90, burst: 40, ecn: true],
     "limit 100 bandwidth 1gbit min 10 max 90 burst 40 ecn"},
    {[limit: 65_536, bandwidth: "64kbit", avpkt: 200, probability: 0.3],
     "limit 65536 bandwidth 64kbit avpkt 200 probability 0.3"}
  ]

  test "choke is the same as that of tc", %{sock: sock, ns: ns} do
    [choke, ecn, _] = assert_as_tc(sock, ns, :choke, @choke)
    assert %Qdisc.Red.Parms{limit: 1000, qth_min: 83, qth_max: 250, flags: []} = choke.parms
    assert {ecn.parms.flags, Tc.probability(ecn.max_p)} == {[:ecn], 0.02}
  end

  @sfq [
    {[perturb: 10], "perturb 10"},
    {[limit: 100, quantum: 3000, divisor: 512, flows: 64, depth: 20, headdrop: true],
     "limit 100 quantum 3000 divisor 512 flows 64 depth 20 headdrop"},
    {[redflowlimit: 100_000], "redflowlimit 100000"},
    {[
       redflowlimit: 100_000,
       min: 8000,
       max: 60_000,
       avpkt: 500,
       burst: 60,
       probability: 0.1,
       ecn: true
     ], "redflowlimit 100000 min 8000 max 60000 avpkt 500 burst 60 probability 0.1 ecn"},
    {[redflowlimit: 100_000, harddrop: true, perturb: 60],
     "redflowlimit 100000 harddrop perturb 60"}
  ]

  test "sfq is the same as that of tc", %{sock: sock, ns: ns} do
    assert [_, second, third, _, last] = assert_as_tc(sock, ns, :sfq, @sfq)

    assert %Qdisc.Sfq{
             limit: 100,
             quantum: 3000,
             divisor: 512,
             flows: 64,
             depth: 20,
             headdrop: true
           } = second

    assert {third.qth_min, third.qth_max} == {8333, 25_000}

    assert {last.flags, last.perturb_period, Tc.probability(last.max_p)} ==
             {[:harddrop], 60, 0.02}
  end

  @sfb [
    {[limit: 100], "limit 100"},
    {[rehash: 1000, db: 500, limit: 9, max: 40], "rehash 1000 db 500 limit 9 max 40"},
    {[target: 33, increment: 1, decrement: 0.5, penalty_rate: 0, penalty_burst: 0xFFFFFFFF],
     "target 33 increment 1 decrement 0.5 penalty_rate 0 penalty_burst 4294967295"}
  ]

  test "sfb is the same as that of tc", %{sock: sock, ns: ns} do
    [_, second, third] = assert_as_tc(sock, ns, :sfb, @sfb)

    assert %Qdisc.Sfb.Parms{rehash_interval: 1000, warmup_time: 500, max: 40, bin_size: 32} =
             second.parms

    assert %Qdisc.Sfb.Parms{max: 41, bin_size: 33, increment: 0xFFFF, decrement: 0x8000} =
             third.parms
  end

  @gred [
    {[[vqs: 4, default: 2]], ["setup vqs 4 default 2"]},
    {[[vqs: 16, default: 15, grio: true, limit: "60k", ecn: true, harddrop: true]],
     ["setup vqs 16 default 15 grio limit 60k ecn harddrop"]},
    {[
       [vqs: 3, default: 0, grio: true],
       [vq: 1, limit: "50k", min: 15_000, max: 25_000, avpkt: 1000, prio: 3],
       [
         vq: 2,
         limit: 9,
         min: 5000,
         max: 9000,
         avpkt: 500,
         burst: 30,
         probability: 0.2,
         bandwidth: "1gbit"
       ] ++
         [ecn: true, harddrop: true]
     ],
     [
       "setup vqs 3 default 0 grio",
       "vq 1 limit 50k min 15000 max 25000 avpkt 1000 prio 3",
       "vq 2 limit 9 min 5000 max 9000 avpkt 500 burst 30 probability 0.2 bandwidth 1gbit ecn harddrop"
     ]}
  ]

  test "gred is the same as that of tc", %{sock: sock, ns: ns} do
    [first, second, third] = assert_as_tc(sock, ns, :gred, @gred)
    assert {first.dps.dps, first.dps.def_dp, Qdisc.Gred.queues(first)} == {4, 2, []}
    assert {second.limit, second.dps.grio, second.dps.flags} == {61_440, true, [:ecn, :harddrop]}

    assert [%{dp: 1, qth_min: 15_000, prio: 3}, %{dp: 2, qth_max: 9000}] =
             Qdisc.Gred.queues(third)

    assert Enum.map(Enum.slice(third.max_p, 0, 3), &Tc.probability/1) == [0.0, 0.02, 0.2]

    assert [%Qdisc.Gred.Vq{dp: 1}, %Qdisc.Gred.Vq{dp: 2, flags: [:ecn, :harddrop]}] =
             third.vq_list
  end

  # Counters, by the names of `tc`; one of the first list is not 0.
  @counters [
    {:red, [limit: 9000, min: 2000, max: 8000, avpkt: 1000, burst: 5],
     [pdrop: :pdrop, early: :early, marked: :marked, other: :other]},
    {:choke, [limit: 12, min: 2, max: 10, bandwidth: "8kbit", burst: 5],
     [pdrop: :pdrop, early: :early, matched: :matched, marked: :marked, other: :other]},
    {:sfb, [limit: 20, target: 5, max: 6],
     [
       bucketdrop: :bucketdrop,
       queuedrop: :queuedrop,
       earlydrop: :earlydrop,
       penaltydrop: :penaltydrop
     ] ++
       [childdrop: :childdrop, marked: :marked, maxqlen: :maxqlen]}
  ]

  test "counters are those of tc", %{sock: sock, ns: ns} do
    udp = udp(ns)

    for {kind, opts, counters} <- @counters do
      congested(sock, kind, opts)
      for n <- 1..60, do: send_udp(udp, "192.0.2.2", :binary.copy(<<n>>, 900))
      {shown, xstats} = xstats(sock, ns)

      for {theirs, ours} <- counters,
          do: assert({kind, ours, Map.fetch!(xstats, ours)} == {kind, ours, shown["#{theirs}"]})

      assert {kind,
              counters |> Enum.take(3) |> Enum.map(&Map.fetch!(xstats, elem(&1, 1))) |> Enum.sum() >
                0} ==
               {kind, true}
    end

    congested(sock, :gred, vqs: 2, default: 1)
    opts = [parent: "1:1", handle: "2:", vq: 1, limit: 9000, min: 2000, max: 5000, avpkt: 1000]
    :ok = Qdisc.change(sock, "v0", :gred, opts)
    for n <- 1..60, do: send_udp(udp, "192.0.2.2", :binary.copy(<<n>>, 900))
    {:ok, %Qdisc{options: gred}} = Qdisc.get(sock, "v0", "2:")

    %{"options" => %{"vqs" => [shown]}} =
      Enum.find(tc_json(ns, "qdisc show dev v0"), &(&1["kind"] == "gred"))

    [queue] = Qdisc.Gred.queues(gred)
    [vq] = gred.vq_list

    assert {vq.stat_bytes, vq.stat_packets, vq.stat_backlog} ==
             {shown["bytes"], shown["packets"], shown["backlog"]}

    assert {vq.stat_prob_drop, vq.stat_forced_drop, vq.stat_pdrop, vq.stat_other || 0} ==
             {shown["prob_drop"], shown["forced_drop"], shown["pdrop"], shown["other"]}

    assert {queue.packets, queue.bytesin, queue.early} ==
             {vq.stat_packets, vq.stat_bytes, vq.stat_prob_drop}

    assert vq.stat_packets > 0 and vq.stat_prob_drop + vq.stat_forced_drop + vq.stat_pdrop > 0

    congested(sock, :sfq, limit: 20)
    for n <- 1..5, do: send_udp(udp, "192.0.2.2", :binary.copy(<<n>>, 900))
    {:ok, classes} = Class.list(sock, "v0", kind: :sfq)
    assert [%Class{xstats: %Qdisc.Sfq.Xstats{allot: allot}} | _] = classes
    assert tc!(ns, "-statistics class show dev v0") =~ ~r|allot #{allot}\s|
  end

  test "wrong input is an error before anything is sent", %{sock: sock} do
    for {kind, opts, error} <- [
          {:red, [limit: 1000], {:missing_option, :avpkt}},
          {:red, [avpkt: 1000], {:missing_option, :limit}},
          {:red, [limit: 0, avpkt: 1000], {:bad_option, :limit, 0}},
          {:red, [limit: 1000, avpkt: 0], {:bad_option, :avpkt, 0}},
          {:red, [limit: 9000, avpkt: 10, min: 90, max: 80], {:bad_option, :max, 80}},
          {:red, [limit: 9000, avpkt: 10, min: 2_000_000_000],
           {:bad_option, :max, 6_000_000_000}},
          {:red, [limit: 90_000, avpkt: 10, burst: 1], {:bad_option, :burst, 1}},
          {:red, [limit: 90_000, avpkt: 10, probability: 1], {:bad_option, :probability, 1}},
          {:red, [limit: "1gb", avpkt: 1000, probability: 0.000001],
           {:bad_option, :probability, 0.000001}},
          {:red, [limit: "1mb", avpkt: 1000, bandwidth: 8], {:bad_option, :bandwidth, 1}},
          {:red, [limit: 9000, min: 1000, max: 4000, avpkt: 1000, burst: 5],
           {:bad_option, :burst, 5}},
          {:choke, [limit: 100], {:missing_option, :bandwidth}},
          {:choke, [limit: 100, bandwidth: 8, max: 101], {:bad_option, :max, 101}},
          {:sfq, [ecn: true], {:missing_option, :redflowlimit}},
          {:sfq, [limit: 1], {:bad_option, :limit, 1}},
          {:sfq, [perturb: 0x80000000], {:bad_option, :perturb, 0x80000000}},
          {:sfb, [increment: 1.1], {:bad_option, :increment, 1.1}},
          {:sfb, [target: 0xFFFFFFFF], {:bad_option, :target, 0xFFFFFFFF}},
          {:gred, [vqs: 17, default: 0], {:bad_option, :vqs, 17}},
          {:gred, [vqs: 2, default: 2], {:bad_option, :default, 2}},
          {:gred, [vqs: 2], {:missing_option, :default}},
          {:gred, [vqs: 2, default: 1, avpkt: 3], {:unknown_option, :avpkt}},
          {:gred, [vq: 1, limit: 1, min: 1, max: 2], {:missing_option, :avpkt}},
          {:gred, [vq: 1, grio: true], {:unknown_option, :grio}}
        ],
        do:
          assert({kind, opts, Qdisc.add(sock, "v0", kind, opts)} == {kind, opts, {:error, error}})
  end
end

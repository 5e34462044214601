defmodule Linx.Netlink.Rtnl.Tc.Qdisc.KindsTest do
  # Options as Linux 7.2.13 reported them of qdiscs that tc made, by kind.
  use ExUnit.Case, async: true

  alias Linx.Netlink.Rtnl.Tc.Qdisc
  alias Linx.Netlink.Rtnl.Tc.Qdisc.{Gred, Kinds, Plug, Red, Sfb, Sfq}
  alias Linx.Netlink.Rtnl.Tc.Xstats
  alias Linx.Test.Captured

  doctest Red
  doctest Gred
  doctest Linx.Netlink.Rtnl.Tc.Qdisc.FqCodel.Xstats

  defp bytes(hex), do: hex |> String.replace(~r/\s/, "") |> Base.decode16!(case: :lower)

  defp module(kind) do
    case Kinds.__table__()[kind] do
      {:nested, module} -> module
      module -> module
    end
  end

  @attributes [
    # codel ecn ce_threshold 1ms
    {"codel",
     "08000100871300000800 0200e803000008000300 9f860100080004000100000008000500e7030000",
     target: 4999, limit: 1000, interval: 99_999, ecn: true, ce_threshold: 999},
    # pie ecn
    {"pie",
     "08000100983a000008000200e803000008000300204e00000800040002000000080005001400000008000600 01000000" <>
       "08000700000000000800080000000000",
     target: 15_000,
     limit: 1000,
     tupdate: 20_000,
     alpha: 2,
     beta: 20,
     ecn: true,
     bytemode: false,
     dq_rate_estimator: false},
    # fq_pie ecn
    {"fq_pie",
     "0800010000280000080002000004000008000300983a000008000400204e00000800050002000000080006001400000008000700" <>
       "ea0500000800080000000002080009000a00000008000a000100000008000b000000000008000c0000000000",
     limit: 10_240,
     flows: 1024,
     target: 15_000,
     tupdate: 20_000,
     alpha: 2,
     beta: 20,
     quantum: 1514,
     memory_limit: 33_554_432,
     ecn_prob: 10,
     ecn: true,
     bytemode: false,
     dq_rate_estimator: false},
    # hhf
    {"hhf",
     "08000100e803000008000200ea050000080003000008000008000400409c000008000500000002000800060040420f0008000700" <>
       "02000000",
     backlog_limit: 1000,
     quantum: 1514,
     hh_flows_limit: 2048,
     reset_timeout: 40_000,
     admit_bytes: 131_072,
     evict_timeout: 1_000_000,
     non_hh_weight: 2},
    # skbprio limit 9
    {"skbprio", "09000000", limit: 9}
  ]

  test "bytes of a kernel" do
    for {kind, hex, fields} <- @attributes do
      module = module(kind)

      options =
        if kind == "skbprio",
          do: module.decode(bytes(hex)),
          else: Captured.check(module, bytes(hex))

      assert {kind, options} == {kind, struct!(module, fields)}
    end
  end

  test "bytes of early detection" do
    # red limit 60000 min 15000 max 25000 avpkt 1000 burst 20 ecn nodrop bandwidth 10mbit
    red =
      "1400010060ea0000983a0000a861000003130d010800030051b81e050c000400090000000f000000"
      |> bytes()
      |> then(&Captured.check(Red, &1))

    assert %Red.Parms{limit: 60_000, qth_min: 15_000, qth_max: 25_000, flags: [:ecn]} = red.parms
    assert {red.parms.wlog, red.parms.plog, red.parms.scell_log} == {3, 19, 13}
    assert {red.max_p, red.flags, Red.flags(red)} == {85_899_345, {9, 15}, [:ecn, :nodrop]}
    assert Red.flags(%{red | flags: nil}) == [:ecn]

    # choke limit 1000 bandwidth 10mbit ecn
    choke =
      "14000100e803000053000000fa000000061710010800030051b81e05"
      |> bytes()
      |> then(&Captured.check(Qdisc.Choke, &1))

    assert %Red.Parms{limit: 1000, qth_min: 83, qth_max: 250, flags: [:ecn], wlog: 6} =
             choke.parms

    assert {choke.parms.plog, choke.parms.scell_log, choke.max_p} == {23, 16, 85_899_345}

    # sfb
    sfb =
      "28000100c027090060ea000019000000140000002100000003000000e80300000a00000014000000"
      |> bytes()
      |> then(&Captured.check(Sfb, &1))

    assert sfb.parms == %Sfb.Parms{
             rehash_interval: 600_000,
             warmup_time: 60_000,
             max: 25,
             bin_size: 20,
             increment: 33,
             decrement: 3,
             limit: 1000,
             penalty_rate: 10,
             penalty_burst: 20
           }

    # sfq limit 100 perturb 10 headdrop redflowlimit 60000 ecn
    sfq =
      Sfq.decode(
        bytes(
          "ea0500000a0000006400000000040000640000007f000000010000000000000088130000983a00000313000151b81e05" <>
            "010000000200000003000000040000000500000006000000"
        )
      )

    assert %Sfq{
             quantum: 1514,
             perturb_period: 10,
             limit: 100,
             divisor: 1024,
             flows: 100,
             depth: 127
           } = sfq

    assert %Sfq{headdrop: true, redflowlimit: 0, qth_min: 5000, qth_max: 15_000, flags: [:ecn]} =
             sfq

    assert %Sfq{wlog: 3, plog: 19, max_p: 85_899_345, prob_drop: 1, forced_drop: 2, prob_mark: 3} =
             sfq

    assert %Sfq{forced_mark: 4, prob_mark_head: 5, forced_mark_head: 6} = sfq
  end

  test "bytes of virtual queues" do
    # Setup of 4 queues, default 2, grio, ecn; queue 1 of 2; probabilities, the limit, the list of queues.
    dps = "100003000400000002000000 01010000"
    max_p = "0c000400 00000000cccccc0c"
    limit = "0800050060ea0000"

    queue =
      &"60ea0000983a0000a8610000#{&1}000000 0500000006000000 0700000008000000090000000a000000 03120d03 0b0000000c000000"

    parms = "6c000100" <> queue.("01") <> queue.("10")

    vq =
      "5c00060058000100080002000100000008000c00010000000c000300010000000000000008000400020000000800050003000000" <>
        "080006000400000008000700050000000800080006000000080009000700000008000a000800000008000b0009000000"

    # The entry ends with the bytes that it has here.
    vq = String.replace_prefix(vq, "5c00060058000100", "6400060060000100")
    gred = Captured.check(Gred, bytes(dps <> max_p <> limit <> parms <> vq))
    assert gred.dps == %Gred.Setup{dps: 4, def_dp: 2, grio: true, flags: [:ecn]}
    assert {gred.max_p, gred.limit, length(gred.parms)} == {[0, 214_748_364], 60_000, 2}

    assert [%Gred.Parms{limit: 60_000, qth_min: 15_000, qth_max: 25_000, dp: 1} = first] =
             Gred.queues(gred)

    assert {first.backlog, first.qave, first.forced, first.early, first.other, first.pdrop} ==
             {5, 6, 7, 8, 9, 10}

    assert {first.wlog, first.plog, first.scell_log, first.prio} == {3, 18, 13, 3}
    assert {first.packets, first.bytesin} == {11, 12}

    assert gred.vq_list == [
             %Gred.Vq{
               dp: 1,
               flags: [:ecn],
               stat_bytes: 1,
               stat_packets: 2,
               stat_backlog: 3,
               stat_prob_drop: 4,
               stat_prob_mark: 5,
               stat_forced_drop: 6,
               stat_forced_mark: 7,
               stat_pdrop: 8,
               stat_other: 9
             }
           ]
  end

  test "a plug is written as the kernel takes it" do
    for {opts, bytes} <- [
          {%{block: true}, <<0::native-32, 0xFFFFFFFF::native-32>>},
          {%{release: true}, <<1::native-32, 0xFFFFFFFF::native-32>>},
          {%{release_indefinite: true}, <<2::native-32, 0xFFFFFFFF::native-32>>},
          {%{limit: 9000, block: false}, <<3::native-32, 9000::native-32>>}
        ] do
      {:ok, plug} = Plug.build(opts)
      assert {opts, Plug.encode(plug), Plug.decode(bytes)} == {opts, bytes, plug}
    end

    assert Plug.build(%{}) == {:ok, nil}
  end

  # Counters, in the order of their struct; the first fields of the first have other widths.
  test "counters have the order of their struct" do
    for kind <- ~w(codel red choke sfb fq_pie hhf) do
      module = Xstats.__table__()[kind]
      fields = for {:field, name, _type} <- module.__codec__().header, do: name
      xstats = module.decode(for _ <- fields, into: <<>>, do: <<1::native-32>>)

      assert {kind, for(field <- fields, Map.fetch!(xstats, field) in [1, true], do: field)} ==
               {kind, fields}

      assert module.decode(<<>>) == struct!(module)
    end

    pie =
      <<1::native-64, 2::native-32, 3::native-32, 1::native-32, 4::native-32, 5::native-32,
        6::native-32>>

    xstats = Qdisc.Pie.Xstats.decode(pie <> <<7::native-32, 8::native-32>>)
    assert %{prob: 1, delay: 2, avg_dq_rate: 3, dq_rate_estimating: true, packets_in: 4} = xstats
    assert %{dropped: 5, overlimit: 6, maxq: 7, ecn_mark: 8} = xstats
  end

  # Checked by hand with the formulas of tc_red.c: packets of 1000 bytes at 10 Mbit/s take 12500 ticks.
  test "the decay of the average is a table of 256 shifts" do
    given = %{min: 15_000, max: 25_000, avpkt: 1000, burst: 20}
    assert {:ok, %{logs: logs, stab: stab, max_p: 85_899_345}} = Red.Early.parms(given)
    assert logs == [wlog: 3, plog: 19, scell_log: 13]
    # 8192 ticks are 0.0875 shifts: -ln(1 - 1/8) = 0.1335 in 12500 ticks.
    assert [0, 0, 0] = for(n <- [0, 1, 11], do: :binary.at(stab, n))
    assert [1, 8, 22, 31] = for(n <- [12, 100, 254, 255], do: :binary.at(stab, n))
    assert byte_size(stab) == 256
    # A rate at which a packet takes less than a tick.
    assert {:ok, %{logs: logs}} = Red.Early.parms(Map.put(given, :bandwidth, 125_000_000_000))
    assert logs[:scell_log] == 0
  end
end

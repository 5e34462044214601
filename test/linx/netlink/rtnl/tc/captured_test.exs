defmodule Linx.Netlink.Rtnl.Tc.CapturedTest do
  # Options and counters as Linux 7.2 sent them, for qdiscs and classes that `tc` had added.
  use ExUnit.Case, async: true

  import Bitwise, only: [<<<: 2]

  alias Linx.Netlink.Rtnl.Tc.{Class, Qdisc, Stab, Stats}
  alias Linx.Test.Captured

  doctest Qdisc.Fq
  doctest Qdisc.Dualpi2
  doctest Qdisc.Mqprio.Qopt

  @sixteen Enum.to_list(0..15)

  defp check(module, hex),
    do: Captured.check(module, Base.decode16!(String.replace(hex, ~r/\s/, ""), case: :lower))

  # fq limit 100 flow_limit 10 maxrate 1gbit horizon 1s
  test "options of FQ" do
    fq =
      check(Qdisc.Fq, """
      0800010064000000080002000a00000008000300d40b000008000400243b0000080005000100000008000700405973
      0708000900409c000008000a00ff03000008000b008e0c010008000c00ffffffff080008000a00000008000d001027
      000008000e0040420f00080012000000000005000f0001000000180010000300000001020202010200000101010101
      01010110001100000009000000030000000100
      """)

    assert %{plimit: 100, flow_plimit: 10, quantum: 3028, initial_quantum: 15_140} = fq
    assert %{rate_enable: true, flow_max_rate: 125_000_000, flow_default_rate: nil} = fq
    assert %{flow_refill_delay: 40_000, orphan_mask: 1023, low_rate_threshold: 68_750} = fq
    assert %{ce_threshold: 0xFFFFFFFF, buckets_log: 10, timer_slack: 10_000} = fq
    assert %{horizon: 1_000_000, horizon_drop: true, offload_horizon: 0} = fq
    assert fq.weights == [9 <<< 16, 3 <<< 16, 1 <<< 16]
    assert Qdisc.Prio.bands(fq.priomap) == [1, 2, 2, 2, 1, 2, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1]
    assert Qdisc.Fq.buckets(fq) == 1024
  end

  test "counters of FQ, of Linux 7.2 and of Linux 6.1" do
    hex =
      String.duplicate("00", 56) <>
        "8f020e58ffffffff" <>
        "0700000006000000010000000200000003000000000000000400000000000000" <>
        "05000000000000000600000000000000" <>
        "0700000000000000080000000000000009000000000000000a0000000b0000000c00000000000000"

    xstats = check(Qdisc.Fq.Xstats, hex)
    assert %{gc_flows: 0, time_next_delayed_flow: -2_817_654_129} = xstats
    assert %{flows: 7, inactive_flows: 6, throttled_flows: 1, unthrottle_latency_ns: 2} = xstats
    assert %{ce_mark: 3, horizon_drops: 4, horizon_caps: 5, fastpath_packets: 6} = xstats
    assert %{band0_drops: 7, band1_drops: 8, band2_drops: 9} = xstats
    assert %{band0_pkt_count: 10, band1_pkt_count: 11, band2_pkt_count: 12} = xstats

    older = Qdisc.Fq.Xstats.decode(binary_part(Base.decode16!(hex, case: :lower), 0, 104))
    assert %{horizon_caps: 5, fastpath_packets: nil, band2_pkt_count: nil} = older
  end

  # cake bandwidth 10mbit diffserv4 nat wash rtt 50ms overhead 10 mpu 64 atm fwmark 0xff memlimit 1mb
  test "options of CAKE" do
    cake =
      check(Qdisc.Cake, """
      0c000200d01213000000000008000500070000000800070050c3000008000800c409000008000a0000001000080009
      000000000008000f0000000000080010000000000008000b0001000000080003000100000008000d00010000000800
      06000a000000080004000100000008000e0040000000080011000100000008001200ff000000
      """)

    assert cake == %Qdisc.Cake{
             base_rate64: 1_250_000,
             diffserv_mode: :diffserv4,
             atm: :atm,
             flow_mode: :triple_isolate,
             overhead: 10,
             rtt: 50_000,
             target: 2500,
             autorate: false,
             memory: 1_048_576,
             nat: true,
             raw: nil,
             wash: true,
             mpu: 64,
             ingress: false,
             ack_filter: false,
             split_gso: true,
             fwmark: 0xFF
           }
  end

  @tin "0c000c002d310100000000000c000300ea0000000000000008000b000700000008000d008c71000008000e00182b0100" <>
         "0800020004000000080004000100000008000800020000000800060003000000080012000600000008001300080000" <>
         "0008001400090000" <>
         "0008000f000a000000080010000b000000080011000c000000080015000d000000080016000e000000080017000f00" <>
         "0000080018005a0000000800190031010000"

  test "counters of CAKE: of the qdisc with its classes of traffic, and of a flow" do
    tin = check(Qdisc.Cake.Stats.Tin, @tin)
    assert %{threshold_rate64: 78_125, sent_bytes64: 234, backlog_bytes: 7} = tin
    assert %{target_us: 29_068, interval_us: 76_568, sent_packets: 4, dropped_packets: 1} = tin
    assert %{ecn_marked_packets: 2, acks_dropped_packets: 3} = tin
    assert %{peak_delay_us: 6, avg_delay_us: 8, base_delay_us: 9} = tin
    assert %{way_indirect_hits: 10, way_misses: 11, way_collisions: 12} = tin
    assert %{sparse_flows: 13, bulk_flows: 14, unresponsive_flows: 15} = tin
    assert %{max_skblen: 90, flow_quantum: 305, dropped_bytes64: nil} = tin

    nest = "ac000100" <> @tin <> "ac000200" <> @tin
    size = div(byte_size(nest), 2) + 4

    stats =
      check(
        Qdisc.Cake.Stats,
        "0c000200d012130000000000080003000000100008000400000900000800050000000000080007004c0000000800" <>
          "09006a0000000800060022000000080008006a000000" <>
          Base.encode16(<<size::native-16, 10::native-16>>, case: :lower) <> nest
      )

    assert %{capacity_estimate64: 1_250_000, memory_limit: 1_048_576, memory_used: 2304} = stats
    assert %{avg_netoff: 0, min_netlen: 34, max_netlen: 76} = stats
    assert %{min_adjlen: 106, max_adjlen: 106, deficit: nil, tin_stats: [^tin, ^tin]} = stats

    flow =
      check(Qdisc.Cake.Stats, "08000b00c700000008000d000000000008000c000000000008000f0000000000")

    assert %{deficit: 199, dropping: false, cobalt_count: 0, p_drop: 0, tin_stats: nil} = flow
  end

  # hfsc default 10; hfsc sc umax 1500 dmax 10ms rate 1mbit ul m2 2mbit
  test "options and counters of HFSC" do
    assert check(Qdisc.Hfsc, "1000") == %Qdisc.Hfsc{defcls: 0x10}

    class =
      check(
        Class.Hfsc,
        "10000100f04902001027000048e8010010000200f04902001027000048e8010010000300000000000000000090d00300"
      )

    sc = %Class.Hfsc.Curve{m1: 150_000, d: 10_000, m2: 125_000}
    ul = %Class.Hfsc.Curve{m1: 0, d: 0, m2: 250_000}
    assert class == %Class.Hfsc{rsc: sc, fsc: sc, usc: ul}

    assert check(Class.Hfsc.Xstats, "d600000000000000d7000000000000000400000001000000") ==
             %Class.Hfsc.Xstats{work: 214, rtwork: 215, period: 4, level: 1}
  end

  test "options and counters of DRR, QFQ, ETS and multiq" do
    assert check(Class.Drr, "08000100b80b0000").quantum == 3000
    assert check(Class.Drr.Xstats, "b80b0000").deficit == 3000

    assert check(Class.Qfq, "080001000500000008000200d0070000") == %Class.Qfq{
             weight: 5,
             lmax: 2000
           }

    assert check(Class.Qfq.Xstats, "05000000d0070000") == %Class.Qfq.Xstats{weight: 5, lmax: 2000}
    assert check(Class.Ets, "0800040088130000").quanta_band == 5000
    assert check(Qdisc.Multiq, "04000300") == %Qdisc.Multiq{bands: 4, max_bands: 3}

    map = for band <- @sixteen, into: "", do: "05000600" <> Base.encode16(<<band>>) <> "000000"

    assert check(
             Qdisc.Ets,
             "0500010010000000050002000200000014000380080004008813000008000400d007000084000580" <>
               String.downcase(map)
           ) == %Qdisc.Ets{nbands: 16, nstrict: 2, quanta: [5000, 2000], priomap: @sixteen}
  end

  @zeros String.duplicate("00", 28)
  @qopt "0200010001" <>
          String.duplicate("00", 13) <> "01000300" <> @zeros <> "00000100" <> @zeros

  # mqprio num_tc 2 map 0 1 0 1 queues 1@0 3@1 hw 0
  test "options of mqprio" do
    mqprio =
      check(
        Qdisc.Mqprio,
        @qopt <>
          "0000" <>
          "140005800800010000000000080002000100000014000580080001000100000008000200020000000" <>
          "600010001000000060002000100000010000380" <>
          "0c000300e80300000000000010000480" <> "0c000400d007000000000000"
      )

    assert {mqprio.num_tc, mqprio.hw, mqprio.mode, mqprio.shaper} ==
             {2, false, :channel, :bw_rlimit}

    assert Qdisc.Mqprio.Qopt.queues(mqprio) == [{1, 0}, {3, 1}]
    assert Qdisc.Mqprio.Qopt.map(mqprio) == [0, 1, 0, 1] ++ List.duplicate(0, 12)
    assert Enum.map(mqprio.tc_entry, &{&1.index, &1.fp}) == [{0, :express}, {1, :preemptible}]
    assert {mqprio.min_rate64, mqprio.max_rate64} == {[1000], [2000]}
  end

  # taprio num_tc 2 map 0 1 0 1 queues 1@0 3@1 base-time 1000 sched-entry S 01 300000
  #   sched-entry S 02 300000 flags 1 txtime-delay 5000 clockid CLOCK_TAI
  @schedule "0c000300e8030000000000000c000800c0270900000000000c00090000000000000000004c000200240001000800" <>
              "0100000000000500020000000000080003000100000008000400e093040024000100080001000100000005000200" <>
              "0100000008000300020000000800040" <> "0e0930400"
  @taprio "56000100" <>
            @qopt <>
            "0000080005000b00000008000a000100000008000b00881300001c000c800800010000000000080002002c0100000800" <>
            "030001000000"

  test "options of taprio, with a schedule that has begun and one that has not" do
    taprio = check(Qdisc.Taprio, @taprio <> @schedule)
    assert Qdisc.Mqprio.Qopt.queues(taprio.priomap) == [{1, 0}, {3, 1}]
    assert %{sched_clockid: :tai, flags: [:txtime_assist], txtime_delay: 5000} = taprio
    assert %{sched_base_time: 1000, sched_cycle_time: 600_000} = taprio
    assert %{sched_cycle_time_extension: 0, admin_sched: nil} = taprio
    assert [%{index: 0, max_sdu: 300, fp: :express}] = taprio.tc_entry

    assert Enum.map(taprio.sched_entry_list, &{&1.index, &1.cmd, &1.gate_mask, &1.interval}) ==
             [{0, :set_gates, 1, 300_000}, {1, :set_and_hold, 2, 300_000}]

    size = div(byte_size(@schedule), 2) + 4
    nest = Base.encode16(<<size::native-16, 0x8007::native-16>>, case: :lower)
    waiting = check(Qdisc.Taprio, @taprio <> nest <> @schedule)
    assert {waiting.sched_base_time, waiting.admin_sched.sched_base_time} == {nil, 1000}
    assert waiting.admin_sched.sched_entry_list == taprio.sched_entry_list

    stats = check(Qdisc.Taprio.Stats, "0c00020005000000000000000c0003000600000000000000")
    assert stats == %Qdisc.Taprio.Stats{window_drops: 5, tx_overruns: 6}
  end

  # etf delta 100000 clockid CLOCK_TAI deadline_mode skip_sock_check;
  # cbs idleslope 20000 sendslope -980000 hicredit 30 locredit -1470
  test "options of ETF and CBS" do
    assert check(Qdisc.Etf, "10000100a08601000b00000005000000").parms ==
             %Qdisc.Etf.Parms{
               delta: 100_000,
               clockid: :tai,
               flags: [:deadline_mode, :skip_sock_check]
             }

    assert check(Qdisc.Cbs, "18000100000000001e00000042faffff204e0000e00bf1ff").parms ==
             %Qdisc.Cbs.Parms{
               offload: false,
               hicredit: 30,
               locredit: -1470,
               idleslope: 20_000,
               sendslope: -980_000
             }
  end

  # dualpi2 limit 500 memlimit 100000 coupling_factor 3 step_thresh 2ms min_qlen_step 4 overflow
  #   drop_enqueue any_ect classic_protection 50% no_split_gso target 10ms tupdate 20ms alpha 0.5 beta 2.75
  test "options and counters of dualpi2" do
    dualpi2 =
      check(Qdisc.Dualpi2, """
      08000100f401000008000200a0860100080003001027000008000400204e0000080005007f00000008000600bf0200
      0008000800d0070000080009000400000005000a000300000005000b000000000005000c000100000005000d003200
      000005000e000300000005000f0000000000
      """)

    assert dualpi2 == %Qdisc.Dualpi2{
             limit: 500,
             memory_limit: 100_000,
             target: 10_000,
             tupdate: 20_000,
             alpha: 127,
             beta: 703,
             step_thresh_us: 2000,
             min_qlen_step: 4,
             coupling: 3,
             drop_overload: :overflow,
             drop_early: :enqueue,
             c_protection: 50,
             ecn_mask: :any_ect,
             split_gso: false
           }

    assert {Qdisc.Dualpi2.alpha(dualpi2), Qdisc.Dualpi2.beta(dualpi2)} == {0.49609375, 2.74609375}

    assert check(
             Qdisc.Dualpi2.Xstats,
             "010000000200000003000000040000000500000006000000070000000800000" <>
               "0e026feff00000000c00300004009ce01"
           ) == %Qdisc.Dualpi2.Xstats{
             prob: 1,
             delay_c: 2,
             delay_l: 3,
             packets_in_c: 4,
             packets_in_l: 5,
             maxq: 6,
             ecn_mark: 7,
             step_marks: 8,
             credit: -121_120,
             memory_used: 0,
             max_memory_used: 960,
             memory_limit: 30_280_000
           }
  end

  # stab mtu 1500 mpu 64 overhead 10 linklayer atm tsize 128
  test "parameters of a size table" do
    assert check(Stab, "1c0001000400ffff0a0000000200000040000000dc05000080000000").base ==
             %Stab.Base{
               cell_log: 4,
               size_log: 0,
               cell_align: -1,
               overhead: 10,
               linklayer: :atm,
               mpu: 64,
               mtu: 1500,
               tsize: 128
             }
  end

  test "counters of the kind are in the counters of all kinds" do
    # TCA_KIND "drr", TCA_STATS2 with TCA_STATS_APP.
    kind = <<8::native-16, 1::native-16, "drr", 0>>
    stats = <<12::native-16, 7::native-16, 8::native-16, 4::native-16, 7::native-32>>
    class = Captured.check(Class, <<0::160>> <> kind <> stats)
    assert class.stats2 == %Stats{app: %Class.Drr.Xstats{deficit: 7}}
  end
end

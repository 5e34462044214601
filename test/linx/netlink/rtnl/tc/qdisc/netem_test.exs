defmodule Linx.Netlink.Rtnl.Tc.Qdisc.NetemTest do
  use ExUnit.Case, async: true

  alias Linx.Netlink.Rtnl.Tc.Qdisc.Netem
  alias Linx.Test.Captured

  doctest Netem

  # As Linux 7.2.13 reported `tc qdisc add dev v0 root netem delay 10ms 2ms 25 loss state 1 2 3 4 5 corrupt 1 2
  # duplicate 3 reorder 25 50 gap 5 rate 50gbit 14 48 5 slot 800us 1ms packets 32 bytes 64k ecn`.
  @options Base.decode16!(
             "5a620200e803000000000000050000007b14ae07127a0000" <>
               "0c000a0080969800000000000c000b0080841e0000000000100001000000004000000000000000000c0003000000004000000080" <>
               "0c000400295c8f0252b81e050c000800806e87740100000014000600ffffffff0e0000003000000005000000" <>
               "08000700010000001c00050018000100295c8f0252b81e057b14ae07cdcccc0ca4703d0a" <>
               "2c000c0000350c000000000040420f0000000000200000000000010000000000000000000000000000000000" <>
               "0c000e0030b64486239c608e",
             case: :lower
           )

  @gemodel Base.decode16!(
             "1800050014000200295c8f0252b81e0584eb51f8a4703d0a",
             case: :lower
           )

  test "bytes of a kernel" do
    netem = Captured.check(Netem, @options)
    assert %Netem{latency: 10_000_000, jitter: 2_000_000, limit: 1000, gap: 5, ecn: true} = netem
    assert {netem.loss, netem.duplicate} == {0, 128_849_019}
    assert %Netem.Corr{delay_corr: 0x40000000, loss_corr: 0, dup_corr: 0} = netem.corr
    assert %Netem.Chance{probability: 0x40000000, correlation: 0x80000000} = netem.reorder
    assert %Netem.Chance{probability: 42_949_673, correlation: 85_899_346} = netem.corrupt

    assert %Netem.Rate{rate: 0xFFFFFFFF, packet_overhead: 14, cell_size: 48, cell_overhead: 5} =
             netem.rate

    assert {Netem.latency(netem), Netem.jitter(netem), Netem.rate(netem), netem.prng_seed} ==
             {10_000_000, 2_000_000, 6_250_000_000, 0x8E609C238644B630}

    assert %Netem.Loss.Gimodel{p13: 42_949_673, p31: 85_899_346, p32: 128_849_019} =
             netem.loss_model.gi

    assert {netem.loss_model.gi.p14, netem.loss_model.gi.p23} == {214_748_365, 171_798_692}

    assert %Netem.Slot{
             min_delay: 800_000,
             max_delay: 1_000_000,
             max_packets: 32,
             max_bytes: 65_536
           } = netem.slot

    assert {netem.slot.dist_delay, netem.slot.dist_jitter} == {0, 0}

    head = binary_part(@options, 0, 24)
    netem = Captured.check(Netem, head <> @gemodel)

    assert netem.loss_model.ge == %Netem.Loss.Gemodel{
             p: 42_949_673,
             r: 85_899_346,
             h: 0xFFFFFFFF - 128_849_019,
             k1: 171_798_692
           }

    counters = for n <- 1..7, into: <<>>, do: <<n::native-64>>

    assert %Netem.Xstats{delayed: 1, dropped: 2, corrupted: 3, duplicated: 4} =
             xstats = Netem.Xstats.decode(counters)

    assert {xstats.reordered, xstats.ecn_marked, xstats.allocation_errors} == {5, 6, 7}
  end

  test "samples are the inverse of their distribution" do
    for name <- Netem.Distribution.names() do
      samples = Netem.Distribution.samples(name)
      assert {name, length(samples), Enum.sort(samples) == samples} == {name, 4096, true}
    end

    # The quartiles: 0.6745 deviations, and of the Pareto distribution (4/3)^(1/3) and 4^(1/3).
    quartiles = fn name ->
      name |> Netem.Distribution.samples() |> Enum.drop(1024) |> Enum.take_every(1024)
    end

    for {name, expected} <- [
          normal: [-5525, 0, 5525],
          uniform: [-4096, 0, 4096],
          pareto: [-4364, -2624, 952]
        ],
        {ours, theirs} <- Enum.zip(quartiles.(name), expected),
        do: assert({name, ours, abs(ours - theirs) <= 4} == {name, ours, true})
  end
end

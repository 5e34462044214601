defmodule Linx.Namespace.Rtnl.Tc.Qdisc.NetemTest do
  # Emulated networks. The judges are `tc`, the tables of iproute2, and what happens to packets.
  use Linx.Test.NamespaceCase, async: true

  import Linx.Test.Tc

  alias Linx.Netlink.Rtnl
  alias Linx.Netlink.Rtnl.Tc
  alias Linx.Netlink.Rtnl.Tc.Qdisc
  alias Linx.Netlink.Rtnl.Tc.Qdisc.Netem

  setup %{path: path, ns: ns} do
    {:ok, sock} = Rtnl.open({:path, path})
    # No packets of IPv6.
    sysctl!(ns, "net.ipv6.conf.default.disable_ipv6": 1)
    ip!(ns, "link add v0 type veth peer name v1")
    %{sock: sock}
  end

  test "the samples of a distribution are those of iproute2" do
    for name <- [:normal, :pareto, :paretonormal] do
      [file | _] =
        Enum.flat_map(~w(/usr/lib/tc /usr/lib/*/tc), &Path.wildcard("#{&1}/#{name}.dist"))

      samples =
        for line <- File.stream!(file),
            not String.starts_with?(line, "#"),
            number <- String.split(line),
            do: String.to_integer(number)

      assert length(samples) == 4096
      pairs = Enum.zip(Netem.Distribution.samples(name), samples)

      assert {name, for({ours, theirs} <- pairs, abs(ours - theirs) > 1, do: {ours, theirs})} ==
               {name, []}
    end
  end

  @same [
    {[limit: 5], "limit 5"},
    {[limit: 0xFFFFFFFF], "limit 4294967295"},
    {[delay: "10ms"], "delay 10ms"},
    {[delay: 1], "delay 1us"},
    {[delay: {10_000, "1ms"}], "delay 10000 1ms"},
    {[delay: {"100ms", "10ms", "25%"}, distribution: :normal],
     "delay 100ms 10ms 25% distribution normal"},
    {[delay: {"1s", "500ms"}, distribution: :pareto], "delay 1s 500ms distribution pareto"},
    {[delay: {"1s", "2s", 100}, distribution: :paretonormal],
     "delay 1s 2s 100% distribution paretonormal"},
    {[delay: "274s"], "delay 274s"},
    {[loss: 10], "loss 10%"},
    {[loss: "100%"], "loss random 100%"},
    {[loss: {0.3, 25}], "loss 0.3% 25%"},
    {[loss: {:state, 1}], "loss state 1%"},
    {[loss: {:state, 1, 20}], "loss state 1% 20%"},
    {[loss: {:state, 1, 20, 30}], "loss state 1% 20% 30%"},
    {[loss: {:state, 1, 20, 30, 40}], "loss state 1% 20% 30% 40%"},
    {[loss: {:state, [1, 20, 30, 40, 0.5]}], "loss state 1% 20% 30% 40% 0.5%"},
    {[loss: {:gemodel, 1}], "loss gemodel 1%"},
    {[loss: {:gemodel, 1, 10}], "loss gemodel 1% 10%"},
    {[loss: {:gemodel, [1, 10, 70]}], "loss gemodel 1% 10% 70%"},
    {[loss: {:gemodel, [1, 10, 70, 0.1]}, ecn: true], "loss gemodel 1% 10% 70% 0.1% ecn"},
    {[loss: 1, ecn: true], "loss 1% ecn"},
    {[corrupt: 0.1], "corrupt 0.1%"},
    {[corrupt: {1, 50}], "corrupt 1% 50%"},
    {[duplicate: 1], "duplicate 1%"},
    # tc sends this correlation beside another one alone.
    {[duplicate: {1, 25}, loss: {0, 1}], "duplicate 1% 25% loss 0% 1%"},
    {[delay: "10ms", reorder: 25], "delay 10ms reorder 25%"},
    {[delay: "10ms", reorder: {25, 50}, gap: 5], "delay 10ms reorder 25% 50% gap 5"},
    {[rate: 8], "rate 8bit"},
    {[rate: 999], "rate 999bit"},
    {[rate: "50gbit"], "rate 50gbit"},
    {[rate: {"1mbit", -14}], "rate 1mbit -14"},
    {[rate: {"1mbit", 20, 100}], "rate 1mbit 20 100"},
    {[rate: {"12kbps", 20, 48, -5}], "rate 12kbps 20 48 -5"},
    {[slot: "800us"], "slot 800us"},
    {[slot: {"800us", "1ms"}], "slot 800us 1ms"},
    {[slot: {"800us", "1ms", packets: 32, bytes: "64k"}], "slot 800us 1ms packets 32 bytes 64k"},
    {[slot: {:distribution, :normal, "10ms", "1ms", bytes: 9000}],
     "slot distribution normal 10ms 1ms bytes 9000"},
    {[
       delay: {"10ms", "1ms"},
       loss: 1,
       corrupt: 2,
       duplicate: 3,
       reorder: 4,
       rate: "1gbit",
       limit: 9
     ], "delay 10ms 1ms loss 1% corrupt 2% duplicate 3% reorder 4% rate 1gbit limit 9"}
  ]

  @tag :vm
  test "an emulated network is the same as that of tc", %{sock: sock, ns: ns} do
    assert_as_tc(sock, ns, :netem, @same, &%{&1 | prng_seed: nil, latency64: nil})
  end

  @tag :vm
  test "what is read is what was set", %{sock: sock, ns: ns} do
    # More than 32 bits of ticks hold.
    assert %Netem{limit: 1000} =
             netem = read(sock, delay: {"300s", "2s"}, distribution: [-8192, 0, 8192])

    assert {Netem.latency(netem), Netem.jitter(netem)} == {300_000_000_000, 2_000_000_000}
    assert {%{"delay" => %{"delay" => 274.878, "jitter" => 2}}, %{}} = tc_shown(ns, "v0")

    netem = read(sock, delay: "9223372036s", rate: "50gbit", seed: 0xFFFFFFFFFFFFFFFF)
    assert Netem.latency(netem) == 9_223_372_036_000_000_000
    assert {Netem.rate(netem), netem.prng_seed} == {6_250_000_000, 0xFFFFFFFFFFFFFFFF}

    netem = read(sock, loss: {1.5, 25}, delay: {"1ms", 0, 50}, duplicate: {2, 75})
    assert Tc.percent(netem.loss) == 1.5
    corr = netem.corr

    assert Enum.map([corr.loss_corr, corr.delay_corr, corr.dup_corr], &Tc.percent/1) ==
             [25.0, 50.0, 75.0]

    # A change without them.
    :ok = Qdisc.change(sock, "v0", :netem, rate: 0, limit: 3)
    {:ok, %{options: netem}} = Qdisc.get(sock, "v0", nil)
    assert {netem.limit, netem.loss, netem.duplicate, Netem.latency(netem)} == {3, 0, 0, 0}
    assert {netem.corr.loss_corr, Netem.rate(netem)} == {0, 0}

    for distribution <- [:uniform, :normal, :pareto],
        do: read(sock, delay: {1, 1}, distribution: distribution)
  end

  defp read(sock, opts) do
    assert {opts, Qdisc.replace(sock, "v0", :netem, opts)} == {opts, :ok}
    {:ok, %Qdisc{options: %Netem{} = netem}} = Qdisc.get(sock, "v0", nil)
    netem
  end

  describe "packets" do
    setup %{ns: ns} do
      %{udp: udp(ns)}
    end

    # The drops that `tc` shows after each of some rounds of packets.
    defp drops(%{ns: ns, sock: sock, udp: udp}, rounds, count, opts) do
      Qdisc.delete(sock, "v0")
      :ok = Qdisc.add(sock, "v0", :netem, opts)

      for _round <- 1..rounds do
        for n <- 1..count, do: send_udp(udp, "192.0.2.2", <<n::16>>)
        [%{"drops" => drops, "packets" => _}] = tc_json(ns, "qdisc show dev v0 root")
        drops
      end
    end

    @tag :vm
    test "are lost as the percentage says", %{sock: sock} = context do
      # 2000 packets: 200 on average, with a standard deviation of 13.4.
      [lost] = drops(context, 1, 2000, loss: 10, seed: 7)
      assert lost in 140..260
      {:ok, %Qdisc{stats2: stats, xstats: xstats}} = Qdisc.get(sock, "v0", nil)
      assert {stats.queue.drops, stats.basic.packets} == {lost, 2000 - lost}
      assert %Netem.Xstats{dropped: ^lost, delayed: 0, corrupted: 0, ecn_marked: 0} = xstats

      assert drops(context, 1, 50, loss: 100) == [50]
      assert drops(context, 1, 50, loss: {:state, 100, 0}) == [50]
      # From the second packet on in the bad state, which loses all.
      assert [lost] = drops(context, 1, 50, loss: {:gemodel, [100, 0, 100]})
      assert lost in 49..50
      assert drops(context, 1, 50, loss: {:gemodel, [100, 0, 0]}) == [0]
    end

    @tag :vm
    test "are lost in the order of the seed", context do
      drops = for seed <- [42, 42, 43], do: drops(context, 10, 20, loss: 50, seed: seed)
      assert [first, first, second] = drops
      assert first != second
    end

    @tag :vm
    test "are duplicated, and counted", %{sock: sock, ns: ns} = context do
      assert drops(context, 1, 20, duplicate: 100) == [0]
      assert [%{"packets" => 40}] = tc_json(ns, "qdisc show dev v0 root")
      {:ok, %Qdisc{xstats: xstats}} = Qdisc.get(sock, "v0", nil)
      assert %Netem.Xstats{duplicated: 20, dropped: 0} = xstats

      assert drops(context, 1, 20, corrupt: 100) == [0]
      assert {:ok, %Qdisc{xstats: %Netem.Xstats{corrupted: 20}}} = Qdisc.get(sock, "v0", nil)
    end
  end

  @tag :vm
  test "wrong input is an error before anything is sent", %{sock: sock} do
    for {opts, error} <- [
          {[delay: "9223372037s"], {:bad_option, :delay, "9223372037s"}},
          {[delay: {"1s", "2147483648ns"}], {:bad_option, :delay, {"1s", "2147483648ns"}}},
          {[delay: {1, 1, 101}], {:bad_option, :delay, {1, 1, 101}}},
          {[delay: {1, 1, 1, 1}], {:bad_option, :delay, {1, 1, 1, 1}}},
          {[delay: 1, distribution: :normal], {:missing_option, :delay}},
          {[distribution: :normal], {:missing_option, :delay}},
          {[delay: {1, 1}, distribution: :other], {:bad_option, :distribution, :other}},
          {[delay: {1, 1}, distribution: []], {:bad_option, :distribution, []}},
          {[delay: {1, 1}, distribution: [32_768]], {:bad_option, :distribution, [32_768]}},
          {[delay: {1, 1}, distribution: [1 | 2]], {:bad_option, :distribution, [1 | 2]}},
          {[loss: {:state}], {:bad_option, :loss, {:state}}},
          {[loss: {:state, 1, 1, 1, 1, 1, 1}], {:bad_option, :loss, {:state, 1, 1, 1, 1, 1, 1}}},
          {[loss: {:gemodel, [1 | 2]}], {:bad_option, :loss, {:gemodel, [1 | 2]}}},
          {[loss: {:gemodel, 1, -1}], {:bad_option, :loss, {:gemodel, 1, -1}}},
          {[loss: {1, 2, 3}], {:bad_option, :loss, {1, 2, 3}}},
          {[ecn: true], {:missing_option, :loss}},
          {[gap: 3], {:missing_option, :reorder}},
          {[reorder: 3], {:missing_option, :delay}},
          {[rate: 7], {:bad_option, :rate, 7}},
          {[rate: {8, 0x80000000}], {:bad_option, :rate, {8, 0x80000000}}},
          {[rate: {8, 0, -1}], {:bad_option, :rate, {8, 0, -1}}},
          {[slot: {2, 1}], {:bad_option, :slot, {2, 1}}},
          {[slot: {1, 2, [rows: 1]}], {:bad_option, :slot, {1, 2, [rows: 1]}}},
          {[slot: {1, 2, [bytes: "2gb"]}], {:bad_option, :slot, {1, 2, [bytes: "2gb"]}}},
          {[slot: {:distribution, :normal, 1, 0}],
           {:bad_option, :slot, {:distribution, :normal, 1, 0}}},
          {[limit: 0x1_0000_0000], {:bad_option, :limit, 0x1_0000_0000}},
          {[seed: -1], {:bad_option, :seed, -1}}
        ],
        do: assert({opts, Qdisc.add(sock, "v0", :netem, opts)} == {opts, {:error, error}})
  end
end

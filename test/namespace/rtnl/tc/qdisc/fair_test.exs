defmodule Linx.Namespace.Rtnl.Tc.Qdisc.FairTest do
  # FQ and CAKE, set and listed. The judge is `tc`; for options that `tc` of iproute2 6.1 does not have,
  # the values that the kernel lists.
  use Linx.Test.NamespaceCase, async: true

  import Linx.Test.Tc

  alias Linx.Netlink.Rtnl
  alias Linx.Netlink.Rtnl.Tc
  alias Linx.Netlink.Rtnl.Tc.{Class, Qdisc}
  alias Linx.Netlink.Rtnl.Tc.Qdisc.{Cake, Fq}

  @moduletag :vm

  setup %{path: path, ns: ns} do
    {:ok, sock} = Rtnl.open({:path, path})
    ip!(ns, "link add v0 type veth peer name v1")
    %{sock: sock}
  end

  # Options of ours, the words of `tc` for the same, and fields as they are read.
  @fq [
    {[limit: 100, flow_limit: 10], "limit 100 flow_limit 10", %{plimit: 100, flow_plimit: 10}},
    {[quantum: 3000, initial_quantum: 0], "quantum 3000 initial_quantum 0",
     %{quantum: 3000, initial_quantum: 0}},
    {[maxrate: "34gbit", low_rate_threshold: 8], "maxrate 34gbit low_rate_threshold 8bit",
     %{flow_max_rate: 4_250_000_000, low_rate_threshold: 1}},
    {[maxrate: 999, low_rate_threshold: 0, defrate: "1mbit"],
     "maxrate 999bit low_rate_threshold 0 defrate 1mbit",
     %{flow_max_rate: 124, low_rate_threshold: 0, flow_default_rate: nil}},
    {[maxrate: 34_359_738_360], "", %{flow_max_rate: 0xFFFFFFFF}},
    {[buckets: 4096, pacing: false], "buckets 4096 nopacing",
     %{buckets_log: 12, rate_enable: false}},
    {[buckets: 2, pacing: true], "buckets 2 pacing", %{buckets_log: 1, rate_enable: true}},
    {[buckets: 200_000], "buckets 200000", %{buckets_log: 18}},
    {[refill_delay: "1s", orphan_mask: 0xFFFF], "refill_delay 1s orphan_mask 65535",
     %{flow_refill_delay: 1_000_000, orphan_mask: 0xFFFF}},
    {[timer_slack: "4s", ce_threshold: "5ms"], "timer_slack 4s ce_threshold 5ms",
     %{timer_slack: 4_000_000_000, ce_threshold: 5000}},
    {[timer_slack: "1ns", ce_threshold: 1], "timer_slack 1ns ce_threshold 1us",
     %{timer_slack: 1, ce_threshold: 1}},
    {[horizon: 3, horizon_drop: false], "horizon 3us horizon_cap",
     %{horizon: 3, horizon_drop: false}},
    {[horizon: "20s", horizon_drop: true], "horizon 20s horizon_drop",
     %{horizon: 20_000_000, horizon_drop: true}}
  ]

  test "FQ is the same as that of tc", %{sock: sock, ns: ns} do
    same(sock, ns, :fq, @fq)
  end

  # tc of iproute2 6.1 has no such options: the kernel lists what it was given.
  test "FQ has bands with weights, and a horizon of the hardware", %{sock: sock} do
    map = [0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2, 0]
    :ok = Qdisc.add(sock, "v0", :fq, priomap: map, weights: [16_384, 0x7FFFFFFF, 70_000])
    {:ok, %Qdisc{options: fq}} = Qdisc.get(sock, "v0", nil)
    assert {Qdisc.Prio.bands(fq.priomap), fq.priomap.bands} == {map, 3}
    assert fq.weights == [16_384, 0x7FFFFFFF, 70_000]
    assert fq.offload_horizon == 0

    # veth has no pacing of its own, and takes no horizon but 0.
    :ok = Qdisc.change(sock, "v0", :fq, offload_horizon: 0)

    assert {:error, %Linx.Netlink.Error{errno: :einval}} =
             Qdisc.change(sock, "v0", :fq, offload_horizon: "10ms")
  end

  @cake [
    {[], "", %{base_rate64: 0, diffserv_mode: :diffserv3, flow_mode: :triple_isolate}},
    {[bandwidth: "10mbit"], "bandwidth 10mbit", %{base_rate64: 1_250_000, autorate: false}},
    {[bandwidth: 999], "bandwidth 999bit", %{base_rate64: 124}},
    {[bandwidth: "100gbit"], "bandwidth 100gbit", %{base_rate64: 12_500_000_000}},
    {[bandwidth: :unlimited], "unlimited", %{base_rate64: 0}},
    {[bandwidth: "1mbit", autorate_ingress: true], "bandwidth 1mbit autorate-ingress",
     %{base_rate64: 125_000, autorate: true}},
    {[diffserv: :diffserv8, flowmode: :dual_srchost], "diffserv8 dual-srchost",
     %{diffserv_mode: :diffserv8, flow_mode: :dual_srchost}},
    {[diffserv: :diffserv4, flowmode: :flowblind], "diffserv4 flowblind",
     %{diffserv_mode: :diffserv4, flow_mode: :flowblind}},
    {[diffserv: :besteffort, flowmode: :hosts], "besteffort hosts",
     %{diffserv_mode: :besteffort, flow_mode: :hosts}},
    {[diffserv: :precedence, flowmode: :srchost], "precedence srchost",
     %{diffserv_mode: :precedence, flow_mode: :srchost}},
    {[diffserv: :diffserv3, flowmode: :dsthost], "diffserv3 dsthost",
     %{diffserv_mode: :diffserv3, flow_mode: :dsthost}},
    {[flowmode: :flows], "flows", %{flow_mode: :flows}},
    {[flowmode: :dual_dsthost], "dual-dsthost", %{flow_mode: :dual_dsthost}},
    {[nat: true, wash: true, split_gso: false, ingress: true], "nat wash no-split-gso ingress",
     %{nat: true, wash: true, split_gso: false, ingress: true}},
    {[nat: false, wash: false, split_gso: true, ingress: false], "nonat nowash split-gso egress",
     %{nat: false, wash: false, split_gso: true, ingress: false}},
    {[ack_filter: true], "ack-filter", %{ack_filter: true}},
    {[ack_filter: :aggressive], "ack-filter-aggressive", %{ack_filter: :aggressive}},
    {[ack_filter: false], "no-ack-filter", %{ack_filter: false}},
    {[memlimit: "32mb", fwmark: 0xFF00], "memlimit 32mb fwmark 0xff00",
     %{memory: 33_554_432, fwmark: 0xFF00}},
    {[rtt: "50ms"], "rtt 50ms", %{rtt: 50_000, target: 2500}},
    {[rtt: 1], "rtt 1us", %{rtt: 1, target: 1}},
    {[rtt: :datacentre], "datacentre", %{rtt: 100, target: 5}},
    {[rtt: :lan], "lan", %{rtt: 1000, target: 50}},
    {[rtt: :metro], "metro", %{rtt: 10_000, target: 500}},
    {[rtt: :regional], "regional", %{rtt: 30_000, target: 1500}},
    {[rtt: :internet], "internet", %{rtt: 100_000, target: 5000}},
    {[rtt: :oceanic], "oceanic", %{rtt: 300_000, target: 15_000}},
    {[rtt: :satellite], "satellite", %{rtt: 1_000_000, target: 50_000}},
    {[rtt: :interplanetary], "interplanetary", %{rtt: 1_000_000_000, target: 50_000_000}},
    {[overhead: -64, mpu: 256], "overhead -64 mpu 256", %{overhead: -64, mpu: 256, raw: nil}},
    {[overhead: 256, atm: :ptm], "overhead 256 ptm", %{overhead: 256, atm: :ptm}},
    {[atm: :atm], "atm", %{atm: :atm, raw: 0}},
    {[atm: :noatm], "noatm", %{atm: :noatm}},
    {[raw: true], "raw", %{raw: 0, overhead: 0}},
    {[conservative: true], "conservative", %{atm: :atm, overhead: 48}},
    {[ipoa_vcmux: true], "ipoa-vcmux", %{atm: :atm, overhead: 8}},
    {[ipoa_llcsnap: true], "ipoa-llcsnap", %{atm: :atm, overhead: 16}},
    {[bridged_vcmux: true], "bridged-vcmux", %{atm: :atm, overhead: 24}},
    {[bridged_llcsnap: true], "bridged-llcsnap", %{atm: :atm, overhead: 32}},
    {[pppoa_vcmux: true], "pppoa-vcmux", %{atm: :atm, overhead: 10}},
    {[pppoa_llc: true], "pppoa-llc", %{atm: :atm, overhead: 14}},
    {[pppoe_vcmux: true], "pppoe-vcmux", %{atm: :atm, overhead: 32}},
    {[pppoe_llcsnap: true, ether_vlan: 1], "pppoe-llcsnap ether-vlan",
     %{atm: :atm, overhead: 44}},
    {[pppoe_ptm: true], "pppoe-ptm", %{atm: :ptm, overhead: 30}},
    {[bridged_ptm: true, ether_vlan: 2], "bridged-ptm ether-vlan ether-vlan",
     %{atm: :ptm, overhead: 30}},
    {[ethernet: true, overhead: 10], "overhead 10 ethernet", %{overhead: 48, mpu: 84}},
    {[ethernet: true, mpu: 100], "ethernet mpu 100", %{overhead: 38, mpu: 100}},
    {[docsis: true], "docsis", %{atm: :noatm, overhead: 18, mpu: 64}}
  ]

  test "CAKE is the same as that of tc", %{sock: sock, ns: ns} do
    same(sock, ns, :cake, @cake)
  end

  defp same(sock, ns, kind, cases) do
    for {opts, words, fields} <- cases do
      assert {opts, Qdisc.add(sock, "v0", kind, opts)} == {opts, :ok}
      tc!(ns, "qdisc add dev v1 root #{kind} #{words}")

      for details <- [false, true] do
        [ours] = tc_json(ns, "qdisc show dev v0", details: details)
        [theirs] = tc_json(ns, "qdisc show dev v1", details: details)

        assert {opts, ours["kind"], ours["options"]} ==
                 {opts, Atom.to_string(kind), theirs["options"]}
      end

      for link <- ["v0", "v1"] do
        {:ok, %Qdisc{options: read}} = Qdisc.get(sock, link, nil)
        assert {opts, link, Map.take(read, Map.keys(fields))} == {opts, link, fields}
        :ok = Qdisc.delete(sock, link)
      end
    end
  end

  test "options that are not given stay", %{sock: sock, ns: ns} do
    :ok = Qdisc.add(sock, "v0", :cake, bandwidth: "1mbit", overhead: 7)
    :ok = Qdisc.change(sock, "v0", :cake, bandwidth: "2mbit")

    assert [%{"options" => %{"bandwidth" => 250_000, "overhead" => 7}}] =
             tc_json(ns, "qdisc show dev v0")
  end

  # As tc: a given rate ends the estimation.
  test "a rate of CAKE ends its estimation", %{sock: sock, ns: ns} do
    :ok = Qdisc.add(sock, "v0", :cake, autorate_ingress: true)
    assert [%{"options" => %{"autorate" => _}}] = tc_json(ns, "qdisc show dev v0")
    :ok = Qdisc.change(sock, "v0", :cake, bandwidth: "2mbit")
    assert [%{"options" => options}] = tc_json(ns, "qdisc show dev v0")
    assert options["bandwidth"] == 250_000 and options["autorate"] == nil
  end

  # tc of iproute2 6.1 lists the CAKE of each transmit queue.
  test "CAKE for each transmit queue", %{sock: sock, ns: ns} do
    ip!(ns, "link add v2 numtxqueues 2 type veth peer name v3")
    opts = [bandwidth: "10mbit", diffserv: :besteffort, docsis: true, rtt: :metro]
    :ok = Qdisc.add(sock, "v2", :cake_mq, [handle: "1:"] ++ opts)

    assert {:ok, %Qdisc{kind: "cake_mq", options: %Cake{base_rate64: 1_250_000} = cake}} =
             Qdisc.get(sock, "v2", "1:")

    assert {cake.diffserv_mode, cake.overhead, cake.mpu, cake.rtt} ==
             {:besteffort, 18, 64, 10_000}

    words =
      ~r/qdisc cake 0: parent 1:[12] bandwidth 10Mbit besteffort .*rtt 10ms noatm overhead 18 mpu 64/

    assert length(Regex.scan(words, tc!(ns, "qdisc show dev v2"))) == 2
  end

  defp send!(ns) do
    for link <- ~w(v0 v1), do: ip!(ns, "link set #{link} up")
    ip!(ns, "address add 192.0.2.1/24 dev v0")
    ip!(ns, "neighbour add 192.0.2.2 lladdr 02:00:00:00:00:02 dev v0")
    {:ok, udp} = netns_udp(ns, "192.0.2.1")
    for n <- 1..5, do: send_udp(udp, "192.0.2.2", :binary.copy(<<n>>, 100 * n))
  end

  # The link is not to send by itself.
  defp quiet!(ns), do: ip!(ns, "link set v0 addrgenmode none")

  test "counters of FQ are those of tc", %{sock: sock, ns: ns} do
    quiet!(ns)
    :ok = Qdisc.add(sock, "v0", :fq)
    send!(ns)
    {:ok, %Qdisc{xstats: %Fq.Xstats{} = xstats, stats2: stats}} = Qdisc.get(sock, "v0", nil)
    [shown] = tc_json(ns, "qdisc show dev v0")

    assert {xstats.flows, xstats.inactive_flows, xstats.throttled, xstats.gc_flows} ==
             {shown["flows"], shown["inactive"], shown["throttled"], shown["gc"]}

    # Packets of a queue that is empty pass without a flow.
    assert xstats.flows + xstats.fastpath_packets >= 5 and stats.basic.packets >= 5
    assert {xstats.band0_drops, xstats.band2_pkt_count, xstats.pkts_too_long} == {0, 0, 0}
    assert stats.app == xstats
  end

  test "counters of CAKE are those of tc", %{sock: sock, ns: ns} do
    quiet!(ns)
    :ok = Qdisc.add(sock, "v0", :cake, bandwidth: "10mbit", diffserv: :diffserv4)
    send!(ns)
    {:ok, %Qdisc{xstats: nil, stats2: %{app: stats}}} = Qdisc.get(sock, "v0", nil)
    [shown] = tc_json(ns, "qdisc show dev v0")

    assert {stats.memory_used, stats.memory_limit, stats.capacity_estimate64, stats.avg_netoff} ==
             {shown["memory_used"], shown["memory_limit"], shown["capacity_estimate"],
              shown["avg_hdr_offset"]}

    assert {stats.min_netlen, stats.max_netlen, stats.min_adjlen, stats.max_adjlen} ==
             {shown["min_network_size"], shown["max_network_size"], shown["min_adj_size"],
              shown["max_adj_size"]}

    assert Enum.map(stats.tin_stats, &tin/1) == shown["tins"]
    assert [%{sent_packets: 0}, %{sent_packets: 5}, _, _] = stats.tin_stats

    {:ok, [%Class{kind: "cake", stats2: %{app: %Cake.Stats{} = flow}} | _]} =
      Class.list(sock, "v0")

    assert %{cobalt_count: 0, dropping: false, p_drop: 0, tin_stats: nil} = flow
    assert tc!(ns, "-s class show dev v0") =~ "deficit #{flow.deficit} count 0 blue_prob 0"
  end

  # The names of tc for the fields that the kernel sends.
  defp tin(%Cake.Stats.Tin{} = tin) do
    %{
      "threshold_rate" => tin.threshold_rate64,
      "sent_bytes" => tin.sent_bytes64,
      "backlog_bytes" => tin.backlog_bytes,
      "target_us" => tin.target_us,
      "interval_us" => tin.interval_us,
      "peak_delay_us" => tin.peak_delay_us,
      "avg_delay_us" => tin.avg_delay_us,
      "base_delay_us" => tin.base_delay_us,
      "sent_packets" => tin.sent_packets,
      "way_indirect_hits" => tin.way_indirect_hits,
      "way_misses" => tin.way_misses,
      "way_collisions" => tin.way_collisions,
      "drops" => tin.dropped_packets,
      "ecn_mark" => tin.ecn_marked_packets,
      "ack_drops" => tin.acks_dropped_packets,
      "sparse_flows" => tin.sparse_flows,
      "bulk_flows" => tin.bulk_flows,
      "unresponsive_flows" => tin.unresponsive_flows,
      "max_pkt_len" => tin.max_skblen,
      "flow_quantum" => tin.flow_quantum
    }
  end

  test "counters of the flows of fq_codel are those of tc", %{sock: sock, ns: ns} do
    udp = udp(ns)
    congested(sock, :fq_codel, flows: 1, target: 1, interval: 1)
    for n <- 1..40, do: send_udp(udp, "192.0.2.2", :binary.copy(<<n>>, 900))
    {:ok, [class]} = Class.list(sock, "v0", kind: :fq_codel)
    shown = tc_class(ns, "v0", Tc.handle(class.handle))
    flow = Qdisc.FqCodel.Xstats.flow(class.xstats)

    assert {"fq_codel", "#{flow.deficit}", "#{flow.count}", "#{flow.lastcount}"} ==
             {shown["kind"], shown["deficit"], shown["count"], shown["lastcount"]}

    assert flow.deficit != 0
    assert class.stats2.app == class.xstats
    assert shown["ldelay"] =~ ~r/^[\d.]+(us|ms|s)$/
    assert {:ok, %Qdisc{xstats: xstats}} = Qdisc.get(sock, "v0", "2:")
    assert {xstats.type, Qdisc.FqCodel.Xstats.flow(xstats)} == {:qdisc, nil}
  end
end

defmodule Linx.Namespace.Rtnl.Reconcile.TcKindsTest do
  # Options of each kind of traffic control in a pass: the next pass has to find nothing to do.
  use Linx.Test.NamespaceCase, async: true

  import Linx.Test.ReconcileHelpers, only: [reconcile!: 3]

  alias Linx.Netlink.{Rtnl, Socket}

  # Most kernels lack most kinds.
  @moduletag :vm

  setup %{ns: ns, path: path} do
    sysctl!(ns, "net.ipv6.conf.default.disable_ipv6": 1)
    ip!(ns, "link add v numtxqueues 4 numrxqueues 4 type veth peer name w")
    for link <- ["v", "w"], do: ip!(ns, "link set #{link} up")
    {:ok, sock} = Rtnl.open({:path, path})
    on_exit(fn -> Socket.close(sock) end)
    %{sock: sock}
  end

  @max 0xFFFFFFFF

  @qdiscs [
    pfifo: [limit: 7],
    noqueue: [],
    bfifo: [limit: "10k"],
    pfifo_head_drop: [limit: 9],
    prio: [bands: 4],
    prio: [bands: 3],
    multiq: [],
    tbf: [rate: "10mbit", burst: "32k", latency: "50ms"],
    tbf: [
      rate: "50gbit",
      burst: "1mb",
      limit: "2mb",
      peakrate: "60gbit",
      mtu: 9000,
      overhead: 20,
      mpu: 64
    ],
    tbf: [rate: 999, burst: 1600, limit: 3000, linklayer: :atm],
    sfq: [perturb: 10],
    sfq: [limit: 100, quantum: 3000, divisor: 512, flows: 64, depth: 20, headdrop: true],
    sfq: [redflowlimit: 100_000],
    red: [limit: "400k", avpkt: 1000],
    red: [limit: 60_000, min: 15_000, max: 25_000, avpkt: 1000, burst: 20, ecn: true],
    gred: [vqs: 4, default: 2],
    choke: [limit: 100, bandwidth: "1gbit", min: 10, max: 90, burst: 40, ecn: true],
    sfb: [rehash: 1000, db: 500, limit: 9, max: 40, target: 33, penalty_rate: 7],
    codel: [limit: 7, target: "10ms", interval: "200ms", ecn: true, ce_threshold: 1000],
    codel: [limit: @max, target: @max, interval: @max],
    fq_codel: [target: "7ms", interval: "90ms", limit: 50, quantum: 300, ecn: false],
    fq_codel: [memory_limit: "1mb", ce_threshold: "3ms", drop_batch: 7],
    pie: [limit: 7, target: "10ms", tupdate: "50ms", alpha: 3, beta: 32, ecn: true],
    fq_pie: [limit: 70, flows: 64, target: "10ms", tupdate: "50ms", quantum: "9k", ecn_prob: 99],
    hhf: [
      limit: 70,
      quantum: 3000,
      reset_timeout: "100ms",
      evict_timeout: "2s",
      admit_bytes: "9k"
    ],
    skbprio: [limit: 1],
    plug: [],
    fq: [limit: 100, flow_limit: 10, quantum: 3000, maxrate: "34gbit", low_rate_threshold: 8],
    fq: [buckets: 4096, pacing: false, refill_delay: "1s", timer_slack: "4s", ce_threshold: "5ms"],
    fq: [horizon: "20s", horizon_drop: true, orphan_mask: 0xFFFF],
    cake: [bandwidth: "10mbit", diffserv: :diffserv8, flowmode: :dual_srchost, nat: true],
    cake: [
      bandwidth: "100gbit",
      rtt: "50ms",
      overhead: -64,
      mpu: 256,
      memlimit: "32mb",
      wash: true
    ],
    cake: [ethernet: true, ack_filter: :aggressive, split_gso: false, ingress: true],
    netem: [delay: {"100ms", "10ms", "25%"}, distribution: :normal, loss: {0.3, 25}],
    netem: [loss: {:gemodel, [1, 10, 70, 0.1]}, ecn: true, corrupt: {1, 50}, duplicate: 1],
    netem: [delay: "10ms", reorder: {25, 50}, gap: 5, rate: {"12kbps", 20, 48, -5}, limit: 9],
    netem: [
      loss: {:state, [1, 20, 30, 40, 0.5]},
      slot: {"800us", "1ms", packets: 32, bytes: 9000}
    ],
    netem: [delay: "1us", seed: 77],
    htb: [default: 0x20],
    htb: [default: 0x30, r2q: 5],
    hfsc: [default: 5],
    drr: [],
    qfq: [],
    ets: [bands: 4, strict: 1, quanta: [3000, 2000, 1000]],
    etf: [clockid: :tai, delta: 1000],
    cbs: [hicredit: 10, locredit: -10, sendslope: -5, idleslope: 5],
    mq: [],
    mqprio: [num_tc: 2, map: [0, 1], queues: [{2, 0}, {2, 2}], hw: false],
    taprio: [
      num_tc: 2,
      map: [0, 1],
      queues: [{1, 0}, {1, 1}],
      base_time: 0,
      clockid: :tai,
      sched_entry: [{"S", 1, 1_000_000}, {"S", 2, 2_000_000}]
    ],
    dualpi2: [limit: 100],
    clsact: []
  ]

  @classes [
    htb: [rate: "1mbit", ceil: "10mbit", burst: "10k", cburst: 3000, prio: 3, quantum: 2000],
    htb: [rate: "50gbit", mpu: 64, overhead: 20, linklayer: :atm],
    hfsc: [sc: [m1: "2mbit", d: "10ms", m2: "1mbit"], ul: [rate: "5mbit"]],
    drr: [quantum: 3000],
    qfq: [weight: 5, maxpkt: 1500],
    ets: [quantum: 5000]
  ]

  @mac "02:00:00:00:00:01"

  @filters [
    flower: [protocol: :ip, ip_proto: :tcp, dst_port: {1, 9}, src_ip: "10.0.0.0/8", ip_ttl: 7],
    flower: [protocol: :ip, ip_proto: :tcp, dst_port: {1, 9}],
    flower: [protocol: :ip, ip_proto: :tcp, dst_port: 9, actions: [gact: [action: :drop]]],
    flower: [protocol: :ip, ip_proto: :tcp, dst_port: 9, actions: [gact: [action: :pass]]],
    flower: [protocol: :"802.1q", vlan_id: 7, vlan_prio: 3, dst_mac: @mac, indev: "w"],
    flower: [protocol: :ipv6, ip_proto: :icmpv6, type: 128, ip_flags: [:frag], enc_key_id: 7],
    flower: [protocol: :ip, ct_state: [:trk, :est], ct_mark: {1, 3}, skip_hw: true],
    u32: [handle: "800::1", match: [ip: [dst: "10.1.0.0/16", protocol: 6, dport: 22]]],
    basic: [match: {:and, [{:meta, :pktlen, :lt, 90}, {:not, {:u32, {1, 3, 8}}}]}],
    bpf: [bytecode: "1,6 0 0 4294967295"],
    fw: [handle: 6, mask: 0xFF],
    flow: [map: [:dst], and: 0xFF, divisor: 256, rshift: 2],
    flow: [hash: [:src, :dst], divisor: 1024, perturb: 60],
    cgroup: [match: {:meta, :nfmark, :gt, 24}, classid: nil],
    matchall: [skip_hw: true]
  ]

  @actions [
    gact: [action: :drop],
    gact: [action: {:goto, 3}, cookie: "abc"],
    mirred: [egress: :redirect, dev: "w"],
    police: [
      rate: "1mbit",
      burst: "10k",
      peakrate: "2mbit",
      mtu: 1600,
      conform_exceed: {:drop, :pipe}
    ],
    police: [pkts_rate: 1000, pkts_burst: 30],
    vlan: [push: true, id: 5, priority: 7, protocol: :"802.1ad"],
    skbedit: [mark: {0x10, 0xF0}, priority: "1:10", queue_mapping: 3],
    skbmod: [set: true, dmac: @mac, etype: 0x800],
    tunnel_key: [
      set: true,
      src_ip: "10.0.0.1",
      dst_ip: "10.0.0.2",
      id: 7,
      dst_port: 4789,
      ttl: 64
    ],
    pedit: [munge: [ip: [ttl: {:add, 255}], eth: [dst: {:set, @mac}]]],
    ct: [commit: true, zone: 4, mark: {0x10, 0xF0}, nat: {:src, "192.0.2.1"}],
    ctinfo: [dscp: {0x3F, 0x80}, zone: 3],
    csum: [update: [:ip4h, :udp]],
    nat: [ingress: {"192.0.2.0/24", "198.51.100.1"}],
    bpf: [bytecode: [{6, 0, 0, 0xFFFFFFFF}]],
    mpls: [push: true, label: 7, ttl: 9, protocol: :mpls_uc],
    sample: [rate: 100, group: 5, trunc: 128],
    simple: [sdata: "text"],
    connmark: [zone: 7],
    gate: [sched_entry: [{:open, "200us"}, {:close, "100us"}], clockid: :tai],
    ife: [encode: true, use: [mark: 0x12], dst: @mac]
  ]

  # Reconciles twice, and returns what the first pass notes.
  defp settle(sock, want, last, name) do
    report = reconcile!(sock, want, last)
    assert {name, report.failed, report.conflicts} == {name, [], []}
    assert {name, report.applied} != {name, []}
    assert {name, reconcile!(sock, want, report.last_applied).applied} == {name, []}
    report.last_applied
  end

  test "qdiscs of all kinds", %{sock: sock} do
    Enum.reduce(@qdiscs, %{}, fn {kind, opts}, last ->
      settle(sock, %{qdiscs: [{"v", kind, opts}]}, last, {kind, opts})
    end)
  end

  test "classes of all kinds", %{sock: sock} do
    Enum.reduce(@classes, %{}, fn {kind, opts}, last ->
      qdisc = if kind == :ets, do: [bands: 2], else: []

      want = %{
        qdiscs: [{"v", kind, [handle: "1:"] ++ qdisc}],
        classes: [{"v", kind, [parent: "1:", classid: "1:1"] ++ opts}]
      }

      settle(sock, want, last, {kind, opts})
    end)
  end

  test "filters of all kinds", %{sock: sock} do
    want = fn filters -> %{qdiscs: [{"v", :htb, handle: "1:"}], filters: filters} end

    Enum.reduce(@filters, %{}, fn {kind, opts}, last ->
      class = if kind == :flow, do: :baseclass, else: :classid
      opts = Keyword.merge([{class, "1:1"}, parent: "1:", prio: 5, handle: 1], opts)
      opts = for {key, value} <- opts, value != nil, do: {key, value}
      settle(sock, want.([{"v", kind, opts}]), last, {kind, opts})
    end)
  end

  test "actions of all kinds", %{sock: sock} do
    Enum.reduce(@actions, %{}, fn action, last ->
      place = [parent: :egress, prio: 5, handle: 1, protocol: :ip, ip_proto: :tcp]
      filter = {"v", :flower, place ++ [actions: [action, {:gact, action: :pass}]]}
      settle(sock, %{qdiscs: [{"v", :clsact}], filters: [filter]}, last, action)
    end)
  end
end

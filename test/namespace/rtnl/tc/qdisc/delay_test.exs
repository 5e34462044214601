defmodule Linx.Namespace.Rtnl.Tc.Qdisc.DelayTest do
  # Qdiscs that bound the delay, and simple ones. The judge is `tc`.
  use Linx.Test.NamespaceCase, async: true

  import Linx.Test.Tc

  alias Linx.Netlink.Rtnl
  alias Linx.Netlink.Rtnl.Tc.Qdisc

  @moduletag :vm

  setup %{path: path, ns: ns} do
    {:ok, sock} = Rtnl.open({:path, path})
    sysctl!(ns, "net.ipv6.conf.default.disable_ipv6": 1)
    ip!(ns, "link add v0 type veth peer name v1")
    %{sock: sock}
  end

  @max 0xFFFFFFFF

  # Options of ours and words of `tc` by kind, and fields that are read after the last ones.
  @kinds [
    codel: {
      [
        {[], ""},
        {[limit: 7, target: "10ms", interval: "200ms"], "limit 7 target 10ms interval 200ms"},
        {[ecn: true, ce_threshold: 1000], "ecn ce_threshold 1ms"},
        {[ecn: false], "noecn"},
        {[limit: @max, target: @max, interval: @max, ce_threshold: "4294s", ecn: true],
         "limit #{@max} target #{@max}us interval #{@max}us ce_threshold 4294s ecn"}
      ],
      # Whole steps of 1024 ns.
      limit: @max,
      target: 4_294_967_294,
      interval: 4_294_967_294,
      ce_threshold: 4_294_000_000,
      ecn: true
    },
    pie: {
      [
        {[], ""},
        {[limit: 7, target: "10ms", tupdate: "50ms"], "limit 7 target 10ms tupdate 50ms"},
        {[alpha: 3, beta: 32, ecn: true, bytemode: true], "alpha 3 beta 32 ecn bytemode"},
        {[ecn: false, bytemode: false, dq_rate_estimator: false],
         "noecn nobytemode no_dq_rate_estimator"},
        {[limit: @max, target: "4294s", dq_rate_estimator: true],
         "limit #{@max} target 4294s dq_rate_estimator"},
        {[target: "4200ms", alpha: 1, bytemode: true], "target 4200ms alpha 1 bytemode"}
      ],
      limit: 1000,
      target: 4_200_000,
      alpha: 1,
      beta: 20,
      ecn: false,
      bytemode: true,
      dq_rate_estimator: false
    },
    fq_pie: {
      [
        {[], ""},
        {[limit: 7, flows: 65_536, target: "10ms", tupdate: "50ms"],
         "limit 7 flows 65536 target 10ms tupdate 50ms"},
        {[alpha: 3, beta: 32, ecn: true, bytemode: true, dq_rate_estimator: true],
         "alpha 3 beta 32 ecn bytemode dq_rate_estimator"},
        {[ecn: false, bytemode: false], "noecn nobytemode"},
        {[quantum: "9k", memory_limit: "3gb", ecn_prob: 99, flows: 1, limit: @max],
         "quantum 9k memory_limit 3gb ecn_prob 99 flows 1 limit #{@max}"}
      ],
      limit: @max, flows: 1, quantum: 9216, memory_limit: 3_221_225_472, ecn_prob: 99
    },
    hhf: {
      [
        {[], ""},
        {[limit: @max, quantum: 3000, hh_limit: 100], "limit #{@max} quantum 3000 hh_limit 100"},
        {[reset_timeout: "100ms", admit_bytes: "128k", evict_timeout: "2s", non_hh_weight: 5],
         "reset_timeout 100ms admit_bytes 131072 evict_timeout 2s non_hh_weight 5"}
      ],
      backlog_limit: 1000,
      reset_timeout: 100_000,
      admit_bytes: 131_072,
      evict_timeout: 2_000_000,
      non_hh_weight: 5
    },
    skbprio: {[{[], ""}, {[limit: 1], "limit 1"}, {[limit: @max], "limit #{@max}"}], limit: @max}
  ]

  for {kind, {cases, read}} <- @kinds do
    test "#{kind} is the same as that of tc", %{sock: sock, ns: ns} do
      options = List.last(assert_as_tc(sock, ns, unquote(kind), unquote(cases)))
      assert Map.take(options, unquote(Keyword.keys(read))) == Map.new(unquote(read))
    end
  end

  # Counters, by the names of `tc`; the first is not 0 when 10 of 40 packets have room.
  @counters [
    codel: [
      drop_overlimit: :drop_overlimit,
      maxpacket: :maxpacket,
      count: :count,
      lastcount: :lastcount,
      ecn_mark: :ecn_mark
    ],
    pie: [
      overlimit: :overlimit,
      pkts_in: :packets_in,
      dropped: :dropped,
      maxq: :maxq,
      ecn_mark: :ecn_mark
    ],
    fq_pie: [
      overlimit: :overlimit,
      pkts_in: :packets_in,
      dropped: :dropped,
      overmemory: :overmemory,
      new_flow_count: :new_flow_count,
      new_flows_len: :new_flows_len,
      old_flows_len: :old_flows_len,
      memory_used: :memory_usage
    ],
    hhf: [
      drop_overlimit: :drop_overlimit,
      hh_overlimit: :hh_overlimit,
      tot_hh: :hh_tot_count,
      cur_hh: :hh_cur_count
    ]
  ]

  test "counters are those of tc", %{sock: sock, ns: ns} do
    udp = udp(ns)

    for {kind, counters} <- @counters do
      congested(sock, kind, limit: 10)
      for n <- 1..40, do: send_udp(udp, "192.0.2.2", :binary.copy(<<n>>, 900))
      {shown, xstats} = xstats(sock, ns)

      for {theirs, ours} <- counters,
          do: assert({kind, ours, Map.fetch!(xstats, ours)} == {kind, ours, shown["#{theirs}"]})

      [{_, first} | _] = counters
      assert {kind, Map.fetch!(xstats, first) > 0} == {kind, true}
    end
  end

  test "a plug holds packets until it is released", %{sock: sock, ns: ns} do
    udp = udp(ns)

    send = fn count -> for n <- 1..count, do: send_udp(udp, "192.0.2.2", <<n>>) end

    waiting = fn ->
      [%{"kind" => "plug", "qlen" => count, "drops" => drops}] =
        tc_json(ns, "qdisc show dev v0 root")

      {count, drops}
    end

    change = &Qdisc.change(sock, "v0", :plug, &1)
    assert Qdisc.add(sock, "v0", :plug, limit: "1mb") == :ok
    send.(3)
    assert waiting.() == {3, 0}
    assert change.(block: true) == :ok
    send.(2)
    assert change.(release: true) == :ok
    becomes(waiting, {2, 0})
    assert change.(release_indefinite: true) == :ok
    becomes(waiting, {0, 0})
    assert change.(block: true) == :ok
    assert change.(limit: 0) == :ok
    send.(4)
    assert waiting.() == {0, 4}

    # A queue that is added by an action has room.
    assert Qdisc.delete(sock, "v0") == :ok
    assert Qdisc.add(sock, "v0", :plug, block: true) == :ok
    send.(4)
    assert waiting.() == {4, 0}
    assert {:ok, %Qdisc{options: nil}} = Qdisc.get(sock, "v0", nil)
    assert change.(block: true, release: true) == {:error, {:bad_option, :release, true}}
    assert change.(block: 1) == {:error, {:bad_option, :block, 1}}
  end

  test "wrong input is an error before anything is sent", %{sock: sock} do
    for {kind, opts, error} <- [
          {:codel, [target: "4295s"], {:bad_option, :target, "4295s"}},
          {:codel, [ecn: 1], {:bad_option, :ecn, 1}},
          {:pie, [alpha: 33], {:bad_option, :alpha, 33}},
          {:pie, [flows: 3], {:unknown_option, :flows}},
          {:fq_pie, [flows: 65_537], {:bad_option, :flows, 65_537}},
          {:hhf, [non_hh_weight: 0], {:bad_option, :non_hh_weight, 0}},
          {:skbprio, [limit: -1], {:bad_option, :limit, -1}}
        ],
        do: assert({kind, Qdisc.add(sock, "v0", kind, opts)} == {kind, {:error, error}})
  end
end

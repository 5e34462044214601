defmodule Linx.Namespace.Rtnl.Tc.Qdisc.TimedTest do
  # mqprio, taprio, ETF, CBS and dualpi2, set and listed. The judge is `tc`; for options that `tc` of iproute2
  # 6.1 does not have, the values that the kernel lists.
  use Linx.Test.NamespaceCase, async: true

  import Linx.Test.Tc

  alias Linx.Netlink.{Error, Rtnl}
  alias Linx.Netlink.Rtnl.Tc.Qdisc
  alias Linx.Netlink.Rtnl.Tc.Qdisc.{Dualpi2, Mqprio, Taprio}
  alias Linx.Netlink.Rtnl.Tc.Qdisc.Mqprio.Qopt

  @moduletag :vm

  @rtm_newqdisc 36
  @tca_options 2

  setup %{path: path, ns: ns} do
    {:ok, sock} = Rtnl.open({:path, path})
    queues = "numtxqueues 4 numrxqueues 4"
    ip!(ns, "link add v0 #{queues} type veth peer name v1 #{queues}")
    for link <- ~w(v0 v1), do: ip!(ns, "link set #{link} up")
    %{sock: sock}
  end

  defp shown(ns, link, kind) do
    kind = Atom.to_string(kind)

    Enum.find(tc_json(ns, "qdisc show dev #{link}", details: true), &(&1["kind"] == kind))[
      "options"
    ]
  end

  # Options of ours, and the words of `tc` for the same.
  defp same(sock, ns, kind, cases, fun) do
    for {opts, words} <- cases do
      assert {opts, Qdisc.add(sock, "v0", kind, [handle: "1:"] ++ opts)} == {opts, :ok}
      tc!(ns, "qdisc add dev v1 root handle 1: #{kind} #{words}")
      ours = shown(ns, "v0", kind)
      assert is_map(ours)
      assert {opts, ours} == {opts, shown(ns, "v1", kind)}

      for link <- ~w(v0 v1) do
        {:ok, %Qdisc{options: read}} = Qdisc.get(sock, link, "1:")
        fun.(opts, read)
        :ok = Qdisc.delete(sock, link)
      end
    end
  end

  test "mqprio is the same as that of tc", %{sock: sock, ns: ns} do
    same(
      sock,
      ns,
      :mqprio,
      [
        {[num_tc: 2, map: [0, 1, 0, 1], queues: [{1, 0}, {3, 1}], hw: false],
         "num_tc 2 map 0 1 0 1 queues 1@0 3@1 hw 0"},
        {[
           num_tc: 4,
           map: Enum.map(0..15, &rem(&1, 4)),
           queues: for(n <- 0..3, do: {1, n}),
           hw: false
         ], "num_tc 4 map 0 1 2 3 0 1 2 3 0 1 2 3 0 1 2 3 queues 1@0 1@1 1@2 1@3 hw 0"}
      ],
      fn opts, %Mqprio{} = read ->
        assert Qopt.queues(read) == opts[:queues]
        assert Enum.take(Qopt.map(read), length(opts[:map])) == opts[:map]
        assert {read.num_tc, read.hw, read.mode} == {opts[:num_tc], false, nil}
        # Of Linux 6.4.
        assert [%{index: 0, fp: :express} | _] = read.tc_entry
      end
    )

    # veth has no such hardware.
    assert {:error, %Error{errno: errno}} =
             Qdisc.add(sock, "v0", :mqprio, num_tc: 2, map: [0, 1], queues: [{1, 0}, {3, 1}])

    assert errno in [:einval, :eopnotsupp]
  end

  # No link of the virtual machine has the hardware: the requests are those of tc.
  test "the settings of the hardware that mqprio sends are those of tc", %{sock: sock, ns: ns} do
    words = "num_tc 2 map 0 1 queues 1@0 3@1 hw 1 mode channel shaper bw_rlimit"
    opts = [num_tc: 2, map: [0, 1], queues: [{1, 0}, {3, 1}], mode: :channel, shaper: :bw_rlimit]

    [ours, theirs] =
      requests(ns, @rtm_newqdisc, fn ->
        {:error, %Error{}} =
          Qdisc.add(
            sock,
            "v0",
            :mqprio,
            opts ++ [min_rate: ["1mbit", 0], max_rate: ["3mbit", "100gbit"]]
          )

        catch_error(
          tc!(
            ns,
            "qdisc add dev v0 root mqprio #{words} min_rate 1mbit 0bit max_rate 3mbit 100gbit"
          )
        )
      end)

    assert <<qopt::binary-84, attributes::binary>> = options(ours)
    assert <<^qopt::binary-84, theirs::binary>> = options(theirs)
    {ours, theirs} = {attributes(attributes), attributes(theirs)}
    # tc sends rates of 16 classes, those that were not given as 0.
    assert for(
             {id, bytes} <- theirs,
             into: %{},
             do: {id, binary_part(bytes, 0, min(24, byte_size(bytes)))}
           ) == ours

    assert map_size(ours) == 4
  end

  defp options(<<_::binary-20, attributes::binary>>), do: attributes(attributes)[@tca_options]

  test "mqprio sends the frame preemption of each class", %{sock: sock, ns: ns} do
    [request] =
      requests(ns, @rtm_newqdisc, fn ->
        {:error, %Error{}} =
          Qdisc.add(sock, "v0", :mqprio,
            num_tc: 2,
            map: [0, 1],
            queues: [{1, 0}, {3, 1}],
            fp: ["E", "P"]
          )
      end)

    # TCA_MQPRIO_TC_ENTRY, nested: index and TC_FP_*.
    entry = fn index, fp ->
      <<20::native-16, 0x8005::native-16, 8::native-16, 1::native-16, index::native-32,
        8::native-16, 2::native-16, fp::native-32>>
    end

    assert <<_::binary-84, entries::binary>> = options(request)
    assert entries == entry.(0, 1) <> entry.(1, 2)
  end

  @classes [num_tc: 2, map: [0, 1, 0, 1], queues: [{1, 0}, {3, 1}]]
  @words "num_tc 2 map 0 1 0 1 queues 1@0 3@1"
  @entries [{"S", 0x1, 300_000}, {"S", 0x2, 400_000}]
  @entry_words "sched-entry S 01 300000 sched-entry S 02 400000"

  test "taprio is the same as that of tc", %{sock: sock, ns: ns} do
    same(
      sock,
      ns,
      :taprio,
      [
        {@classes ++ [sched_entry: @entries, base_time: 1000, clockid: :tai],
         "#{@words} base-time 1000 #{@entry_words} clockid CLOCK_TAI"},
        {@classes ++
           [
             sched_entry: @entries,
             base_time: 0,
             clockid: :monotonic,
             cycle_time: 900_000,
             cycle_time_extension: 100_000
           ],
         "#{@words} base-time 0 #{@entry_words} clockid CLOCK_MONOTONIC cycle-time 900000 cycle-time-extension 100000"},
        {@classes ++
           [
             sched_entry: @entries,
             base_time: 7_000_000_000_000_000_000,
             clockid: :tai,
             flags: [:txtime_assist],
             txtime_delay: 500_000
           ],
         "#{@words} base-time 7000000000000000000 #{@entry_words} clockid CLOCK_TAI flags 1 txtime-delay 500000"}
      ],
      fn opts, %Taprio{} = read ->
        schedule = read.admin_sched || read
        assert Qopt.queues(read.priomap) == @classes[:queues]
        assert schedule.sched_base_time == opts[:base_time]
        assert {read.sched_clockid, read.txtime_delay} == {opts[:clockid], opts[:txtime_delay]}
        assert (read.flags || []) == (opts[:flags] || [])
        assert schedule.sched_cycle_time == (opts[:cycle_time] || 700_000)
        assert schedule.sched_cycle_time_extension == (opts[:cycle_time_extension] || 0)

        assert Enum.map(schedule.sched_entry_list, &{&1.cmd, &1.gate_mask, &1.interval}) ==
                 [{:set_gates, 1, 300_000}, {:set_gates, 2, 400_000}]
      end
    )
  end

  # tc of iproute2 6.1 sends no command but S, and has no max-sdu.
  test "taprio has commands of preemption, and largest payloads", %{sock: sock} do
    entries = [{"H", 0x1, 300_000}, {"R", 0xF, 0xFFFFFFF}]
    opts = @classes ++ [sched_entry: entries, clockid: :tai, max_sdu: [200, 1000], fp: ["E"]]
    :ok = Qdisc.add(sock, "v0", :taprio, [handle: "1:"] ++ opts)
    read = begun(sock)

    assert Enum.map(
             read.sched_entry_list,
             &{&1.cmd, &1.gate_mask, &1.interval}
           ) ==
             [{:set_and_hold, 0x1, 300_000}, {:set_and_release, 0xF, 0xFFFFFFF}]

    assert Enum.take(Enum.map(read.tc_entry, &{&1.index, &1.max_sdu, &1.fp}), 3) ==
             [{0, 200, :express}, {1, 1000, :express}, {2, 0, :express}]

    # The classes stay.
    :ok = Qdisc.change(sock, "v0", :taprio, sched_entry: @entries, base_time: 5, clockid: :tai)
    {:ok, %Qdisc{options: %{priomap: priomap}}} = Qdisc.get(sock, "v0", "1:")
    assert Qopt.queues(priomap) == @classes[:queues]
  end

  # netdevsim has the hardware; the words of tc.
  test "taprio in hardware has counters", %{sock: sock, ns: ns} do
    exec!(ns, "sh", ["-c", "echo '4077 1 4' > /sys/bus/netdevsim/new_device"])
    on_exit(fn -> File.write!("/sys/bus/netdevsim/del_device", "4077") end)
    [link] = String.split(exec!(ns, "ls", ["/sys/bus/netdevsim/devices/netdevsim4077/net"]))
    ip!(ns, "link set #{link} up")

    opts = @classes ++ [sched_entry: @entries, flags: [:full_offload]]
    :ok = Qdisc.add(sock, link, :taprio, [handle: "1:"] ++ opts)

    assert %{"flags" => "0x2", "schedule" => [%{"gatemask" => "0x1"}, %{"gatemask" => "0x2"}]} =
             shown(ns, link, :taprio)

    {:ok, %Qdisc{options: read, xstats: nil, stats2: stats}} = Qdisc.get(sock, link, "1:")
    assert read.flags == [:full_offload]
    assert stats.app == %Taprio.Stats{window_drops: 0, tx_overruns: 0}
    :ok = Qdisc.delete(sock, link)
  end

  # The kernel lists the settings of the classes once the schedule has begun.
  defp begun(sock) do
    case Qdisc.get(sock, "v0", "1:") do
      {:ok, %Qdisc{options: %Taprio{sched_entry_list: [_ | _]} = read}} -> read
      {:ok, %Qdisc{options: %Taprio{admin_sched: %{}}}} -> begun(sock)
    end
  end

  test "ETF and CBS are the same as those of tc", %{sock: sock, ns: ns} do
    for link <- ~w(v0 v1),
        do: tc!(ns, "qdisc add dev #{link} root handle 1: mqprio #{@words} hw 0")

    for {kind, opts, words} <- [
          {:etf, [clockid: :tai], "clockid CLOCK_TAI"},
          {:etf, [clockid: :tai, delta: 0x7FFFFFFF, deadline_mode: true, skip_sock_check: true],
           "clockid CLOCK_TAI delta 2147483647 deadline_mode skip_sock_check"},
          {:cbs, [idleslope: 20_000, sendslope: -980_000, hicredit: 30, locredit: -1470],
           "idleslope 20000 sendslope -980000 hicredit 30 locredit -1470"},
          {:cbs,
           [
             idleslope: 0x7FFFFFFF,
             sendslope: -0x80000000,
             hicredit: 0x7FFFFFFF,
             locredit: -0x80000000,
             offload: false
           ],
           "idleslope 2147483647 sendslope -2147483648 hicredit 2147483647 locredit -2147483648 offload 0"}
        ] do
      assert {opts, Qdisc.add(sock, "v0", kind, [parent: "1:1", handle: "2:"] ++ opts)} ==
               {opts, :ok}

      tc!(ns, "qdisc add dev v1 parent 1:1 handle 2: #{kind} #{words}")
      ours = shown(ns, "v0", kind)
      assert is_map(ours)
      assert {opts, ours} == {opts, shown(ns, "v1", kind)}

      for link <- ~w(v0 v1) do
        {:ok, %Qdisc{options: %{parms: parms}}} = Qdisc.get(sock, link, "2:")

        for {key, value} <- opts do
          flag? = key in [:deadline_mode, :skip_sock_check]

          assert {key, if(flag?, do: key in parms.flags, else: Map.fetch!(parms, key))} ==
                   {key, value}
        end

        :ok = Qdisc.delete(sock, link, parent: "1:1", handle: "2:")
      end
    end

    # veth has no hardware for it: that the flag is sent is seen by the refusal.
    for {kind, opts} <- [etf: [clockid: :tai, offload: true], cbs: [offload: true]] do
      assert {:error, %Error{errno: :eopnotsupp}} =
               Qdisc.add(sock, "v0", kind, [parent: "1:1"] ++ opts)
    end
  end

  # tc of iproute2 6.1 has no dualpi2: the values are those that the kernel lists, gains rounded down by it.
  @dualpi2 [
    {[limit: 500, memlimit: 100_000, coupling_factor: 3],
     %{limit: 500, memory_limit: 100_000, coupling: 3}},
    {[step_thresh: "2ms", min_qlen_step: 4],
     %{step_thresh_us: 2000, step_thresh_pkts: nil, min_qlen_step: 4}},
    {[step_thresh: {:packets, 5}], %{step_thresh_pkts: 5, step_thresh_us: nil}},
    {[drop_on_overload: false, drop_enqueue: true, any_ect: true],
     %{drop_overload: :overflow, drop_early: :enqueue, ecn_mask: :any_ect}},
    {[drop_on_overload: true, drop_enqueue: false, any_ect: false],
     %{drop_overload: :drop, drop_early: :dequeue, ecn_mask: :l4s_ect}},
    {[classic_protection: 50, split_gso: false], %{c_protection: 50, split_gso: false}},
    {[classic_protection: 0, split_gso: true], %{c_protection: 0, split_gso: true}},
    {[target: "10ms", tupdate: "20ms", alpha: 0.5, beta: 2.75],
     %{target: 10_000, tupdate: 20_000, alpha: 127, beta: 703}},
    # What tc of iproute2 7.3 sends for these round trip times.
    {[max_rtt: "100ms"], %{target: 16_666, tupdate: 16_666, alpha: 41, beta: 767}},
    {[typical_rtt: "20ms"], %{target: 20_000, tupdate: 20_000, alpha: 34, beta: 639}},
    {[max_rtt: "3ms", typical_rtt: "1ms"],
     %{target: 1000, tupdate: 1000, alpha: 2843, beta: 25_599}},
    {[max_rtt: 300, typical_rtt: 200], %{target: 200, tupdate: 100, alpha: 28_443, beta: 255_999}}
  ]

  test "dualpi2 has the options that it was given", %{sock: sock} do
    for {opts, fields} <- @dualpi2 do
      assert {opts, Qdisc.add(sock, "v0", :dualpi2, opts)} == {opts, :ok}
      {:ok, %Qdisc{options: read, xstats: xstats}} = Qdisc.get(sock, "v0", nil)
      assert {opts, Map.take(read, Map.keys(fields))} == {opts, fields}
      assert xstats.memory_limit == read.memory_limit
      :ok = Qdisc.delete(sock, "v0")
    end

    assert %{alpha: 0.5, beta: 2.75} = %{
             alpha: Dualpi2.alpha(%Dualpi2{alpha: 128}),
             beta: Dualpi2.beta(%Dualpi2{beta: 704})
           }
  end

  test "wrong input is an error before anything is sent", %{sock: sock} do
    for {kind, opts, error} <- [
          {:mqprio, [], {:missing_option, :num_tc}},
          {:mqprio, [num_tc: 2], {:missing_option, :map}},
          {:mqprio, [num_tc: 2, map: [2]], {:bad_option, :map, [2]}},
          {:mqprio, [num_tc: 17], {:bad_option, :num_tc, 17}},
          {:mqprio, [num_tc: 1, map: [0], queues: [{1, 0}, {1, 1}]],
           {:bad_option, :queues, [{1, 0}, {1, 1}]}},
          {:mqprio, [num_tc: 1, map: [0], queues: [{65_536, 0}]],
           {:bad_option, :queues, {65_536, 0}}},
          {:mqprio, [num_tc: 1, map: [0], min_rate: [8, 8]], {:bad_option, :min_rate, [1, 1]}},
          {:mqprio, [num_tc: 1, map: [0], fp: ["X"]], {:bad_option, :fp, "X"}},
          {:taprio, [map: [0]], {:missing_option, :num_tc}},
          {:taprio, [sched_entry: [{"X", 1, 1}]], {:bad_option, :sched_entry, {"X", 1, 1}}},
          {:taprio, [clockid: :wall], {:bad_option, :clockid, :wall}},
          {:etf, [delta: 1], {:missing_option, :clockid}},
          {:etf, [clockid: :tai, delta: 0x80000000], {:bad_option, :delta, 0x80000000}},
          {:cbs, [hicredit: 0x80000000], {:bad_option, :hicredit, 0x80000000}},
          {:dualpi2, [alpha: 0.001], {:bad_option, :alpha, 0.001}},
          {:dualpi2, [max_rtt: 0], {:bad_option, :max_rtt, 0}},
          {:cake, [raw: true, overhead: 4], {:bad_option, :raw, true}},
          {:cake, [overhead: 250, docsis: true], {:bad_option, :overhead, 268}},
          {:cake, [docsis: true, pppoe_ptm: true], {:bad_option, :overhead, 48}},
          {:cake, [rtt: 0], {:bad_option, :rtt, 0}},
          {:cake, [rtt: :mars], {:bad_option, :rtt, :mars}},
          {:fq, [maxrate: "36gbit"], {:bad_option, :maxrate, "36gbit"}},
          {:fq, [weights: [1, 2, 3]], {:bad_option, :weights, [1, 2, 3]}},
          {:fq, [priomap: [3]], {:bad_option, :priomap, [3]}},
          {:fq, [buckets: 262_145], {:bad_option, :buckets, 262_145}}
        ],
        do: assert({opts, Qdisc.add(sock, "v0", kind, opts)} == {opts, {:error, error}})
  end
end

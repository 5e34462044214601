defmodule Linx.Namespace.Rtnl.Tc.Class.ScheduledTest do
  # HFSC, DRR, QFQ, ETS and multiq with their classes, set and listed. The judge is `tc`.
  use Linx.Test.NamespaceCase, async: true

  import Linx.Test.Tc

  alias Linx.Netlink.{Error, Rtnl}
  alias Linx.Netlink.Rtnl.Tc.{Class, Qdisc}
  alias Linx.Netlink.Rtnl.Tc.Class.Hfsc

  @moduletag :vm

  setup %{path: path, ns: ns} do
    {:ok, sock} = Rtnl.open({:path, path})
    queues = "numtxqueues 4 numrxqueues 4"
    ip!(ns, "link add v0 #{queues} type veth peer name v1 #{queues}")
    %{sock: sock}
  end

  # The lines of `tc` of a class, without counters.
  defp shown(ns, link, classid) do
    text = tc!(ns, "-details class show dev #{link}")
    [[line]] = Regex.scan(~r/^class \w+ #{classid} .*$/m, text)
    line
  end

  # Options of ours, the words of `tc` for the same, and the curves as they are read: bytes per second, and
  # microseconds.
  @hfsc [
    {[sc: [m1: "2mbit", d: "20ms", m2: "1mbit"]], "sc m1 2mbit d 20ms m2 1mbit",
     {{250_000, 20_000, 125_000}, {250_000, 20_000, 125_000}, nil}},
    {[rt: [m2: "1mbit"]], "rt m2 1mbit", {{0, 0, 125_000}, nil, nil}},
    {[rt: [m1: 999, d: 1, m2: 0]], "rt m1 999bit d 1us m2 0", {{124, 1, 0}, nil, nil}},
    {[ls: [m2: "34gbit"], ul: [m1: "34gbit", d: "4000s", m2: 8]],
     "ls m2 34gbit ul m1 34gbit d 4000s m2 8bit",
     {nil, {0, 0, 4_250_000_000}, {4_250_000_000, 4_000_000_000, 1}}},
    # Concave: 1500 bytes in 10 ms are more than the rate.
    {[sc: [umax: 1500, dmax: "10ms", rate: "1mbit"], ul: [rate: "2mbit"]],
     "sc umax 1500 dmax 10ms rate 1mbit ul rate 2mbit",
     {{150_000, 10_000, 125_000}, {150_000, 10_000, 125_000}, {0, 0, 250_000}}},
    # Convex: the first segment ends as long before the delay as the rate needs for 1500 bytes.
    {[rt: [umax: "1500b", dmax: "50ms", rate: "1mbit"], ls: [m2: 8000]],
     "rt umax 1500b dmax 50ms rate 1mbit ls m2 8000bit",
     {{0, 38_000, 125_000}, {0, 0, 1000}, nil}},
    # A slope of bytes that is no whole number is rounded up.
    {[rt: [umax: 100, dmax: 30_000, rate: 8000]], "rt umax 100 dmax 30ms rate 8kbit",
     {{3334, 30_000, 1000}, nil, nil}},
    {[rt: [dmax: "1s", rate: "1mbit"]], "rt dmax 1s rate 1mbit",
     {{0, 1_000_000, 125_000}, nil, nil}}
  ]

  test "a class of HFSC is the same as that of tc", %{sock: sock, ns: ns} do
    :ok = Qdisc.add(sock, "v0", :hfsc, handle: "1:", default: 0x20)
    tc!(ns, "qdisc add dev v1 root handle 1: hfsc default 20")

    for link <- ~w(v0 v1) do
      assert tc!(ns, "qdisc show dev #{link}") =~ "default 0x20" or
               tc!(ns, "qdisc show dev #{link}") =~ "default 20"

      assert {:ok, %Qdisc{options: %Qdisc.Hfsc{defcls: 0x20}}} = Qdisc.get(sock, link, "1:")
    end

    for {opts, words, curves} <- @hfsc do
      place = [parent: "1:", classid: "1:10"]
      assert {opts, Class.add(sock, "v0", :hfsc, place ++ opts)} == {opts, :ok}
      tc!(ns, "class add dev v1 parent 1: classid 1:10 hfsc " <> words)
      assert {opts, shown(ns, "v0", "1:10")} == {opts, shown(ns, "v1", "1:10")}

      for link <- ~w(v0 v1) do
        {:ok, %Class{kind: "hfsc", options: hfsc}} = Class.get(sock, link, "1:10")

        assert {opts, {curve(hfsc.rsc), curve(hfsc.fsc), curve(hfsc.usc)}} == {opts, curves}
        :ok = Class.delete(sock, link, classid: "1:10")
      end
    end

    :ok = Qdisc.change(sock, "v0", :hfsc, default: 0xFFFF)
    assert {:ok, %Qdisc{options: %Qdisc.Hfsc{defcls: 0xFFFF}}} = Qdisc.get(sock, "v0", "1:")
    assert tc!(ns, "qdisc show dev v0") =~ "ffff"
  end

  defp curve(nil), do: nil
  defp curve(%Hfsc.Curve{m1: m1, d: d, m2: m2}), do: {m1, d, m2}

  # tc of iproute2 6.1 multiplies by 1000000 in 32 bits: 4295 bytes are none. 8000 bytes at 1 Mbit/s are 64 ms.
  test "a large packet of a curve of HFSC is a time before the delay", %{sock: sock, ns: ns} do
    :ok = Qdisc.add(sock, "v0", :hfsc, handle: "1:")
    curve = [umax: 8000, dmax: "100ms", rate: "1mbit"]
    :ok = Class.add(sock, "v0", :hfsc, parent: "1:", classid: "1:1", rt: curve)
    assert shown(ns, "v0", "1:1") =~ "rt m1 0bit d 36ms m2 1Mbit"
  end

  test "classes of HFSC are changed", %{sock: sock, ns: ns} do
    :ok = Qdisc.add(sock, "v0", :hfsc, handle: "1:")
    place = [parent: "1:", classid: "1:1"]
    :ok = Class.add(sock, "v0", :hfsc, place ++ [sc: [m2: "1mbit"], ul: [m2: "5mbit"]])
    :ok = Class.change(sock, "v0", :hfsc, classid: "1:1", ul: [m2: "6mbit"])
    assert shown(ns, "v0", "1:1") =~ ~r/sc m1 0bit d 0us m2 1Mbit ul m1 0bit d 0us m2 6Mbit/

    assert {:error, %Error{errno: :einval}} =
             Class.add(sock, "v0", :hfsc, parent: "1:", classid: "1:2", ul: [m2: 8])

    for curve <- [
          [m1: 8],
          [m2: 0],
          [m1: 0, m2: 0],
          [rate: 0],
          [umax: 1, rate: 8],
          [m1: 8, rate: 8],
          [m2: "36gbit"],
          [umax: "1gb", dmax: 1, rate: 8],
          [:m2],
          []
        ] do
      assert Class.add(sock, "v0", :hfsc, place ++ [rt: curve]) ==
               {:error, {:bad_option, :rt, curve}}
    end
  end

  test "classes of DRR and QFQ are the same as those of tc", %{sock: sock, ns: ns} do
    for {kind, cases} <- [
          drr: [
            {[quantum: 256], "quantum 256", %{quantum: 256}},
            {[quantum: "1mb"], "quantum 1mb", %{quantum: 1_048_576}},
            {[], "", %{quantum: 1514}}
          ],
          qfq: [
            {[weight: 1023, maxpkt: 512], "weight 1023 maxpkt 512", %{weight: 1023, lmax: 512}},
            {[weight: 1], "weight 1", %{weight: 1, lmax: 1514}},
            {[maxpkt: 65_536], "maxpkt 65536", %{weight: 1, lmax: 65_536}}
          ]
        ] do
      :ok = Qdisc.add(sock, "v0", kind, handle: "1:")
      tc!(ns, "qdisc add dev v1 root handle 1: #{kind}")

      for {opts, words, fields} <- cases do
        place = [parent: "1:", classid: "1:10"]
        assert {opts, Class.add(sock, "v0", kind, place ++ opts)} == {opts, :ok}
        tc!(ns, "class add dev v1 parent 1: classid 1:10 #{kind} #{words}")
        assert {opts, shown(ns, "v0", "1:10")} == {opts, shown(ns, "v1", "1:10")}

        for link <- ~w(v0 v1) do
          {:ok, %Class{options: read}} = Class.get(sock, link, "1:10")
          assert {opts, Map.take(read, Map.keys(fields))} == {opts, fields}
          :ok = Class.delete(sock, link, classid: "1:10")
        end
      end

      for link <- ~w(v0 v1), do: :ok = Qdisc.delete(sock, link)
    end
  end

  @priorities 16
  @ets [
    {[bands: 1], "bands 1", {1, 0}},
    {[strict: 16], "strict 16", {16, 16}},
    {[strict: 2, quanta: [3000, 2000], priomap: [3, 2, 1, 0]],
     "strict 2 quanta 3000 2000 priomap 3 2 1 0", {4, 2}},
    {[bands: 5, strict: 1, quanta: [1_048_576]], "bands 5 strict 1 quanta 1048576", {5, 1}},
    {[bands: 16, priomap: Enum.reverse(0..15)],
     "bands 16 priomap #{Enum.join(Enum.reverse(0..15), " ")}", {16, 0}}
  ]

  test "ETS is the same as that of tc", %{sock: sock, ns: ns} do
    for {opts, words, {bands, strict}} <- @ets do
      assert {opts, Qdisc.add(sock, "v0", :ets, [handle: "1:"] ++ opts)} == {opts, :ok}
      tc!(ns, "qdisc add dev v1 root handle 1: ets " <> words)
      [%{"kind" => "ets", "options" => ours}] = tc_json(ns, "qdisc show dev v0")
      [%{"options" => theirs}] = tc_json(ns, "qdisc show dev v1")
      assert {opts, ours} == {opts, theirs}

      for link <- ~w(v0 v1) do
        {:ok, %Qdisc{options: ets}} = Qdisc.get(sock, link, "1:")
        assert {opts, ets.nbands, ets.nstrict || 0} == {opts, bands, strict}

        assert {opts, ets.priomap, ets.quanta || []} ==
                 {opts, theirs["priomap"], theirs["quanta"] || []}

        assert length(ets.priomap) == @priorities
        :ok = Qdisc.delete(sock, link)
      end
    end

    for {opts, error} <- [
          {[], {:missing_option, :bands}},
          {[bands: 2, strict: 3], {:bad_option, :strict, 3}},
          {[bands: 2, strict: 2, quanta: [1]], {:bad_option, :quanta, [1]}},
          {[bands: 2, priomap: [2]], {:bad_option, :priomap, [2]}},
          {[bands: 1, quanta: [0]], {:bad_option, :quanta, 0}},
          {[bands: 17], {:bad_option, :bands, 17}}
        ],
        do: assert(Qdisc.add(sock, "v0", :ets, opts) == {:error, error})
  end

  test "a band of ETS is changed", %{sock: sock, ns: ns} do
    :ok = Qdisc.add(sock, "v0", :ets, handle: "1:", strict: 1, quanta: [3000, 2000])
    :ok = Class.change(sock, "v0", :ets, classid: "1:3", quantum: 1_048_576)

    assert [%{"options" => %{"quanta" => [3000, 1_048_576]}}] = tc_json(ns, "qdisc show dev v0")

    assert {:ok, %Class{options: %Class.Ets{quanta_band: 1_048_576}}} =
             Class.get(sock, "v0", "1:3")

    assert {:ok, %Class{options: %Class.Ets{quanta_band: nil}}} = Class.get(sock, "v0", "1:1")
  end

  test "qdiscs with a queue for each of the link", %{sock: sock, ns: ns} do
    :ok = Qdisc.add(sock, "v0", :multiq, handle: "1:")
    assert tc!(ns, "qdisc show dev v0") =~ "qdisc multiq 1: root refcnt 5 bands 4/4"

    assert {:ok, %Qdisc{options: %Qdisc.Multiq{bands: 4, max_bands: 4}}} =
             Qdisc.get(sock, "v0", "1:")

    assert {:ok, [_, _, _, _]} = Class.list(sock, "v0")
    :ok = Qdisc.delete(sock, "v0")

    :ok = Qdisc.add(sock, "v0", :mq, handle: "1:")
    assert %{"kind" => "mq", "handle" => "1:"} = hd(tc_json(ns, "qdisc show dev v0"))
    {:ok, classes} = Class.list(sock, "v0")
    assert Enum.map(classes, &{&1.kind, &1.handle}) == for(n <- 1..4, do: {"mq", 0x10000 + n})
    :ok = Qdisc.replace(sock, "v0", :pfifo, parent: "1:2", limit: 7)
    assert tc!(ns, "qdisc show dev v0") =~ ~r/qdisc pfifo \w+: parent 1:2 limit 7p/
  end

  test "counters of classes are those of tc", %{sock: sock, ns: ns} do
    for link <- ~w(v0 v1), do: ip!(ns, "link set #{link} up addrgenmode none")
    ip!(ns, "address add 192.0.2.1/24 dev v0")
    ip!(ns, "neighbour add 192.0.2.2 lladdr 02:00:00:00:00:02 dev v0")
    {:ok, udp} = netns_udp(ns, "192.0.2.1")

    for {kind, opts} <- [hfsc: [sc: [m2: "100mbit"]], drr: [quantum: 3000], qfq: [weight: 7]] do
      :ok =
        Qdisc.add(
          sock,
          "v0",
          kind,
          [handle: "1:"] ++ if(kind == :hfsc, do: [default: 1], else: [])
        )

      :ok = Class.add(sock, "v0", kind, [parent: "1:", classid: "1:1"] ++ opts)
      if kind != :hfsc, do: tc!(ns, "filter add dev v0 parent 1: matchall classid 1:1")
      for n <- 1..5, do: send_udp(udp, "192.0.2.2", :binary.copy(<<n>>, 100 * n))

      {:ok, %Class{stats2: stats, xstats: xstats}} = Class.get(sock, "v0", "1:1")
      shown = tc!(ns, "-s class show dev v0 classid 1:1")
      assert stats.basic.packets == 5
      assert shown =~ "Sent #{stats.basic.bytes} bytes 5 pkt"
      assert stats.app == xstats

      case kind do
        :hfsc ->
          assert shown =~
                   "period #{xstats.period} work #{xstats.work} bytes rtwork #{xstats.rtwork} bytes level 0"

          assert xstats.work == stats.basic.bytes

        :drr ->
          assert shown =~ "deficit #{xstats.deficit}b"

        :qfq ->
          assert {xstats.weight, xstats.lmax} == {7, 1514}
      end

      :ok = Qdisc.delete(sock, "v0")
    end
  end
end

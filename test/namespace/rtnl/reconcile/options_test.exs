defmodule Linx.Namespace.Rtnl.Reconcile.OptionsTest do
  # Every option of desired objects: a second pass changes nothing, and a pass after a change by
  # another program restores the object.
  use Linx.Test.NamespaceCase, async: true

  import Linx.Test.ReconcileHelpers

  alias Linx.Netlink.Rtnl.{Address, Link, Nexthop, Route}

  setup :with_pair

  setup %{ns: ns} do
    ip!(ns, "address add 10.50.0.2/24 dev v0")
    ip!(ns, "address add fd50::2/64 dev v0 nodad")
    ip!(ns, "nexthop add id 1 via 10.50.0.1 dev v0")
    ip!(ns, "nexthop add id 2 via fd50::1 dev v0")
    ip!(ns, "nexthop add id 3 via 10.50.0.3 dev v0")
    ip!(ns, "nexthop add id 4 via fd50::3 dev v0")
    :ok
  end

  # Section, desired object, and arguments of `ip` that change it.
  address = fn dev, spec, opts, before, line ->
    {:addresses, List.to_tuple([dev | Tuple.to_list(spec)] ++ [opts]), before ++ [line]}
  end

  four = {"10.60.0.1", 24}
  six = {"fd60::1", 64}
  gone4 = "address delete 10.60.0.1/24 dev v1"
  gone6 = "address delete fd60::1/64 dev v1"
  add4 = "address add 10.60.0.1/24 dev v1 "
  add6 = "address add fd60::1/64 dev v1 nodad "
  change4 = "address change 10.60.0.1/24 dev v1 "
  change6 = "address change fd60::1/64 dev v1 "

  @addresses [
    address.(
      "v1",
      {"10.60.0.1", 32},
      [peer: "10.60.0.2"],
      [],
      "address flush dev v1 to 10.60.0.0/24"
    ),
    address.("v1", {"fd60::1", 128}, [peer: "fd60::2"], [], "address flush dev v1 to fd60::/64"),
    address.("v1", four, [broadcast: "10.60.0.255"], [gone4], add4 <> "broadcast 10.60.0.7"),
    address.("v1", four, [broadcast: "10.60.0.255"], [gone4], add4),
    address.("v1", four, [label: "v1:x"], [gone4], add4 <> "label v1:y"),
    address.("v1", four, [label: "v1:x"], [gone4], add4),
    address.("v1", four, [scope: :link], [gone4], add4 <> "scope host"),
    address.("v1", four, [scope: :link], [gone4], add4),
    address.("v1", four, [metric: 7], [], change4 <> "metric 8"),
    address.("v1", four, [], [], change4 <> "metric 8"),
    address.("v1", six, [metric: 7], [], change6 <> "metric 8"),
    address.("v1", four, [proto: 76], [gone4], add4),
    address.(
      "v1",
      four,
      [valid_lft: 5000, preferred_lft: 3000],
      [],
      change4 <> "valid_lft forever"
    ),
    address.(
      "v1",
      six,
      [valid_lft: 5000, preferred_lft: 3000],
      [],
      change6 <> "valid_lft forever"
    ),
    address.(
      "v1",
      six,
      [valid_lft: 5000, preferred_lft: 3000],
      [],
      change6 <> "valid_lft 6000 preferred_lft 2000"
    ),
    address.(
      "v1",
      six,
      [valid_lft: 5000, preferred_lft: 3000],
      [],
      change6 <> "valid_lft 4000 preferred_lft 4000"
    ),
    address.("v1", four, [preferred_lft: 0], [], change4 <> "preferred_lft forever"),
    address.("v1", six, [], [], change6 <> "valid_lft 5000 preferred_lft 3000"),
    address.("v1", six, [flags: [:nodad, :home]], [], change6),
    address.("v1", six, [flags: [:mngtmpaddr]], [], change6 <> "home"),
    address.("v1", six, [flags: [:noprefixroute]], [], change6),
    address.("v1", six, [], [], change6 <> "noprefixroute"),
    address.("v1", four, [flags: [:noprefixroute]], [gone4], add4),
    address.("v1", four, [], [gone4], add4 <> "noprefixroute"),
    address.(
      "v1",
      {"224.0.1.7", 32},
      [flags: [:autojoin]],
      ["address delete 224.0.1.7/32 dev v1"],
      "address add 224.0.1.7/32 dev v1"
    ),
    address.(
      "v1",
      {"ff1e::7", 128},
      [flags: [:autojoin]],
      [],
      "address delete ff1e::7/128 dev v1"
    ),
    address.("v1", six, [flags: [:optimistic, :nodad]], [gone6], add6 <> "metric 9")
  ]

  mac = "02:00:00:00:00:09"

  @neighbours for ip <- ["10.60.0.9", "fd60::9"],
                  tail <- [
                    "change #{ip} dev v1 lladdr 02:00:00:00:00:01",
                    "change #{ip} dev v1 lladdr #{mac} nud stale",
                    "delete #{ip} dev v1"
                  ],
                  do: {:neighbours, {"v1", ip, mac}, ["neighbour " <> tail]}

  nexthop = fn opts, tail ->
    {:nexthops, [id: 7] ++ opts, ["nexthop replace id 7 protocol 76 " <> tail]}
  end

  @nexthops [
    nexthop.([gateway: "10.50.0.1", dev: "v0"], "via 10.50.0.3 dev v0"),
    nexthop.([gateway: "fd50::1", dev: "v0"], "via fd50::3 dev v0"),
    nexthop.([dev: "v1"], "dev v0"),
    nexthop.([dev: "v1", family: :inet6], "dev v1"),
    nexthop.([oif: 3], "dev v1"),
    nexthop.([gateway: "10.50.0.1", dev: "v0", onlink: true], "via 10.50.0.1 dev v0"),
    nexthop.([gateway: "10.50.0.1", dev: "v0"], "via 10.50.0.1 dev v0 onlink"),
    nexthop.([blackhole: true], "dev v0"),
    nexthop.([gateway: "10.50.0.1", fdb: true], "via 10.50.0.3 fdb"),
    nexthop.([group: [{1, 3}, {3, 2}]], "group 1,3/3,4"),
    nexthop.([group: [1, 3]], "group 3"),
    nexthop.(
      [group: [1], type: :resilient, buckets: 8, idle_timer: 700, unbalanced_timer: 900],
      "group 1 type resilient buckets 8 idle_timer 8 unbalanced_timer 9"
    ),
    nexthop.(
      [group: [1], type: :resilient, buckets: 8, idle_timer: 700, unbalanced_timer: 900],
      "group 1 type resilient buckets 8 idle_timer 7 unbalanced_timer 8"
    ),
    nexthop.(
      [dev: "v0", family: :inet6, encap: {:seg6, segments: ["fd91::1"]}],
      "dev v0 encap seg6 mode encap segs fd91::2"
    ),
    {:nexthops,
     [id: 7, dev: "v0", family: :inet6, encap: {:seg6_local, action: :end, count: true}],
     ["-6 nexthop replace id 7 protocol 76 dev v0 encap seg6local action End.X nh6 fd50::9"]},
    {:nexthops, [id: 7, gateway: "10.50.0.1", dev: "v0", protocol: :bgp], ["nexthop delete id 7"]}
  ]

  route = fn dst, gateway, opts, tail ->
    [ip, len] = String.split(dst, "/")
    flag = if dst =~ ":", do: "-6", else: "-4"

    {:routes, {ip, String.to_integer(len), gateway, opts},
     ["#{flag} route replace " <> String.replace(tail, "DST", dst <> " protocol 76")]}
  end

  v4 = "10.8.0.0/16"
  v6 = "fd08::/32"

  metrics =
    for(
      {dst, gateway} <- [{v4, "10.50.0.1"}, {v6, "fd50::1"}],
      {option, value, word} <- [
        {:mtu, 1400, "mtu 1401"},
        {:window, 7, "window 8"},
        {:rtt, 40, "rtt 6"},
        {:rttvar, 8, "rttvar 3"},
        {:ssthresh, 3, "ssthresh 4"},
        {:cwnd, 9, "cwnd 8"},
        {:advmss, 1000, "advmss 1001"},
        {:reordering, 2, "reordering 3"},
        {:hoplimit, 8, "hoplimit 9"},
        {:initcwnd, 5, "initcwnd 6"},
        {:features, [:ecn], ""},
        {:rto_min, 9, "rto_min 10"},
        {:initrwnd, 77, "initrwnd 78"},
        {:quickack, true, "quickack 0"},
        {:cc_algo, "reno", ""},
        {:fastopen_no_cookie, true, "fastopen_no_cookie 0"},
        {:lock, [:mtu], ""}
      ]
    ) do
      metrics = if option == :lock, do: [mtu: 1400, lock: value], else: [{option, value}]
      word = if option == :lock, do: "mtu 1400", else: word
      route.(dst, gateway, [metrics: metrics], "DST via #{gateway} #{word}")
    end

  @routes metrics ++
            [
              route.(v4, "10.50.0.1", [], "DST via 10.50.0.3"),
              route.(v6, "fd50::1", [], "DST via fd50::3"),
              route.(v4, nil, [dev: "v1"], "DST dev v0"),
              route.(v6, nil, [oif: 2], "DST dev lo"),
              route.(v4, nil, [via: "fd50::1", dev: "v0"], "DST via inet6 fd50::3 dev v0"),
              route.(v4, "10.50.0.1", [], "DST nhid 1"),
              route.(v6, "fd50::1", [], "DST nhid 2"),
              route.(v4, nil, [nh_id: 1], "DST via 10.50.0.1"),
              route.(v6, nil, [nh_id: 2], "DST via fd50::1"),
              route.(v4, nil, [nh_id: 1], "DST nhid 3"),
              route.(v6, nil, [nh_id: 2], "DST nhid 4"),
              route.(v4, nil, [type: :blackhole], "prohibit DST"),
              route.(v6, nil, [type: :blackhole], "prohibit DST"),
              route.(v4, nil, [dev: "v1", scope: :universe], "DST dev v1 scope link"),
              route.(v4, "10.50.0.1", [prefsrc: "10.50.0.2"], "DST via 10.50.0.1"),
              route.(v4, "10.50.0.1", [], "DST via 10.50.0.1 src 10.50.0.2"),
              route.(v6, "fd50::1", [prefsrc: "fd50::2"], "DST via fd50::1"),
              route.(v6, "fd50::1", [], "DST via fd50::1 src fd50::2"),
              route.(v4, "10.50.0.1", [dev: "v0", onlink: true], "DST via 10.50.0.1 dev v0"),
              route.(v6, "fd50::1", [dev: "v0"], "DST via fd50::1 dev v0 onlink"),
              route.(v6, "fd50::1", [pref: :high], "DST via fd50::1 pref low"),
              route.(v6, "fd50::1", [], "DST via fd50::1 pref low"),
              route.(v6, "fd50::1", [expires: 5000], "DST via fd50::1"),
              route.(v6, "fd50::1", [expires: 5000], "DST via fd50::1 expires 6000"),
              route.(v6, "fd50::1", [], "DST via fd50::1 expires 5000"),
              route.(v4, "10.50.0.1", [realms: {3, 4}], "DST via 10.50.0.1 realm 3/5"),
              route.(v4, "10.50.0.1", [], "DST via 10.50.0.1 realm 5"),
              route.(
                v4,
                nil,
                [nexthops: [[gateway: "10.50.0.1", weight: 3], [gateway: "10.50.0.3"]]],
                "DST nexthop via 10.50.0.1 weight 4 nexthop via 10.50.0.3"
              ),
              route.(
                v6,
                nil,
                [nexthops: [[gateway: "fd50::1", weight: 3], [gateway: "fd50::3"]]],
                "DST nexthop via fd50::1 weight 4 nexthop via fd50::3"
              ),
              route.(
                v6,
                nil,
                [dev: "v0", encap: {:seg6, segments: ["fd91::1"]}],
                "DST encap seg6 mode encap segs fd91::2 dev v0"
              ),
              route.(v6, nil, [dev: "v0", encap: {:seg6, segments: ["fd91::1"]}], "DST dev v0"),
              route.(v6, nil, [dev: "v0"], "DST encap seg6 mode encap segs fd91::2 dev v0"),
              {:routes, {"10.8.0.0", 16, "10.50.0.1", [tos: 8]},
               ["route delete 10.8.0.0/16 tos 8"]},
              {:routes, {"10.8.0.0", 16, "10.50.0.1", [table: 5000, metric: 7]},
               ["route replace 10.8.0.0/16 via 10.50.0.3 table 5000 metric 7 protocol 76"]},
              {:routes, {"fd08::", 32, "fd50::1", [table: 5000, metric: 7]},
               ["-6 route replace fd08::/32 via fd50::3 table 5000 metric 7 protocol 76"]},
              {:routes, {"fd08::", 32, "fd50::1", [from: "fd00::/16"]},
               ["-6 route replace fd08::/32 from fd00::/16 via fd50::3 protocol 76"]},
              {:routes, {"fd08::", 32, "fd50::1", [protocol: :bgp]},
               ["-6 route delete fd08::/32"]}
            ]

  link = fn opts, line -> {:links, {"p0", :veth, [peer: "p1"] ++ opts}, [line]} end

  @links [
    link.([address: "02:00:00:00:00:02"], "link set p0 address 02:00:00:00:00:03"),
    link.([broadcast: "ff:ff:ff:ff:ff:fe"], "link set p0 broadcast ff:ff:ff:ff:ff:fd"),
    link.([mtu: 1400], "link set p0 mtu 1401"),
    link.([txqlen: 7], "link set p0 txqueuelen 8"),
    link.([group: 7], "link set p0 group 8"),
    link.([master: "b0"], "link set p0 nomaster"),
    link.([master: nil], "link set p0 master b0"),
    link.([up: true], "link set p0 down"),
    link.([up: false], "link set p0 up"),
    link.([arp: false], "link set p0 arp on"),
    link.([arp: true], "link set p0 arp off"),
    link.([dynamic: true], "link set p0 dynamic off"),
    link.([multicast: false], "link set p0 multicast on"),
    link.([allmulticast: true], "link set p0 allmulticast off"),
    link.([promisc: true], "link set p0 promisc off"),
    link.([alias: "a"], "link set p0 alias b"),
    link.([alias: ""], "link set p0 alias b"),
    link.([linkmode: :dormant], "link set p0 mode default"),
    link.([gso_max_size: 3000], "link set p0 gso_max_size 4000"),
    link.([gso_max_segs: 7], "link set p0 gso_max_segs 8"),
    link.([gro_max_size: 3000], "link set p0 gro_max_size 4000"),
    link.([addr_gen_mode: :none], "link set p0 addrgenmode eui64"),
    link.([token: "::7", up: true], "token set ::8 dev p0"),
    {:links, {"p0", :macvlan, parent: "v0", proto_down: true}, ["link set p0 protodown off"]},
    link.([num_tx_queues: 2, num_rx_queues: 3], "link delete p0"),
    link.([index: 77], "link delete p0"),
    {:links, {"p0", :macvlan, parent: "v0"}, ["link delete p0"]}
  ]

  for {{section, spec, lines}, n} <-
        Enum.with_index(@addresses ++ @neighbours ++ @nexthops ++ @routes ++ @links) do
    test "#{n}: #{inspect(spec)} is kept, and restored after #{inspect(List.last(lines))}",
         context do
      %{ns: ns, sock: sock} = context
      ip!(ns, "link add b0 type bridge")
      {section, lines} = {unquote(section), unquote(lines)}
      desired = %{section => [unquote(Macro.escape(spec))]}

      first = reconcile!(sock, desired)
      assert {[create: _], []} = {first.applied, first.failed}
      again = reconcile!(sock, desired, first.last_applied)
      assert {again.applied, again.failed, again.conflicts} == {[], [], []}

      shown = shown(ns, section)
      for line <- lines, do: ip!(ns, line)
      restored = reconcile!(sock, desired, again.last_applied)
      assert {restored.failed, restored.conflicts} == {[], []}
      assert restored.applied != []
      assert shown(ns, section) == shown
      last = reconcile!(sock, desired, restored.last_applied)
      assert {last.applied, last.failed, last.conflicts} == {[], [], []}
    end
  end

  # The output of `ip` for a section, without the values that the kernel chooses.
  defp shown(ns, :links) do
    for %{"ifname" => "p0"} = link <- ip_json(ns, "-details link show dev p0") do
      random = if link["address"] =~ ~r/^02:00/, do: [], else: ["address"]
      Map.drop(link, ~w(ifindex link_index operstate qdisc) ++ random)
    end
  end

  defp shown(ns, :addresses) do
    for %{"addr_info" => infos} <- ip_json(ns, "address show dev v1"),
        %{"scope" => scope} = info <- infos,
        scope != "link" or info["family"] == "inet" do
      # The metric of an IPv6 address cannot be unset: 256, the default, stands for none.
      info |> Map.delete("tentative") |> Map.put_new("metric", 256) |> without_timers()
    end
  end

  defp shown(ns, :neighbours), do: ip_json(ns, "neighbour show dev v1")

  defp shown(ns, :nexthops) do
    for %{"id" => 7} = nexthop <- ip_json(ns, "-details nexthop show"),
        do: nexthop |> Map.delete("resilient_args") |> Map.merge(timers(nexthop))
  end

  defp shown(ns, :routes) do
    for flag <- ["-4", "-6"],
        route <- ip_json(ns, "#{flag} -details route show table all"),
        route["dst"] in ["10.8.0.0/16", "fd08::/32"],
        do: without_timers(route)
  end

  defp timers(%{"resilient_args" => args}), do: Map.take(args, ["idle_timer", "unbalanced_timer"])
  defp timers(_nexthop), do: %{}

  # Options that the installed `ip` cannot change.
  for {ip, len} <- [{"10.60.0.1", 24}, {"fd60::1", 64}] do
    test "the protocol of #{ip} is kept, and restored after a change", %{sock: sock} do
      if :os.version() >= {5, 18, 0} do
        desired = %{addresses: [{"v1", unquote(ip), unquote(len), proto: 76}]}
        first = reconcile!(sock, desired)
        assert [create: _] = first.applied
        :ok = Address.replace(sock, "v1", unquote(ip), unquote(len), proto: 77)
        assert [update: _] = reconcile!(sock, desired, first.last_applied).applied
        {:ok, addresses} = Address.list(sock, link: "v1", scope: :universe)
        assert Enum.map(addresses, & &1.proto) == [76]
        assert reconcile!(sock, desired, first.last_applied).applied == []
      end
    end
  end

  for {section, spec, change} <- [
        {:nexthops, [id: 7, group: [1], hw_stats: true], [hw_stats: false]},
        {:nexthops, [id: 7, group: [1], hw_stats: false], [hw_stats: true]}
      ] do
    test "#{inspect(spec)} is kept, and restored after a change", %{sock: sock} do
      if :os.version() >= {6, 9, 0} do
        spec = unquote(spec)
        desired = %{unquote(section) => [spec]}
        assert [create: _] = reconcile!(sock, desired).applied
        assert reconcile!(sock, desired).applied == []
        :ok = Nexthop.replace(sock, Keyword.merge(spec, unquote(change)))
        assert [update: _] = reconcile!(sock, desired).applied
        assert {:ok, %{hw_stats_enable: enabled}} = Nexthop.get(sock, 7, stats: true)
        assert enabled == spec[:hw_stats]
        assert reconcile!(sock, desired).applied == []
      end
    end
  end

  for {option, other} <- [gso_ipv4_max_size: 4000, gro_ipv4_max_size: 4000] do
    test "#{option} of a link is kept, and restored after a change", %{sock: sock} do
      if :os.version() >= {6, 3, 0} do
        desired = %{links: [{"p0", :veth, [{:peer, "p1"}, {unquote(option), 3000}]}]}
        first = reconcile!(sock, desired)
        assert [create: _] = first.applied
        assert reconcile!(sock, desired, first.last_applied).applied == []
        :ok = Link.set(sock, "p0", [{unquote(option), unquote(other)}])
        assert [update: _] = reconcile!(sock, desired, first.last_applied).applied
        {:ok, link} = Link.get(sock, "p0")
        assert Map.fetch!(link.limits, unquote(option)) == 3000
      end
    end
  end

  for {opts, line, key} <- [
        {[up: true, carrier: false], "link set p0 carrier on", "operstate"},
        {[up: true, linkmode: :dormant, operstate: :dormant], "link set p0 state up", "operstate"}
      ] do
    @tag :vm
    test "#{inspect(opts)} of a link is kept, and restored after #{line}",
         %{ns: ns, sock: sock} do
      desired = %{links: [{"p0", :dummy, unquote(opts)}]}
      state = fn -> ip_json(ns, "-details link show dev p0") |> hd() |> Map.get(unquote(key)) end
      first = reconcile!(sock, desired)
      assert {[create: _], []} = {first.applied, first.failed}
      shown = state.()
      assert reconcile!(sock, desired, first.last_applied).applied == []
      ip!(ns, unquote(line))
      assert state.() != shown
      assert [update: _] = reconcile!(sock, desired, first.last_applied).applied
      assert state.() == shown
      assert reconcile!(sock, desired, first.last_applied).applied == []
    end
  end

  test "every option is tested here, or is in the list of exceptions" do
    used = fn rows ->
      for {_section, spec, _lines} <- rows,
          {key, _value} <-
            List.flatten([if(is_list(spec), do: spec, else: Tuple.to_list(spec) |> List.last())]),
          do: key
    end

    nexthops = [:group, :gateway, :encap, :family]
    routes = [:via, :from, :metrics, :nexthops, :encap, :realms]

    # Options of other tests here, of other kinds of links (link_info_test.exs), or refused.
    elsewhere = [
      links: [:gso_ipv4_max_size, :gro_ipv4_max_size, :name, :netns, :operstate, :carrier],
      nexthops: [:hw_stats]
    ]

    for {section, rows, options} <- [
          {:addresses, @addresses, Keyword.keys(Address.__options__())},
          {:nexthops, @nexthops, Keyword.keys(Nexthop.__options__()) ++ nexthops},
          {:routes, @routes, Keyword.keys(Route.Options.__options__()) ++ routes},
          {:links, @links, Keyword.keys(Link.__options__())}
        ] do
      assert {section, options -- (used.(rows) ++ (elsewhere[section] || []))} == {section, []}
    end

    metrics = for {_, {_, _, _, opts}, _} <- @routes, {key, _} <- opts[:metrics] || [], do: key
    assert Keyword.keys(Route.Metrics.__options__()) -- metrics == []
  end
end

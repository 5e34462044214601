defmodule Linx.Netlink.Rtnl.ReconcileNamespaceTest do
  # Not async: one of the tests watches every system call of this VM.
  use Linx.Test.NamespaceCase, async: false

  alias Linx.Netlink.{Error, Rtnl, Socket}
  alias Linx.Netlink.Rtnl.{Address, Link, Neighbour, Reconcile, Route, Rule}
  alias Linx.Netlink.Rtnl.Reconcile.{Pass, Report, Source}

  setup %{ns: ns, path: path} do
    # Without duplicate address detection nothing changes behind the test's back.
    exec!(ns, "sh", ["-c", "echo 0 > /proc/sys/net/ipv6/conf/default/accept_dad"])
    ip!(ns, "link set lo up")
    ip!(ns, "link add v0 type veth peer name v1")
    ip!(ns, "link set v0 up")
    ip!(ns, "link set v1 up")
    {:ok, sock} = Rtnl.open({:path, path})
    on_exit(fn -> Socket.close(sock) end)
    %{sock: sock}
  end

  @want %{
    addresses: [{"v0", "10.50.0.2", 24}, {"v0", "fd50::2", 64}],
    routes: [
      {"10.51.0.0", 16, "10.50.0.1"},
      {:default, "10.50.0.1"},
      {"fd51::", 32, "fd50::1", metric: 50},
      {"fd52::", 32, "fd50::1"},
      {"10.52.0.0", 16, "10.50.0.1", table: 5000}
    ]
  }

  defp reconcile!(sock, desired, last \\ %{}, opts \\ []) do
    {:ok, report} = Reconcile.reconcile(sock, desired, last, opts)
    report
  end

  defp addresses(ns, link) do
    for %{"addr_info" => infos} <- ip_json(ns, "address show dev #{link} scope global"),
        %{"local" => ip, "prefixlen" => len} <- infos,
        do: "#{ip}/#{len}"
  end

  defp routes(ns, which) do
    for family <- ["-4", "-6"],
        route <- ip_json(ns, "#{family} route show table all #{which}") do
      {route["dst"], route["gateway"], route["table"], route["metric"]}
    end
  end

  test "a namespace becomes as desired, and stays so", %{ns: ns, sock: sock} do
    first = reconcile!(sock, @want)

    assert inspect(first) == "#Linx.Netlink.Rtnl.Reconcile.Report<converged: 7 applied>"
    assert addresses(ns, "v0") == ["10.50.0.2/24", "fd50::2/64"]

    assert Enum.sort(routes(ns, "protocol 76")) == [
             {"10.51.0.0/16", "10.50.0.1", nil, nil},
             {"10.52.0.0/16", "10.50.0.1", "5000", nil},
             {"default", "10.50.0.1", nil, nil},
             {"fd51::/32", "fd50::1", nil, 50},
             {"fd52::/32", "fd50::1", nil, 1024}
           ]

    again = reconcile!(sock, @want, first.last_applied)
    assert again.converged? and again.applied == []
    assert again.last_applied == first.last_applied

    # Addresses and routes are told apart from others even without the report.
    assert reconcile!(sock, @want).applied == []
  end

  test "a pass with nothing to do only reads", %{sock: sock} do
    desired =
      Map.merge(@want, %{
        links: [{"br0", :bridge, up: true, ageing_time: 1000, priority: 7}, {"v1", nil, up: true}],
        neighbours: [{"v0", "10.50.0.9", "02:00:00:00:00:09"}],
        nexthops: [[id: 7, gateway: "10.50.0.1", dev: "v0"]],
        rules: [[priority: 900, from: "10.50.0.0/24", table: 5000]]
      })

    {first, sent} = sent(fn -> reconcile!(sock, desired) end)
    assert first.converged?
    assert Enum.count(sent, &(&1 == :new)) == length(first.applied)

    {second, sent} = sent(fn -> reconcile!(sock, desired, first.last_applied) end)
    assert second.converged? and second.applied == []
    assert length(sent) in 5..8
    assert Enum.uniq(sent) == [:get]
  end

  # What kinds of messages this VM sends to the kernel, by strace's word.
  defp sent(fun) do
    file = Path.join(System.tmp_dir!(), "linx-strace-#{System.unique_integer([:positive])}")
    args = ~w(-f -e trace=sendmsg,sendto,sendmmsg -o #{file} -p #{System.pid()})
    options = [:binary, :exit_status, :stderr_to_stdout, args: args]
    port = Port.open({:spawn_executable, System.find_executable("strace")}, options)
    assert_receive {^port, {:data, text}}, 10_000
    assert text =~ "attached"

    try do
      result = fun.()
      {:os_pid, pid} = Port.info(port, :os_pid)
      {_, 0} = System.cmd("kill", ["-TERM", "#{pid}"])
      assert_receive {^port, {:exit_status, _}}, 10_000

      {result, kinds(File.read!(file))}
    after
      File.rm(file)
    end
  end

  # A type of rtnetlink is, from 16 on, NEW, DEL, GET or SET in turn. strace does not know the
  # protocol of a socket in another namespace, and so has numbers for names.
  defp kinds(trace) do
    for [_, type] <- Regex.scan(~r/nlmsg_type=0x([0-9a-f]+)/, trace) do
      elem({:new, :del, :get, :set}, rem(String.to_integer(type, 16), 4))
    end
  end

  test "what is no longer desired goes, what is not ours stays", %{ns: ns, sock: sock} do
    ip!(ns, "address add 10.50.0.77/24 dev v0")
    ip!(ns, "route add 10.60.0.0/16 dev v0")
    ip!(ns, "route add 10.61.0.0/16 dev v0 protocol 77")
    ip!(ns, "-6 route add fd61::/32 dev v0 protocol static")
    ip!(ns, "rule add priority 50 from 10.0.0.0/8 table 7")
    ip!(ns, "nexthop add id 3 dev v0 protocol static")

    first = reconcile!(sock, @want)
    last = reconcile!(sock, %{}, first.last_applied)

    assert last.converged? and length(last.applied) == 7
    assert last.last_applied == %{addresses: MapSet.new()}
    assert Enum.all?(last.applied, &match?({:delete, _}, &1))

    assert addresses(ns, "v0") == ["10.50.0.77/24"]
    assert routes(ns, "protocol 76") == []
    assert [{"10.60.0.0/16", _, _, _}] = routes(ns, "protocol boot")
    assert [{"10.61.0.0/16", _, _, _}] = routes(ns, "protocol 77")
    assert [{"fd61::/32", _, _, _}] = routes(ns, "protocol static")
    assert [_] = ip_json(ns, "rule show priority 50")
    assert [%{"id" => 3}] = ip_json(ns, "nexthop show")
  end

  test "without the report, addresses are left behind and routes are not", %{ns: ns, sock: sock} do
    _ = reconcile!(sock, @want)
    assert reconcile!(sock, %{}).converged?
    assert addresses(ns, "v0") == ["10.50.0.2/24", "fd50::2/64"]
    assert routes(ns, "protocol 76") == []
  end

  test "what was changed by hand is put right", %{ns: ns, sock: sock} do
    first = reconcile!(sock, @want)

    ip!(ns, "address delete fd50::2/64 dev v0")
    ip!(ns, "route replace 10.51.0.0/16 via 10.50.0.9 protocol 76")
    ip!(ns, "-6 route delete fd51::/32")

    second = reconcile!(sock, @want, first.last_applied)
    assert second.converged?

    assert [
             {:create, %Address{family: 10}},
             {:create, %Route{family: 10}},
             {:update, %Route{family: 2}}
           ] = Enum.uniq_by(second.applied, fn {verb, item} -> {verb, item.__struct__} end)

    assert addresses(ns, "v0") == ["10.50.0.2/24", "fd50::2/64"]
    assert {"10.51.0.0/16", "10.50.0.1", nil, nil} in routes(ns, "protocol 76")
    assert {"fd51::/32", "fd50::1", nil, 50} in routes(ns, "protocol 76")
    assert reconcile!(sock, @want, second.last_applied).applied == []
  end

  test "reconcilers with different tags do not meet", %{ns: ns, sock: sock} do
    ip!(ns, "address add 10.50.0.2/24 dev v0")
    assert reconcile!(sock, %{routes: [{"10.51.0.0", 16, "10.50.0.1"}]}).converged?

    other = reconcile!(sock, %{routes: [{"10.52.0.0", 16, "10.50.0.1"}]}, %{}, protocol: :static)
    assert [{:create, %Route{protocol: 4}}] = other.applied
    assert reconcile!(sock, %{}, %{}, protocol: 77).applied == []
    assert [{:delete, %Route{protocol: 4}}] = reconcile!(sock, %{}, %{}, protocol: 4).applied
    assert [{"10.51.0.0/16", _, _, _}] = routes(ns, "protocol 76")
  end

  test "a dry run changes nothing and tells what would be done", %{ns: ns, sock: sock} do
    desired = Map.put(@want, :links, [{"br0", :bridge}])
    report = reconcile!(sock, desired, %{}, dry_run: true)

    refute report.converged?
    assert {report.applied, report.failed} == {[], []}
    assert [{:create, %Link{name: "br0"}} | _] = report.pending
    assert length(report.pending) == 8
    assert addresses(ns, "v0") == []

    for {:create, item} <- reconcile!(sock, desired).applied do
      assert Enum.any?(report.pending, fn {:create, planned} ->
               planned.__struct__ == item.__struct__
             end)
    end

    assert reconcile!(sock, desired, %{}, dry_run: true).converged?
  end

  describe "a failing step" do
    @broken %{
      addresses: [{"v0", "10.50.0.2", 24}],
      routes: [{"10.51.0.0", 16, "192.0.2.1"}, {"10.52.0.0", 16, "10.50.0.1"}]
    }

    test "ends the pass", %{ns: ns, sock: sock} do
      report = reconcile!(sock, @broken)

      refute report.converged?

      assert [{{:create, %Route{}}, %Error{message: "Nexthop has invalid gateway"}}] =
               report.failed

      assert [{:create, %Address{}}] = report.applied
      assert [{:create, %Route{}}] = report.pending
      assert MapSet.size(report.last_applied.addresses) == 1
      assert routes(ns, "protocol 76") == []
    end

    test "does not end it if told to go on", %{ns: ns, sock: sock} do
      desired = update_in(@broken.routes, &[{"10.53.0.0", 16, "192.0.2.2"} | &1])
      report = reconcile!(sock, desired, %{}, on_error: :continue)

      refute report.converged?
      assert [{_, %Error{}}, {_, %Error{}}] = report.failed
      assert report.pending == []
      assert [{"10.52.0.0/16", _, _, _}] = routes(ns, "protocol 76")
    end
  end

  test "what does not make sense is refused before anything is done", %{ns: ns, sock: sock} do
    for {section, spec, reason} <- [
          {:addresses, {"eth9", "10.0.0.1", 24}, {:unknown_interface, "eth9"}},
          {:routes, {"10.51.0.0", 33, "10.50.0.1"}, {:route, {:bad_prefix, 33}}},
          {:links, {"eth9", nil, up: true}, {:unknown_interface, "eth9"}}
        ] do
      desired = Map.update(@want, section, [spec], &(&1 ++ [spec]))
      assert Reconcile.reconcile(sock, desired) == {:error, {:normalize, reason}}
    end

    assert addresses(ns, "v0") == []
  end

  test "an address whose link is gone is forgotten", %{ns: ns, sock: sock} do
    first = reconcile!(sock, @want)
    ip!(ns, "link delete v0")
    assert reconcile!(sock, %{}, first.last_applied).converged?
  end

  test "with a primary address its secondary may go", %{ns: ns, sock: sock} do
    want = %{addresses: [{"v0", "10.50.0.2", 24}, {"v0", "10.50.0.3", 24}]}
    first = reconcile!(sock, want)
    last = reconcile!(sock, %{}, first.last_applied)

    assert last.converged?
    assert last.last_applied.addresses == MapSet.new()
    assert addresses(ns, "v0") == []
  end

  describe "links" do
    test "are created with what is on them, changed and deleted", %{ns: ns, sock: sock} do
      desired = %{
        links: [
          {"br0", :bridge, up: true, mtu: 1400},
          {"a0", :veth, peer: "a1", master: "br0", up: true, alias: "uplink"},
          {"a1", nil, up: true, mtu: 1300}
        ],
        addresses: [{"br0", "10.70.0.1", 24}, {"a1", "fd70::1", 64}],
        neighbours: [{"a1", "fd70::9", "02:00:00:00:00:09"}]
      }

      first = reconcile!(sock, desired)
      assert first.converged?

      assert [%{"mtu" => 1300, "flags" => flags}] = ip_json(ns, "link show dev a1")
      assert "UP" in flags
      assert [%{"master" => "br0", "ifalias" => "uplink"}] = ip_json(ns, "link show dev a0")
      assert addresses(ns, "br0") == ["10.70.0.1/24"]
      assert addresses(ns, "a1") == ["fd70::1/64"]

      assert [%{"lladdr" => "02:00:00:00:00:09", "state" => ["PERMANENT"]}] =
               ip_json(ns, "neighbour show dev a1 nud permanent")

      # The first port of a bridge raises an MTU that was given at its creation.
      second = reconcile!(sock, desired, first.last_applied)
      assert Enum.all?(second.applied, &match?({:update, %Link{name: "br0"}}, &1))
      assert reconcile!(sock, desired, second.last_applied).applied == []

      changed = put_in(desired.links, [{"br0", :bridge, up: false, mtu: 1400}])
      changed = %{changed | addresses: [], neighbours: []}
      third = reconcile!(sock, changed, second.last_applied)
      assert third.converged?
      assert [%{"flags" => flags}] = ip_json(ns, "link show dev br0")
      refute "UP" in flags
      assert names(ns) == ["br0", "lo", "v0", "v1"]

      last = reconcile!(sock, %{}, third.last_applied)
      assert last.converged?
      assert last.last_applied == %{addresses: MapSet.new()}
      assert names(ns) == ["lo", "v0", "v1"]
    end

    # An option that is changed, with what ip shows then. Neither is set again.
    for {text, kind, before, then, shown} <- [
          {"the hardware address", :veth, [address: "02:00:00:00:00:01"],
           [address: "02:00:00:00:00:02"], %{"address" => "02:00:00:00:00:02"}},
          {"the MTU", :veth, [mtu: 1400], [mtu: 1300], %{"mtu" => 1300}},
          {"the length of the queue", :veth, [txqlen: 7], [txqlen: 8], %{"txqlen" => 8}},
          {"the group", :veth, [group: 7], [group: 0], %{"group" => "default"}},
          {"the master", :veth, [master: "b0"], [master: nil], %{"master" => nil}},
          {"a master", :veth, [], [master: "b0"], %{"master" => "b0"}},
          {"that it is up", :veth, [up: true], [up: false], %{"operstate" => "DOWN"}},
          {"ARP", :veth, [arp: false], [arp: true], {"NOARP", false}},
          {"no ARP", :veth, [], [arp: false], {"NOARP", true}},
          {"multicast", :veth, [], [multicast: false], {"MULTICAST", false}},
          {"all multicast", :veth, [], [allmulticast: true], {"ALLMULTI", true}},
          {"receiving everything", :veth, [promisc: true], [promisc: false], {"PROMISC", false}},
          {"dynamic addresses", :veth, [], [dynamic: true], {"DYNAMIC", true}},
          {"the description", :veth, [alias: "a"], [alias: "b"], %{"ifalias" => "b"}},
          {"no description", :veth, [alias: "a"], [alias: ""], %{"ifalias" => nil}},
          {"the mode after a carrier", :veth, [], [linkmode: :dormant],
           %{"linkmode" => "DORMANT"}},
          {"segments", :veth, [gso_max_segs: 7], [gso_max_segs: 8], %{"gso_max_segs" => 8}},
          {"size of segments", :veth, [], [gso_max_size: 3000], %{"gso_max_size" => 3000}},
          {"size of what is merged", :veth, [], [gro_max_size: 3000], %{"gro_max_size" => 3000}},
          {"how link-local addresses are made", :veth, [addr_gen_mode: :none],
           [addr_gen_mode: :eui64], %{"inet6_addr_gen_mode" => "eui64"}},
          {"an interface identifier", :veth, [], [token: "::7", up: true], :token},
          {"what holds a link down", :macvlan, [parent: "v0"], [parent: "v0", proto_down: true],
           %{"proto_down" => true}},
          {"the mode of a macvlan", :macvlan, [parent: "v0", mode: :bridge],
           [parent: "v0", mode: :private], %{"mode" => "private"}},
          {"the priority of a bridge", :bridge, [priority: 7], [priority: 8], %{"priority" => 8}},
          {"the ages of a bridge", :bridge, [ageing_time: 100], [ageing_time: 200],
           %{"ageing_time" => 200}},
          {"the spanning tree of a bridge", :bridge, [stp_state: 0], [stp_state: 1],
           %{"stp_state" => 1}},
          {"the far end of a VXLAN", :vxlan, [id: 7, remote: "192.0.2.1", parent: "v0"],
           [id: 7, remote: "192.0.2.2", parent: "v0"], %{"remote" => "192.0.2.2"}},
          {"learning of a VXLAN", :vxlan, [id: 7, port: 4789, learning: true],
           [id: 7, port: 4789, learning: false], %{"learning" => false}}
        ] do
      test "have #{text} changed", %{ns: ns, sock: sock} do
        ip!(ns, "link add b0 type bridge")
        {kind, then} = {unquote(kind), unquote(then)}
        peer = if kind == :veth, do: [peer: "p1"], else: []
        desired = &%{links: [{"p0", kind, &1 ++ peer}]}
        before = desired.(unquote(before))

        first = reconcile!(sock, before)
        assert {[create: _], []} = {first.applied, first.failed}
        again = reconcile!(sock, before, first.last_applied)
        assert {again.applied, again.failed} == {[], []}

        changed = reconcile!(sock, desired.(then), again.last_applied)
        assert {[update: _], []} = {changed.applied, changed.failed}
        assert_shown(unquote(Macro.escape(shown)), ns)
        again = reconcile!(sock, desired.(then), changed.last_applied)
        assert {again.applied, again.failed} == {[], []}

        assert [delete: _] = reconcile!(sock, %{}, again.last_applied).applied
        refute "p0" in names(ns)
      end
    end

    defp assert_shown(:token, ns) do
      assert [%{"token" => "::7"}] =
               for(%{"ifname" => "p0"} = one <- ip_json(ns, "token list"), do: one)
    end

    defp assert_shown({flag, on}, ns),
      do: assert({flag, flag in p0(ns)["flags"]} == {flag, on})

    defp assert_shown(expected, ns) do
      shown = Map.merge(p0(ns), p0(ns)["linkinfo"]["info_data"] || %{})
      for {key, value} <- expected, do: assert({key, shown[key]} == {key, value})
    end

    defp p0(ns), do: ns |> ip_json("-details link show dev p0") |> hd()

    test "of others are not deleted, though they were changed", %{ns: ns, sock: sock} do
      first = reconcile!(sock, %{links: [{"v0", :veth, mtu: 1280, peer: "v1"}]})
      assert [{:update, %Link{name: "v0"}}] = first.applied
      assert [%{"mtu" => 1280}] = ip_json(ns, "link show dev v0")
      assert reconcile!(sock, %{}, first.last_applied).applied == []

      ip!(ns, "link add br0 type bridge")
      made = reconcile!(sock, %{links: [{"br1", :bridge}]})
      ip!(ns, "link delete br1")
      ip!(ns, "link add br1 type bridge")
      assert reconcile!(sock, %{}, made.last_applied).applied == []
      assert names(ns) == ["br0", "br1", "lo", "v0", "v1"]
    end

    test "of another kind, and what only new links take, are failures", %{sock: sock} do
      assert [{{:update, _}, {:other_kind, "veth"}}] =
               reconcile!(sock, %{links: [{"v0", :bridge}]}).failed

      assert [{{:update, _}, {:only_at_creation, :num_tx_queues}}] =
               reconcile!(sock, %{links: [{"v0", nil, num_tx_queues: 77}]}).failed
    end

    test "that cannot be completed are not left behind", %{ns: ns, sock: sock} do
      report =
        reconcile!(sock, %{links: [{"br0", :bridge, addr_gen_mode: :eui64, carrier: true}]})

      assert [{{:create, %Link{}}, %Error{}}] = report.failed
      assert report.last_applied == %{addresses: MapSet.new()}
      assert names(ns) == ["lo", "v0", "v1"]
    end

    defp names(ns), do: ns |> ip_json("link show") |> Enum.map(& &1["ifname"]) |> Enum.sort()
  end

  test "every form of route is recognized again", %{ns: ns, sock: sock} do
    desired = %{
      # An address that is still checked is no `:prefsrc`.
      addresses: [{"v0", "10.50.0.2", 24}, {"v0", "fd50::2", 64, flags: [:nodad]}],
      nexthops: [
        [id: 7, gateway: "10.50.0.1", dev: "v0"],
        [id: 8, gateway: "fd50::1", dev: "v0"],
        [id: 9, blackhole: true],
        [id: 10, group: [{7, 3}]]
      ],
      routes: [
        {"10.1.0.0", 16, nil, dev: "v0"},
        {"fd01::", 32, nil, dev: "v0"},
        {"10.2.0.0", 16, nil, type: :blackhole},
        {"fd02::", 32, nil, type: :unreachable},
        {"10.3.0.0", 16, nil, nh_id: 10},
        {"fd03::", 32, nil, nh_id: 8},
        {"10.4.0.0", 16, nil,
         nexthops: [[gateway: "10.50.0.9", weight: 3], [gateway: "10.50.0.1"]]},
        {"fd04::", 32, nil, nexthops: [[gateway: "fd50::9", weight: 3], [gateway: "fd50::1"]]},
        {"10.5.0.0", 16, "10.50.0.1", metrics: [mtu: 1300, lock: [:mtu]], prefsrc: "10.50.0.2"},
        {"fd05::", 32, "fd50::1", metrics: [advmss: 1200], prefsrc: "fd50::2"},
        {"10.6.0.0", 16, "192.0.2.1", dev: "v0", onlink: true},
        {"10.7.0.0", 16, nil, via: "fd50::1", dev: "v0"},
        {"10.8.0.0", 16, "10.50.0.1", tos: 8},
        {"10.8.0.0", 16, "10.50.0.9"}
      ]
    }

    first = reconcile!(sock, desired)
    assert first.failed == []
    assert length(ip_json(ns, "nexthop show protocol 76")) == 4
    assert length(routes(ns, "protocol 76")) == length(desired.routes)

    second = reconcile!(sock, desired, first.last_applied)
    assert second.applied == []

    # One thing of each changed, and each is put right.
    changed = %{
      desired
      | nexthops: [
          [id: 7, gateway: "10.50.0.3", dev: "v0"],
          [id: 8, gateway: "fd50::4", dev: "v0"],
          [id: 9, blackhole: true],
          [id: 10, group: [{7, 4}]]
        ],
        routes:
          Enum.map(desired.routes, fn
            {dst, len, nil, [dev: "v0"]} -> {dst, len, nil, dev: "v1"}
            {dst, len, nil, [type: _]} -> {dst, len, nil, type: :prohibit}
            {dst, len, gateway, opts} -> {dst, len, gateway, change(opts)}
            {dst, len, _gateway} -> {dst, len, "10.50.0.4"}
          end)
    }

    third = reconcile!(sock, changed, second.last_applied)
    assert third.failed == []
    assert Enum.all?(third.applied, &match?({:update, _}, &1))
    # All but the black hole, which stays, and the routes by the nexthops, which lead on.
    assert length(third.applied) == 3 + length(desired.routes) - 3
    assert reconcile!(sock, changed, third.last_applied).applied == []

    assert [%{"gateway" => "10.50.0.3"}] = ip_json(ns, "nexthop show id 7")
    assert [%{"type" => "prohibit"}] = ip_json(ns, "-details route show 10.2.0.0/16")
    assert [%{"dev" => "v1"}] = ip_json(ns, "-6 route show fd01::/32")

    last = reconcile!(sock, %{}, third.last_applied)
    assert last.failed == []
    assert routes(ns, "protocol 76") == []
    assert ip_json(ns, "nexthop show protocol 76") == []
  end

  defp change(nexthops: [hop | hops]), do: [nexthops: [Keyword.put(hop, :weight, 5) | hops]]
  defp change([{:metrics, _} | rest]), do: [metrics: [mtu: 1280]] ++ rest
  defp change([{:via, _} | rest]), do: [via: "fd50::3"] ++ rest
  defp change(dev: dev, onlink: true), do: [dev: dev, onlink: true, metrics: [mtu: 1290]]
  defp change(opts), do: opts

  describe "once applied, nothing is left to do for" do
    for {text, route} <- [
          {"an IPv6 route with host bits", {"fd01::1", 32, "fd50::1"}},
          {"an IPv6 source with host bits", {"fd02::", 32, "fd50::1", from: "fd00::1/16"}},
          {"one next hop with a weight",
           {"10.1.0.0", 16, nil, nexthops: [[gateway: "10.50.0.1", weight: 3]]}},
          {"one IPv6 next hop with a weight",
           {"fd03::", 32, nil, nexthops: [[gateway: "fd50::1", weight: 3]]}},
          {"next hops with realms",
           {"10.2.0.0", 16, nil,
            nexthops: [[gateway: "10.50.0.1", realms: 7], [gateway: "10.50.0.9", realms: {1, 2}]]}},
          {"a route with realms", {"10.3.0.0", 16, "10.50.0.1", realms: 4}},
          {"one next hop with a realm",
           {"10.3.0.0", 16, nil, nexthops: [[gateway: "10.50.0.1", realms: 4]]}},
          {"a route that expires", {"fd04::", 32, "fd50::1", expires: 500}},
          {"an IPv6 multicast route", {"ff1e::", 32, nil, dev: "v0", type: :multicast}},
          {"an IPv6 address of its own",
           {"fd05::1", 128, nil, dev: "v0", type: :local, table: 255}},
          {"a broadcast", {"10.4.0.255", 32, nil, dev: "v0", type: :broadcast, table: 255}},
          {"a route out of the table", {"10.5.0.0", 16, nil, type: :throw}},
          {"a metric of 0", {"fd06::", 32, "fd50::1", metric: 0}},
          {"features of TCP",
           {"fd07::", 32, "fd50::1", metrics: [features: [:ecn], quickack: true]}},
          {"metrics of nothing",
           {"10.7.0.0", 16, "10.50.0.1", metrics: [mtu: 1400, quickack: false, lock: []]}},
          {"metrics of nothing but zeros", {"fd0a::", 32, "fd50::1", metrics: [rtt: 0]}},
          {"metrics beyond what the kernel takes",
           {"10.8.0.0", 16, "10.50.0.1", metrics: [mtu: 70_000, advmss: 70_000]}},
          {"segments", {"fd08::", 32, nil, dev: "v0", encap: {:seg6, segments: ["fd91::1"]}}},
          {"segments inline",
           {"fd08::", 32, nil, dev: "v0", encap: {:seg6, mode: :inline, segments: ["fd91::1"]}}},
          {"an endpoint that counts",
           {"fd09::1", 128, nil, dev: "v0", encap: {:seg6_local, action: :end, count: true}}},
          {"a tunnel over IPv4",
           {"10.6.0.0", 16, nil, dev: "v0", encap: {:ip, id: 7, dst: "192.0.2.7", flags: [:key]}}},
          {"a tunnel over IPv6",
           {"10.6.0.0", 16, nil, dev: "v0", encap: {:ip6, id: 7, dst: "2001:db8::7"}}}
        ] do
      test text, %{ns: ns, sock: sock} do
        desired = %{@want | routes: [unquote(Macro.escape(route))]}
        first = reconcile!(sock, desired)
        assert first.failed == []
        assert [_] = routes(ns, "protocol 76")
        again = reconcile!(sock, desired, first.last_applied)
        assert {again.applied, again.failed} == {[], []}
        assert [_] = routes(ns, "protocol 76")

        last = reconcile!(sock, %{}, again.last_applied)
        assert last.failed == []
        assert routes(ns, "protocol 76") == []
      end
    end

    for {text, section, specs} <- [
          {"the far end of an address", :addresses, [{"v1", "10.60.0.1", 32, peer: "10.60.0.2"}]},
          {"the far end of an IPv6 address", :addresses,
           [{"v1", "fd60::1", 128, peer: "fd60::2"}]},
          {"an address with a scope", :addresses, [{"v1", "10.60.0.1", 24, scope: :link}]},
          {"an address for a time", :addresses,
           [{"v1", "fd60::1", 64, valid_lft: 500, preferred_lft: 100}]},
          {"one address on two links", :addresses,
           [{"v0", "10.60.0.1", 24}, {"v1", "10.60.0.1", 24}]},
          {"neighbours of both families", :neighbours,
           [{"v0", "10.60.0.9", "02:00:00:00:00:09"}, {"v0", "fd60::9", "02:00:00:00:00:0a"}]},
          {"a nexthop with a gateway on the link", :nexthops,
           [[id: 7, gateway: "192.0.2.1", dev: "v0", onlink: true]]},
          {"a group with weights", :nexthops,
           [
             [id: 7, gateway: "fe80::1", dev: "v0"],
             [id: 8, dev: "v1", family: :inet6],
             [id: 9, group: [{8, 3}, {7, 256}]]
           ]},
          {"a resilient group", :nexthops,
           [
             [id: 7, gateway: "fe80::1", dev: "v0"],
             [id: 9, group: [7], type: :resilient, buckets: 4, idle_timer: 700]
           ]},
          {"far ends of a forwarding table", :nexthops,
           [[id: 7, gateway: "192.0.2.1", fdb: true], [id: 9, group: [7], fdb: true]]},
          {"a black hole of IPv6", :nexthops, [[id: 7, blackhole: true, family: :inet6]]}
        ] do
      test text, %{sock: sock} do
        desired = Map.put(%{@want | routes: []}, unquote(section), unquote(Macro.escape(specs)))
        first = reconcile!(sock, desired)
        assert first.failed == []
        assert length(first.applied) >= length(unquote(Macro.escape(specs)))

        again = reconcile!(sock, desired, first.last_applied)
        assert {again.applied, again.failed} == {[], []}

        last = reconcile!(sock, %{}, again.last_applied)
        assert last.failed == []
        assert reconcile!(sock, desired).applied == first.applied
      end
    end
  end

  # One thing is changed, which is as few steps as can be; then ip shows something else, and
  # when nothing is desired any more what it showed before.
  describe "one change is made for" do
    @hop [id: 7, gateway: "10.50.0.1", dev: "v0"]
    @hop6 [id: 8, gateway: "fd50::1", dev: "v0"]
    @mac9 "02:00:00:00:00:09"

    for {text, section, before, then, steps} <- [
          {"the prefix of an address", :addresses, {"v1", "10.60.0.1", 24},
           {"v1", "10.60.0.1", 25}, [:create, :delete]},
          {"the prefix of an IPv6 address", :addresses, {"v1", "fd60::1", 64},
           {"v1", "fd60::1", 128}, [:delete, :create]},
          {"an address", :addresses, {"v1", "fd60::1", 64}, {"v1", "fd60::2", 64},
           [:create, :delete]},
          {"the link of an address", :addresses, {"v1", "fd60::1", 64}, {"v0", "fd60::1", 64},
           [:create, :delete]},
          {"the far end of an address", :addresses, {"v1", "10.60.0.1", 32, peer: "10.60.0.2"},
           {"v1", "10.60.0.1", 32, peer: "10.60.0.3"}, [:create, :delete]},
          {"the far end of an IPv6 address", :addresses, {"v1", "fd60::1", 128, peer: "fd60::2"},
           {"v1", "fd60::1", 128, peer: "fd60::3"}, [:delete, :create]},
          {"no far end of an IPv6 address", :addresses, {"v1", "fd60::1", 64, peer: "fd60::2"},
           {"v1", "fd60::1", 64}, [:delete, :create]},
          {"the metric of an address", :addresses, {"v1", "10.60.0.1", 24, metric: 7},
           {"v1", "10.60.0.1", 24, metric: 8}, [:update]},
          {"the metric of an IPv6 address", :addresses, {"v1", "fd60::1", 64},
           {"v1", "fd60::1", 64, metric: 8}, [:update]},
          {"an address that lasts", :addresses, {"v1", "10.60.0.1", 24, valid_lft: 500},
           {"v1", "10.60.0.1", 24, valid_lft: :forever}, [:update]},
          {"an IPv6 address that does not last", :addresses, {"v1", "fd60::1", 64},
           {"v1", "fd60::1", 64, valid_lft: 500}, [:update]},
          {"an address that is not to be preferred", :addresses, {"v1", "fd60::1", 64},
           {"v1", "fd60::1", 64, preferred_lft: 0}, [:update]},
          {"the flags of an IPv6 address", :addresses,
           {"v1", "fd60::1", 64, flags: [:noprefixroute, :home]},
           {"v1", "fd60::1", 64, flags: [:mngtmpaddr]}, [:update]},
          {"the hardware address of a neighbour", :neighbours, {"v1", "10.60.0.9", @mac9},
           {"v1", "10.60.0.9", "02:00:00:00:00:0a"}, [:update]},
          {"the hardware address of an IPv6 neighbour", :neighbours, {"v1", "fd60::9", @mac9},
           {"v1", "fd60::9", "02:00:00:00:00:0a"}, [:update]},
          {"a neighbour", :neighbours, {"v1", "fd60::9", @mac9}, {"v1", "fd60::a", @mac9},
           [:create, :delete]},
          {"the link of a neighbour", :neighbours, {"v1", "10.60.0.9", @mac9},
           {"v0", "10.60.0.9", @mac9}, [:create, :delete]},
          {"the gateway of a nexthop", :nexthops, @hop, [id: 7, gateway: "10.50.0.3", dev: "v0"],
           [:update]},
          {"the gateway of an IPv6 nexthop", :nexthops, @hop6,
           [id: 8, gateway: "fd50::3", dev: "v0"], [:update]},
          {"the link of a nexthop", :nexthops, [id: 7, dev: "v0"], [id: 7, dev: "v1"], [:update]},
          {"the id of a nexthop", :nexthops, @hop, Keyword.put(@hop, :id, 9), [:create, :delete]},
          {"a gateway on the link of a nexthop", :nexthops, @hop, [onlink: true] ++ @hop,
           [:update]},
          {"a nexthop that becomes a black hole", :nexthops, @hop, [id: 7, blackhole: true],
           [:update]},
          {"the encapsulation of a nexthop", :nexthops, [encap: {:mpls, labels: [7]}] ++ @hop,
           [encap: {:mpls, labels: [7, 8]}] ++ @hop, [:update]},
          {"the gateway of a route", :routes, {"10.1.0.0", 16, "10.50.0.1"},
           {"10.1.0.0", 16, "10.50.0.3"}, [:update]},
          {"the gateway of an IPv6 route", :routes, {"fd01::", 16, "fd50::1"},
           {"fd01::", 16, "fd50::3"}, [:update]},
          {"the table of a route", :routes, {"10.1.0.0", 16, "10.50.0.1"},
           {"10.1.0.0", 16, "10.50.0.1", table: 5000}, [:create, :delete]},
          {"the metric of a route", :routes, {"10.1.0.0", 16, "10.50.0.1"},
           {"10.1.0.0", 16, "10.50.0.1", metric: 7}, [:create, :delete]},
          {"the metric of an IPv6 route", :routes, {"fd01::", 16, "fd50::1"},
           {"fd01::", 16, "fd50::1", metric: 7}, [:create, :delete]},
          {"the prefix of a route", :routes, {"fd01::", 16, "fd50::1"}, {"fd01::", 17, "fd50::1"},
           [:create, :delete]},
          {"the TOS of a route", :routes, {"10.1.0.0", 16, "10.50.0.1", tos: 8},
           {"10.1.0.0", 16, "10.50.0.1", tos: 16}, [:create, :delete]},
          {"the link of a route", :routes, {"10.1.0.0", 16, nil, dev: "v0"},
           {"10.1.0.0", 16, nil, dev: "v1"}, [:update]},
          {"the link of an IPv6 route", :routes, {"fd01::", 16, nil, dev: "v0"},
           {"fd01::", 16, nil, dev: "v1"}, [:update]},
          {"the scope of a route", :routes, {"10.1.0.0", 16, nil, dev: "v0"},
           {"10.1.0.0", 16, nil, dev: "v0", scope: :universe}, [:update]},
          {"the type of a route", :routes, {"10.1.0.0", 16, nil, type: :blackhole},
           {"10.1.0.0", 16, nil, type: :throw}, [:update]},
          {"the type of an IPv6 route", :routes, {"fd01::", 16, nil, type: :blackhole},
           {"fd01::", 16, nil, type: :prohibit}, [:update]},
          {"the preferred source of a route", :routes, {"10.1.0.0", 16, "10.50.0.1"},
           {"10.1.0.0", 16, "10.50.0.1", prefsrc: "10.50.0.2"}, [:update]},
          {"the preferred source of an IPv6 route", :routes,
           {"fd01::", 16, "fd50::1", prefsrc: "fd50::2"}, {"fd01::", 16, "fd50::1"}, [:update]},
          {"the source of an IPv6 route", :routes, {"fd01::", 16, "fd50::1", from: "fd09::/16"},
           {"fd01::", 16, "fd50::1", from: "fd08::/16"}, [:create, :delete]},
          {"the preference of a router", :routes, {"fd01::", 16, "fd50::1"},
           {"fd01::", 16, "fd50::1", pref: :high}, [:update]},
          {"a gateway on the link of a route", :routes, {"10.1.0.0", 16, "10.50.0.1", dev: "v0"},
           {"10.1.0.0", 16, "10.50.0.1", dev: "v0", onlink: true}, [:update]},
          {"the metrics of a route", :routes, {"10.1.0.0", 16, "10.50.0.1", metrics: [mtu: 1400]},
           {"10.1.0.0", 16, "10.50.0.1", metrics: [mtu: 1400, initcwnd: 7]}, [:update]},
          {"the metrics of an IPv6 route", :routes,
           {"fd01::", 16, "fd50::1", metrics: [hoplimit: 7]},
           {"fd01::", 16, "fd50::1", metrics: [hoplimit: 8]}, [:update]},
          {"the realm of a route", :routes, {"10.1.0.0", 16, "10.50.0.1", realms: 7},
           {"10.1.0.0", 16, "10.50.0.1", realms: {7, 7}}, [:update]},
          {"the next hops of a route", :routes,
           {"10.1.0.0", 16, nil, nexthops: [[gateway: "10.50.0.1"], [gateway: "10.50.0.3"]]},
           {"10.1.0.0", 16, nil, nexthops: [[gateway: "10.50.0.1"], [gateway: "10.50.0.4"]]},
           [:update]},
          {"the next hops of an IPv6 route", :routes,
           {"fd01::", 16, nil, nexthops: [[gateway: "fd50::1"], [gateway: "fd50::3"]]},
           {"fd01::", 16, nil, nexthops: [[gateway: "fd50::1"]]}, [:update]},
          {"a gateway of IPv6 for IPv4", :routes, {"10.1.0.0", 16, "10.50.0.1"},
           {"10.1.0.0", 16, nil, via: "fd50::1", dev: "v0"}, [:update]},
          {"the encapsulation of a route", :routes,
           {"10.1.0.0", 16, "10.50.0.1", encap: {:mpls, labels: [7]}},
           {"10.1.0.0", 16, "10.50.0.1", encap: {:mpls, labels: [8]}}, [:update]},
          {"no encapsulation of an IPv6 route", :routes,
           {"fd01::", 16, "fd50::1", encap: {:mpls, labels: [7]}}, {"fd01::", 16, "fd50::1"},
           [:update]}
        ] do
      if text =~ "encapsulation", do: @tag(:vm)

      test text, %{ns: ns, sock: sock} do
        {section, steps} = {unquote(section), unquote(steps)}
        base = %{addresses: @want.addresses, routes: []}
        first = reconcile!(sock, base)
        empty = picture(ns)

        [before, then] =
          for spec <- unquote([Macro.escape(before), Macro.escape(then)]),
              do: Map.update(base, section, [spec], &(&1 ++ [spec]))

        made = reconcile!(sock, before, first.last_applied)
        assert {[create: _], []} = {made.applied, made.failed}
        shown = picture(ns)
        assert shown != empty

        changed = reconcile!(sock, then, made.last_applied)
        assert changed.failed == []
        assert Keyword.keys(changed.applied) == steps
        assert picture(ns) not in [shown, empty]
        again = reconcile!(sock, then, changed.last_applied)
        assert {again.applied, again.failed} == {[], []}

        back = reconcile!(sock, before, again.last_applied)
        assert back.failed == []
        assert length(back.applied) == length(steps)
        assert picture(ns) == shown

        last = reconcile!(sock, base, back.last_applied)
        assert [delete: _] = last.applied
        assert picture(ns) == empty
      end
    end

    # What ip shows of what a pass can do, but how much of lifetimes is left.
    defp picture(ns) do
      addresses =
        for %{"ifname" => name, "addr_info" => infos} <- ip_json(ns, "-details address show"),
            %{"scope" => "global"} = info <- infos,
            do: {name, steady(info)}

      others =
        for args <- ["neighbour show nud permanent", "nexthop show"],
            do: ip_json(ns, "-details " <> args)

      routes =
        for flag <- ["-4", "-6"],
            do: ip_json(ns, "#{flag} -details route show table all protocol 76")

      Enum.map([addresses | others] ++ routes, &Enum.sort/1)
    end

    # A new address is checked for a moment, and IPv6 does not go back to no metric.
    defp steady(info) do
      for {key, value} <- info |> Map.delete("tentative") |> Map.put_new("metric", 256),
          into: %{},
          do: {key, if(key =~ "life_time" and value in 1..999, do: :some, else: value)}
    end
  end

  for {text, before, then, shown} <- [
        {"weights", [group: [{1, 3}, 2]], [group: [{1, 4}, 2]],
         %{"group" => [%{"id" => 1, "weight" => 4}, %{"id" => 2}]}},
        {"members", [group: [1, 2]], [group: [1]], %{"group" => [%{"id" => 1}]}},
        {"how long a bucket is idle", [group: [1], type: :resilient, buckets: 4, idle_timer: 700],
         [group: [1], type: :resilient, buckets: 4, idle_timer: 800],
         %{
           "resilient_args" => %{
             "buckets" => 4,
             "idle_timer" => 8,
             "unbalanced_timer" => 0,
             "unbalanced_time" => 0
           }
         }}
      ],
      {family, far} <- [inet: "10.50.0.", inet6: "fd50::"] do
    test "one change is made for #{text} of a group, #{family}", %{ns: ns, sock: sock} do
      members =
        for n <- 1..2, do: [id: n, gateway: unquote(far) <> "#{n}", dev: "v0", onlink: true]

      base = %{nexthops: members}
      desired = &%{nexthops: members ++ [[id: 9] ++ &1]}
      assert length(reconcile!(sock, base).applied) == 2
      assert [create: _] = reconcile!(sock, desired.(unquote(before))).applied
      assert reconcile!(sock, desired.(unquote(before))).applied == []
      then = desired.(unquote(then))
      assert [update: _] = reconcile!(sock, then).applied

      [group] = for %{"id" => 9} = one <- ip_json(ns, "-details nexthop show"), do: one
      for {key, value} <- unquote(Macro.escape(shown)), do: assert(group[key] == value)
      assert reconcile!(sock, then).applied == []
      assert [delete: _] = reconcile!(sock, base).applied
      assert length(ip_json(ns, "nexthop show")) == 2
    end
  end

  test "what somebody else has put there is changed as said, and stays", %{ns: ns, sock: sock} do
    for line <- [
          "address add 10.60.0.1/24 dev v1",
          "address add fd60::1/64 dev v1",
          "neighbour add 10.60.0.9 lladdr 02:00:00:00:00:01 dev v1",
          "neighbour add fd60::9 lladdr 02:00:00:00:00:01 dev v1",
          "neighbour add fd60::a lladdr 02:00:00:00:00:01 dev v1 nud stale"
        ],
        do: ip!(ns, line)

    desired = %{
      addresses: [{"v1", "10.60.0.1", 24, metric: 7}, {"v1", "fd60::1", 64, metric: 7}],
      neighbours: for(ip <- ~w(10.60.0.9 fd60::9 fd60::a), do: {"v1", ip, "02:00:00:00:00:09"})
    }

    first = reconcile!(sock, desired)
    assert {Keyword.keys(first.applied), first.failed} == {List.duplicate(:update, 5), []}
    shown = ip_json(ns, "neighbour show dev v1 nud permanent")
    assert Enum.map(shown, & &1["lladdr"]) == List.duplicate("02:00:00:00:00:09", 3)
    [%{"addr_info" => infos}] = ip_json(ns, "address show dev v1 scope global")
    assert for(%{"local" => _} = info <- infos, do: info["metric"]) == [7, 7]
    assert reconcile!(sock, desired, first.last_applied).applied == []

    # The kernel had learned this one.
    last = reconcile!(sock, %{}, first.last_applied)
    assert [delete: %Neighbour{}] = last.applied
    assert length(ip_json(ns, "neighbour show dev v1 nud permanent")) == 2
    assert addresses(ns, "v1") == ["10.60.0.1/24", "fd60::1/64"]

    # Nor does it go for one with another prefix.
    report = reconcile!(sock, %{addresses: [{"v1", "fd60::1", 128}]})
    assert [{{:create, %Address{}}, %Error{errno: :eexist}}] = report.failed
    assert addresses(ns, "v1") == ["10.60.0.1/24", "fd60::1/64"]
  end

  test "what is no longer said of a route is taken from it", %{ns: ns, sock: sock} do
    hops = [[gateway: "10.50.0.1", realms: 7], [gateway: "10.50.0.9"]]

    routes = fn metrics, hops ->
      %{
        @want
        | routes: [
            {"10.1.0.0", 16, "10.50.0.1", metrics: metrics},
            {"fd01::", 32, "fd50::1", metrics: metrics},
            {"10.2.0.0", 16, nil, nexthops: hops}
          ]
      }
    end

    assert reconcile!(sock, routes.([mtu: 1400, advmss: 1200], hops)).failed == []

    desired = routes.([mtu: 1400], [[gateway: "10.50.0.1"], [gateway: "10.50.0.9"]])
    assert [update: _, update: _, update: _] = reconcile!(sock, desired).applied
    assert reconcile!(sock, desired).applied == []

    for {flag, dst} <- [{"-4", "10.1.0.0/16"}, {"-6", "fd01::/32"}] do
      assert [%{"metrics" => [metrics]}] = ip_json(ns, "#{flag} route show #{dst}")
      assert metrics == %{"mtu" => 1400}
    end

    assert [%{"nexthops" => hops}] = ip_json(ns, "route show 10.2.0.0/16")
    refute Enum.any?(hops, &is_map_key(&1, "flow"))
  end

  test "rules are kept, for both families", %{ns: ns, sock: sock} do
    rules = [
      [priority: 100, from: "10.0.0.0/8", table: 5000],
      [priority: 100, to: "fd00::/8", table: 7],
      [priority: 101, fwmark: 3, table: 7],
      [priority: 101, fwmark: 3, fwmask: 0xFF, table: 7, iif: "v0"],
      [priority: 102, ip_proto: :udp, sport: 53, dport: {1000, 2000}, table: 7, family: :inet6],
      [priority: 103, action: :blackhole, invert: true, from: "10.9.0.0/16"],
      [priority: 104, table: 254, suppress_prefixlength: 0, oif: "eth9"],
      [priority: 105, goto: 200],
      [priority: 106, l3mdev: true],
      [priority: 107, uid_range: {10, 20}, table: 7, tos: 4],
      [priority: 200, action: :nop]
    ]

    ip!(ns, "rule add priority 100 from 10.0.0.0/8 table 5000 iif v1 protocol 4")
    first = reconcile!(sock, %{rules: rules})
    assert first.failed == []

    assert length(tagged(ns, "76")) == 11

    assert reconcile!(sock, %{rules: rules}).applied == []

    # A rule is not changed: another takes its place.
    [_ | rest] = rules
    second = reconcile!(sock, %{rules: [[priority: 100, from: "10.0.0.0/9", table: 5000] | rest]})
    assert [create: %{src_len: 9}, delete: %{src_len: 8}] = second.applied

    assert reconcile!(sock, %{}).failed == []
    assert tagged(ns, "76") == []
    assert [_] = tagged(ns, "static")
  end

  # A field of a rule that is changed, is said no longer or is said anew, for both families. The
  # kernel takes some of these rules for each other.
  for {family, network, other} <- [
        {:inet, "10.0.0.0/8", "10.0.0.1/16"},
        {:inet6, "fd00::/8", "fd00::1/16"}
      ],
      {text, before, then} <- [
        {"the source", [from: network], [from: other]},
        {"no source any more", [from: network], []},
        {"the destination", [to: network], [to: other]},
        {"no destination any more", [to: network], []},
        {"the table", [table: 8], [table: 5000]},
        {"the mark", [fwmark: 3], [fwmark: 4]},
        {"no mark any more", [fwmark: 3], []},
        {"the mask", [fwmark: 3, fwmask: 0xFF], [fwmark: 3]},
        {"the contrary", [from: network], [from: network, invert: true]},
        {"the contrary of the contrary", [from: network, invert: true], [from: network]},
        {"the TOS", [tos: 8], [tos: 16]},
        {"no TOS any more", [tos: 8], []},
        {"the incoming link", [iif: "v0"], [iif: "v1"]},
        {"the outgoing link", [oif: "v0"], [oif: "v9"]},
        {"the user", [uid_range: 7], [uid_range: {7, 8}]},
        {"the protocol of packets", [ip_proto: :tcp], [ip_proto: :udp]},
        {"the source port", [ip_proto: :tcp, sport: 7], [ip_proto: :tcp, sport: {7, 8}]},
        {"the destination port", [ip_proto: :tcp, dport: 7], [ip_proto: :tcp]},
        {"the tunnel", [tun_id: 7], [tun_id: 8]},
        {"the prefix length", [suppress_prefixlength: 0], [suppress_prefixlength: 8]},
        {"no prefix length any more", [suppress_prefixlength: 0], []},
        {"the group of links", [suppress_ifgroup: 7], [suppress_ifgroup: 8]},
        {"the jump", [goto: 1000], [goto: 2000]},
        {"what to do", [action: :blackhole], [action: :prohibit]},
        {"the table of a VRF", [l3mdev: true], [action: :nop]},
        {"the priority", [priority: 901], [priority: 902]}
      ] do
    test "of a rule, #{text} is changed, #{family}", %{ns: ns, sock: sock} do
      {family, flag} = {unquote(family), unquote(if(family == :inet, do: "-4", else: "-6"))}
      shown = fn -> ip_json(ns, "#{flag} -details rule show") end
      empty = shown.()

      desired = fn opts ->
        to = if opts[:l3mdev] || opts[:action] || opts[:goto], do: [], else: [table: 7]
        %{rules: [Keyword.merge([priority: 900, family: family] ++ to, opts)]}
      end

      [before, then] = for opts <- [unquote(before), unquote(then)], do: desired.(opts)
      assert [create: _] = reconcile!(sock, before).applied
      assert [first] = shown.() -- empty
      assert reconcile!(sock, before).applied == []

      changed = reconcile!(sock, then)
      assert changed.failed == []
      assert [create: _, delete: _] = changed.applied
      assert [second] = shown.() -- empty
      assert first != second
      assert reconcile!(sock, then).applied == []

      # Both at once, and back to the one that came later; again, and back to the earlier one.
      both = %{rules: then.rules ++ before.rules}

      for _ <- 1..2 do
        assert [create: _] = reconcile!(sock, both).applied
        assert length(shown.() -- empty) == 2
        assert reconcile!(sock, both).applied == []
        assert reconcile!(sock, before).failed == []
        assert shown.() -- empty == [first]
        assert reconcile!(sock, before).applied == []
      end

      assert reconcile!(sock, %{}).failed == []
      assert shown.() == empty
    end
  end

  test "of a rule, realms are changed", %{ns: ns, sock: sock} do
    rule = &%{rules: [[priority: 900, table: 7] ++ &1]}
    assert [create: _] = reconcile!(sock, rule.(realms: {3, 4})).applied
    assert [%{"flow_from" => "3", "flow_to" => "4"}] = tagged(ns, "76")
    assert [create: _, delete: _] = reconcile!(sock, rule.(realms: 5)).applied
    assert [%{"flow_to" => "5"}] = tagged(ns, "76")
    assert [create: _, delete: _] = reconcile!(sock, rule.([])).applied
    assert [rule] = tagged(ns, "76")
    refute rule["flow_to"]
  end

  test "somebody else's rule that says the same is not touched", %{ns: ns, sock: sock} do
    for {flag, family, network} <- [{"-4", :inet, "10.0.0.0/8"}, {"-6", :inet6, "fd00::/8"}] do
      ip!(ns, "#{flag} rule add priority 900 from #{network} table 7 protocol 77")
      assert [%{"priority" => 900} = theirs] = tagged(ns, "77")

      for rule <- [[from: network], [invert: true, from: network], [family: family]] do
        desired = %{rules: [[priority: 900, table: 7] ++ rule]}
        assert [create: _] = reconcile!(sock, desired).applied
        assert reconcile!(sock, desired).applied == []
        assert [delete: _] = reconcile!(sock, %{}).applied
        assert tagged(ns, "77") == [theirs]
      end

      ip!(ns, "#{flag} rule delete priority 900")
    end
  end

  test "a rule that could not be made again does not go", %{ns: ns, sock: sock} do
    base = [priority: 900, table: 7, protocol: 76]
    for opts <- [[from: "10.0.0.0/8"], []], do: :ok = Rule.add(sock, base ++ opts)
    {:ok, rules} = Rule.list(sock, family: :inet)
    [from, all] = for %{priority: 900} = rule <- rules, do: rule
    owned = %{addresses: MapSet.new(), neighbours: MapSet.new(), links: MapSet.new()}

    # A jump back, which the kernel refuses, in the place of the copy.
    for {copy, count} <- [{%{from | action: 2, goto: 1}, 2}, {from, 1}] do
      steps = [
        {{:create, copy}, :beside},
        {{:delete, from}, {:behind, [copy]}},
        {{:delete, all}, {:behind, [copy]}}
      ]

      report = Pass.run(sock, steps, owned, %{}, :continue)
      assert length(report.pending) == 2 * length(report.failed)
      assert length(tagged(ns, "76")) == count
    end
  end

  defp tagged(ns, protocol) do
    for family <- ["-4", "-6"],
        %{"protocol" => ^protocol} = rule <- ip_json(ns, "#{family} -details rule show"),
        do: rule
  end

  describe "a source" do
    test "opens a socket for each call", %{ns: ns, path: path} do
      {:ok, %Report{} = first} = Source.reconcile({:path, path}, @want, %{}, interval: 5)
      assert first.converged?

      assert {:ok, %{applied: []}} =
               Source.reconcile({:path, path}, @want, first.last_applied, [])

      assert addresses(ns, "v0") == ["10.50.0.2/24", "fd50::2/64"]

      {:ok, %{addresses: addresses, routes: routes}} = Source.observe({:path, path}, [])
      assert length(routes) == length(routes(ns, ""))
      assert Enum.count(addresses, &(&1.scope == 0)) == 2

      assert Source.reconcile({:path, "/run/netns/absent"}, @want, %{}, []) ==
               {:error, {:open, 2}}

      assert Source.observe({:path, "/run/netns/absent"}, []) == {:error, {:open, 2}}
    end

    test "tells of changes", %{ns: ns, path: path} do
      {:ok, monitor} = Source.subscribe({:path, path}, self())
      ip!(ns, "address add 10.50.0.2/24 dev v0")

      assert_receive {:linx_rtnl, :event, %{op: :new_addr, resource: %Address{prefixlen: 24}}},
                     5_000

      :ok = Rtnl.Monitor.stop(monitor)
    end
  end
end

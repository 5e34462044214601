defmodule Linx.Namespace.Rtnl.ReconcileTest do
  # A pass: the objects that it owns, changes and keeps, its failures, and links. The forms of
  # desired objects are in reconcile/desired_test.exs and reconcile/rules_test.exs.
  # Not async: one of the tests traces every system call of this VM.
  use Linx.Test.NamespaceCase, async: false

  import Linx.Test.ReconcileHelpers

  alias Linx.Netlink.{Error, Rtnl}
  alias Linx.Netlink.Rtnl.{Address, Link, Reconcile, Route}
  alias Linx.Netlink.Rtnl.Reconcile.{Report, Source}

  setup :with_pair

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

  test "a pass applies the desired state, and a second pass changes nothing",
       %{ns: ns, sock: sock} do
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

    # Addresses and routes are recognized without the first report, too.
    assert reconcile!(sock, @want).applied == []
  end

  test "a pass without differences sends GET requests only", %{sock: sock} do
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

  # The result of `fun`, and the verbs of the messages that this VM sent meanwhile, from strace.
  defp sent(fun) do
    file = Path.join(System.tmp_dir!(), "linx-strace-#{System.unique_integer([:positive])}")
    args = ~w(-f -e trace=sendmsg,sendto,sendmmsg -o #{file} -p #{System.pid()})
    options = [:binary, :exit_status, :stderr_to_stdout, args: args]
    port = Port.open({:spawn_executable, System.find_executable("strace")}, options)
    assert_receive {^port, {:data, text}}
    assert text =~ "attached"

    try do
      result = fun.()
      {:os_pid, pid} = Port.info(port, :os_pid)
      {_, 0} = System.cmd("kill", ["-TERM", "#{pid}"])
      assert_receive {^port, {:exit_status, _}}

      {result, verbs(File.read!(file))}
    after
      File.rm(file)
    end
  end

  # Message types of rtnetlink are NEW, DEL, GET and SET in turn, from 16 on. strace cannot find
  # the protocol of a socket in another namespace, and prints numbers in place of names.
  defp verbs(trace) do
    for [_, type] <- Regex.scan(~r/nlmsg_type=0x([0-9a-f]+)/, trace) do
      elem({:new, :del, :get, :set}, rem(String.to_integer(type, 16), 4))
    end
  end

  test "a pass deletes owned objects that are not desired, and keeps those of other owners",
       %{ns: ns, sock: sock} do
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

  test "addresses stay and tagged routes are deleted without last_applied",
       %{ns: ns, sock: sock} do
    _ = reconcile!(sock, @want)
    assert reconcile!(sock, %{}).converged?
    assert addresses(ns, "v0") == ["10.50.0.2/24", "fd50::2/64"]
    assert routes(ns, "protocol 76") == []
  end

  test "a pass restores objects that another program changed or deleted", %{ns: ns, sock: sock} do
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

  test "a pass changes and deletes only routes with its own protocol", %{ns: ns, sock: sock} do
    ip!(ns, "address add 10.50.0.2/24 dev v0")
    assert reconcile!(sock, %{routes: [{"10.51.0.0", 16, "10.50.0.1"}]}).converged?

    other = reconcile!(sock, %{routes: [{"10.52.0.0", 16, "10.50.0.1"}]}, %{}, protocol: :static)
    assert [{:create, %Route{protocol: 4}}] = other.applied
    assert reconcile!(sock, %{}, %{}, protocol: 77).applied == []
    assert [{:delete, %Route{protocol: 4}}] = reconcile!(sock, %{}, %{}, protocol: 4).applied
    assert [{"10.51.0.0/16", _, _, _}] = routes(ns, "protocol 76")
  end

  test "a dry run changes nothing and returns the steps that a pass would make",
       %{ns: ns, sock: sock} do
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

    test "ends the pass by default", %{ns: ns, sock: sock} do
      report = reconcile!(sock, @broken)

      refute report.converged?

      assert [{{:create, %Route{}}, %Error{message: "Nexthop has invalid gateway"}}] =
               report.failed

      assert [{:create, %Address{}}] = report.applied
      assert [{:create, %Route{}}] = report.pending
      assert MapSet.size(report.last_applied.addresses) == 1
      assert routes(ns, "protocol 76") == []
    end

    test "does not end the pass with on_error: :continue", %{ns: ns, sock: sock} do
      desired = update_in(@broken.routes, &[{"10.53.0.0", 16, "192.0.2.2"} | &1])
      report = reconcile!(sock, desired, %{}, on_error: :continue)

      refute report.converged?
      assert [{_, %Error{}}, {_, %Error{}}] = report.failed
      assert report.pending == []
      assert [{"10.52.0.0/16", _, _, _}] = routes(ns, "protocol 76")
    end
  end

  test "an invalid desired state is refused before anything is changed", %{ns: ns, sock: sock} do
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

  test "an owned address whose link was deleted causes no failure", %{ns: ns, sock: sock} do
    first = reconcile!(sock, @want)
    ip!(ns, "link delete v0")
    assert reconcile!(sock, %{}, first.last_applied).converged?
  end

  test "a secondary address that the kernel deletes with its primary causes no failure",
       %{ns: ns, sock: sock} do
    want = %{addresses: [{"v0", "10.50.0.2", 24}, {"v0", "10.50.0.3", 24}]}
    first = reconcile!(sock, want)
    last = reconcile!(sock, %{}, first.last_applied)

    assert last.converged?
    assert last.last_applied.addresses == MapSet.new()
    assert addresses(ns, "v0") == []
  end

  describe "links" do
    test "are created with their addresses and neighbours, changed and deleted",
         %{ns: ns, sock: sock} do
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

    # An option before and after a change, and the output of `ip` then. A second pass sets none.
    for {text, kind, before, then, shown} <- [
          {"hardware address", :veth, [address: "02:00:00:00:00:01"],
           [address: "02:00:00:00:00:02"], %{"address" => "02:00:00:00:00:02"}},
          {"MTU", :veth, [mtu: 1400], [mtu: 1300], %{"mtu" => 1300}},
          {"length of the transmit queue", :veth, [txqlen: 7], [txqlen: 8], %{"txqlen" => 8}},
          {"group", :veth, [group: 7], [group: 0], %{"group" => "default"}},
          {"master removed", :veth, [master: "b0"], [master: nil], %{"master" => nil}},
          {"master set", :veth, [], [master: "b0"], %{"master" => "b0"}},
          {"administrative state", :veth, [up: true], [up: false], %{"operstate" => "DOWN"}},
          {"ARP enabled", :veth, [arp: false], [arp: true], {"NOARP", false}},
          {"ARP disabled", :veth, [], [arp: false], {"NOARP", true}},
          {"multicast disabled", :veth, [], [multicast: false], {"MULTICAST", false}},
          {"allmulticast enabled", :veth, [], [allmulticast: true], {"ALLMULTI", true}},
          {"promiscuous mode disabled", :veth, [promisc: true], [promisc: false],
           {"PROMISC", false}},
          {"dynamic enabled", :veth, [], [dynamic: true], {"DYNAMIC", true}},
          {"alias", :veth, [alias: "a"], [alias: "b"], %{"ifalias" => "b"}},
          {"alias removed", :veth, [alias: "a"], [alias: ""], %{"ifalias" => nil}},
          {"link mode", :veth, [], [linkmode: :dormant], %{"linkmode" => "DORMANT"}},
          {"number of GSO segments", :veth, [gso_max_segs: 7], [gso_max_segs: 8],
           %{"gso_max_segs" => 8}},
          {"size of GSO packets", :veth, [], [gso_max_size: 3000], %{"gso_max_size" => 3000}},
          {"size of GRO packets", :veth, [], [gro_max_size: 3000], %{"gro_max_size" => 3000}},
          {"generation of link-local addresses", :veth, [addr_gen_mode: :none],
           [addr_gen_mode: :eui64], %{"inet6_addr_gen_mode" => "eui64"}},
          {"IPv6 token", :veth, [], [token: "::7", up: true], :token},
          {"proto_down", :macvlan, [parent: "v0"], [parent: "v0", proto_down: true],
           %{"proto_down" => true}},
          {"mode of a macvlan", :macvlan, [parent: "v0", mode: :bridge],
           [parent: "v0", mode: :private], %{"mode" => "private"}},
          {"priority of a bridge", :bridge, [priority: 7], [priority: 8], %{"priority" => 8}},
          {"ageing time of a bridge", :bridge, [ageing_time: 100], [ageing_time: 200],
           %{"ageing_time" => 200}},
          {"spanning tree of a bridge", :bridge, [stp_state: 0], [stp_state: 1],
           %{"stp_state" => 1}},
          {"remote address of a VXLAN", :vxlan, [id: 7, remote: "192.0.2.1", parent: "v0"],
           [id: 7, remote: "192.0.2.2", parent: "v0"], %{"remote" => "192.0.2.2"}},
          {"learning of a VXLAN", :vxlan, [id: 7, port: 4789, learning: true],
           [id: 7, port: 4789, learning: false], %{"learning" => false}}
        ] do
      test "are updated once: #{text}", %{ns: ns, sock: sock} do
        ip!(ns, "link add b0 type bridge")
        {kind, then} = {unquote(kind), unquote(then)}
        desired = &%{links: [{"p0", kind, &1 ++ peer(kind)}]}
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

    test "of another owner with the name of a deleted owned link are not deleted",
         %{ns: ns, sock: sock} do
      ip!(ns, "link add br0 type bridge")
      made = reconcile!(sock, %{links: [{"br1", :bridge}]})
      ip!(ns, "link delete br1")
      ip!(ns, "link add br1 type bridge")
      assert reconcile!(sock, %{}, made.last_applied).applied == []
      assert names(ns) == ["br0", "br1", "lo", "v0", "v1"]
    end

    test "of another kind, and options for creation only, are failures", %{sock: sock} do
      first = reconcile!(sock, %{links: [{"b0", :bridge}]})

      assert [{{:update, _}, {:other_kind, "bridge"}}] =
               reconcile!(sock, %{links: [{"b0", :veth, peer: "b1"}]}, first.last_applied).failed

      assert [{{:update, _}, {:only_at_creation, :num_tx_queues}}] =
               reconcile!(sock, %{links: [{"v0", nil, num_tx_queues: 77}]}).failed
    end

    test "whose settings fail after their creation are deleted again", %{ns: ns, sock: sock} do
      report =
        reconcile!(sock, %{links: [{"br0", :bridge, addr_gen_mode: :eui64, carrier: true}]})

      assert [{{:create, %Link{}}, %Error{}}] = report.failed
      assert report.last_applied == %{addresses: MapSet.new()}
      assert names(ns) == ["lo", "v0", "v1"]
    end

    defp names(ns), do: ns |> ip_json("link show") |> Enum.map(& &1["ifname"]) |> Enum.sort()
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

    test "sends its subscriber events of changes", %{ns: ns, path: path} do
      {:ok, monitor} = Source.subscribe({:path, path}, self())
      ip!(ns, "address add 10.50.0.2/24 dev v0")

      assert_receive {:linx_rtnl, :event, %{op: :new_addr, resource: %Address{prefixlen: 24}}}

      :ok = Rtnl.Monitor.stop(monitor)
    end
  end

  defp peer(:veth), do: [peer: "p1"]
  defp peer(_kind), do: []
end

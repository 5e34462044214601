defmodule Linx.Namespace.Rtnl.Reconcile.OwnersTest do
  # Objects of other owners in a pass: conflicts, takeover, and objects that match already.
  use Linx.Test.NamespaceCase, async: true

  import Linx.Test.ReconcileHelpers

  alias Linx.Netlink.Rtnl.{Address, Link, Reconcile, Route}

  setup :with_pair

  setup %{ns: ns} do
    ip!(ns, "address add 10.50.0.2/24 dev v0")
    ip!(ns, "address add fd50::2/64 dev v0 nodad")
    :ok
  end

  @mac "02:00:00:00:00:09"

  # Text, section, commands of the other owner, desired object, and whether the other owner's
  # object differs from it (`:other`) or matches it (`:same`).
  @objects [
    {"a link with another MTU", :links, ["link add b0 mtu 1300 type bridge"],
     {"b0", :bridge, mtu: 1400}, :other},
    {"a link of another kind", :links, ["link add b0 type veth peer name b1"], {"b0", :bridge},
     :other},
    {"a link with that MTU", :links, ["link add b0 mtu 1300 type bridge"],
     {"b0", :bridge, mtu: 1300}, :same},
    {"an address with another metric", :addresses, ["address add 10.60.0.1/24 dev v1 metric 8"],
     {"v1", "10.60.0.1", 24, metric: 7}, :other},
    {"an IPv6 address with another metric", :addresses,
     ["address add fd60::1/64 dev v1 metric 8"], {"v1", "fd60::1", 64, metric: 7}, :other},
    {"an IPv6 address with another prefix", :addresses, ["address add fd60::1/64 dev v1"],
     {"v1", "fd60::1", 128}, :other},
    {"an address with a peer in its network", :addresses,
     ["address add 10.60.0.1 peer 10.60.0.2/24 dev v1"], {"v1", "10.60.0.1", 24}, :other},
    {"an address", :addresses, ["address add 10.60.0.1/24 dev v1"], {"v1", "10.60.0.1", 24},
     :same},
    {"an IPv6 address", :addresses, ["address add fd60::1/64 dev v1"], {"v1", "fd60::1", 64},
     :same},
    {"a neighbour", :neighbours, ["neighbour add 10.60.0.9 lladdr 02:00:00:00:00:01 dev v1"],
     {"v1", "10.60.0.9", @mac}, :other},
    {"an IPv6 neighbour", :neighbours, ["neighbour add fd60::9 lladdr 02:00:00:00:00:01 dev v1"],
     {"v1", "fd60::9", @mac}, :other},
    {"an extern_learn neighbour", :neighbours,
     ["neighbour add fd60::9 lladdr 02:00:00:00:00:01 dev v1 nud stale extern_learn"],
     {"v1", "fd60::9", @mac}, :other},
    {"a neighbour with that hardware address", :neighbours,
     ["neighbour add 10.60.0.9 lladdr #{@mac} dev v1"], {"v1", "10.60.0.9", @mac}, :same},
    {"a nexthop", :nexthops, ["nexthop add id 7 via 10.50.0.9 dev v0 protocol static"],
     [id: 7, gateway: "10.50.0.1", dev: "v0"], :other},
    {"a nexthop without a protocol", :nexthops, ["nexthop add id 7 via fd50::9 dev v0"],
     [id: 7, gateway: "fd50::1", dev: "v0"], :other},
    {"a group of nexthops", :nexthops,
     [
       "nexthop add id 1 via 10.50.0.9 dev v0",
       "nexthop add id 2 via 10.50.0.8 dev v0",
       "nexthop add id 7 group 1"
     ], [id: 7, group: [1, 2]], :other},
    {"a nexthop with that gateway", :nexthops, ["nexthop add id 7 via 10.50.0.1 dev v0"],
     [id: 7, gateway: "10.50.0.1", dev: "v0"], :same},
    {"a route", :routes, ["route add 10.8.0.0/16 via 10.50.0.9 proto static metric 20"],
     {"10.8.0.0", 16, "10.50.0.1", metric: 20}, :other},
    {"a route of a table beyond 255", :routes, ["route add 10.8.0.0/16 via 10.50.0.9 table 5000"],
     {"10.8.0.0", 16, "10.50.0.1", table: 5000}, :other},
    {"the connected route of an address", :routes, [], {"10.50.0.0", 24, nil, dev: "v1"}, :other},
    {"a default route", :routes, ["route add default via 10.50.0.9 proto dhcp"],
     {:default, "10.50.0.1"}, :other},
    {"a prohibit route", :routes, ["route add prohibit 10.8.0.0/16"],
     {"10.8.0.0", 16, "10.50.0.1"}, :other},
    {"an IPv6 route", :routes, ["route add fd08::/16 via fd50::9 proto static metric 20"],
     {"fd08::", 16, "fd50::1", metric: 20}, :other},
    {"an IPv6 default route", :routes, ["route add default via fd50::9 proto ra"],
     {:default, "fd50::1"}, :other},
    {"an IPv6 route without gateway", :routes, ["route add fd08::/16 dev v1"],
     {"fd08::", 16, "fd50::1"}, :other},
    {"a route with that gateway", :routes, ["route add 10.8.0.0/16 via 10.50.0.1 proto static"],
     {"10.8.0.0", 16, "10.50.0.1"}, :same},
    {"an IPv6 route with that gateway", :routes, ["route add fd08::/16 via fd50::1"],
     {"fd08::", 16, "fd50::1"}, :same},
    {"a rule", :rules, ["rule add priority 900 from 10.8.0.0/16 table 7 protocol static"],
     [priority: 900, from: "10.8.0.0/16", table: 7], :same},
    {"a rule without a protocol", :rules,
     ["-6 rule add priority 900 from fd08::/16 table 7 protocol 0"],
     [priority: 900, from: "fd08::/16", table: 7], :same}
  ]

  for {text, section, lines, spec, likeness} <- @objects do
    describe "another owner's object, #{text}," do
      @describetag section: section, lines: lines, spec: spec, likeness: likeness

      test "is not changed", %{ns: ns, sock: sock, section: section, spec: spec} = context do
        for line <- context.lines, do: ip!(ns, line)
        shown = ip_state(ns)
        desired = %{section => [spec]}
        dry = reconcile!(sock, desired, %{}, dry_run: true)
        report = reconcile!(sock, desired)
        assert {dry.pending, steady(dry.conflicts)} == {report.applied, steady(report.conflicts)}
        assert {report.applied, report.failed, report.pending} == {[], [], []}
        assert report.converged? == dry.converged?

        case context.likeness do
          :other ->
            assert [{%module{} = existing, %module{} = wanted}] = report.conflicts
            assert existing != wanted
            refute report.converged?
            assert inspect(report) == "#Linx.Netlink.Rtnl.Reconcile.Report<1 conflict>"

          :same ->
            assert report.conflicts == []
            assert report.converged?
        end

        assert reconcile!(sock, desired, report.last_applied).applied == []
        assert reconcile!(sock, %{}, report.last_applied).applied == []
        assert ip_state(ns) == shown
      end

      for {where, option} <- [{"the pass", :pass}, {"the object", :object}] do
        test "is replaced if #{where} has takeover: true",
             %{ns: ns, sock: sock, section: section, spec: spec} = context do
          for line <- context.lines, do: ip!(ns, line)
          shown = ip_state(ns)
          own = if unquote(option) == :object, do: takeover(spec, true), else: spec
          opts = if unquote(option) == :pass, do: [takeover: true], else: []
          desired = %{section => [own]}

          dry = reconcile!(sock, desired, %{}, [dry_run: true] ++ opts)
          assert [{:replace, existing, wanted}] = dry.pending
          assert ip_state(ns) == shown
          report = reconcile!(sock, desired, %{}, opts)
          assert {report.failed, report.conflicts, report.converged?} == {[], [], true}
          assert [{:replace, replaced, made}] = report.applied
          assert {steady(replaced), steady(made)} == {steady(existing), steady(wanted)}
          if context.likeness == :other, do: assert(ip_state(ns) != shown)

          again = reconcile!(sock, desired, report.last_applied, opts)
          assert {again.applied, again.failed, again.conflicts} == {[], [], []}

          # The pass owns the replacement like an object that it created.
          last = reconcile!(sock, %{}, again.last_applied)
          assert {[delete: _], []} = {last.applied, last.failed}
          empty = ip_state(ns)
          assert empty != shown
          fresh = reconcile!(sock, desired)
          assert {[create: _], []} = {fresh.applied, fresh.failed}
          assert [delete: _] = reconcile!(sock, %{}, fresh.last_applied).applied
          assert ip_state(ns) == empty
        end
      end

      test "is not changed if the object has takeover: false",
           %{ns: ns, sock: sock, section: section, spec: spec} = context do
        for line <- context.lines, do: ip!(ns, line)
        shown = ip_state(ns)
        desired = %{section => [takeover(spec, false)]}
        report = reconcile!(sock, desired, %{}, takeover: true)
        assert report.applied == []
        assert length(report.conflicts) == if(context.likeness == :other, do: 1, else: 0)
        assert ip_state(ns) == shown
      end
    end
  end

  defp takeover(spec, value) when is_list(spec), do: [takeover: value] ++ spec

  defp takeover(spec, value) do
    last = elem(spec, tuple_size(spec) - 1)

    if is_list(last),
      do: put_elem(spec, tuple_size(spec) - 1, last ++ [takeover: value]),
      else: :erlang.append_element(spec, takeover: value)
  end

  # A report has the state of links at that time, and ages in `cacheinfo` that increase.
  defp steady(conflicts) when is_list(conflicts), do: Enum.map(conflicts, &steady/1)
  defp steady({existing, wanted}), do: {steady(existing), steady(wanted)}
  defp steady(%Link{name: name}), do: name

  defp steady(item),
    do: if(is_map_key(item, :cacheinfo), do: %{item | cacheinfo: nil}, else: item)

  test "a link without a desired kind is updated, and never deleted", context do
    %{ns: ns, sock: sock} = context
    ip!(ns, "link add b0 type bridge")
    desired = %{links: [{"b0", nil, mtu: 1400, takeover: true}]}
    first = reconcile!(sock, desired, %{}, takeover: true)
    assert [update: %Link{name: "b0"}] = first.applied
    assert first.converged?
    assert [%{"mtu" => 1400}] = ip_json(ns, "link show dev b0")
    ip!(ns, "link set b0 mtu 1450")
    assert [update: _] = reconcile!(sock, desired, first.last_applied).applied
    assert reconcile!(sock, %{}, first.last_applied).applied == []
    assert [_] = ip_json(ns, "link show dev b0")
  end

  test "a neighbour that the kernel learned is updated without a conflict",
       %{ns: ns, sock: sock} do
    ip!(ns, "neighbour add fd60::9 lladdr 02:00:00:00:00:01 dev v1 nud stale")
    desired = %{neighbours: [{"v1", "fd60::9", @mac}]}
    assert [update: _] = reconcile!(sock, desired, %{}, dry_run: true).pending
    report = reconcile!(sock, desired)
    assert {[update: _], []} = {report.applied, report.conflicts}
    assert [%{"lladdr" => @mac}] = ip_json(ns, "neighbour show dev v1 nud permanent")
    assert [delete: _] = reconcile!(sock, %{}, report.last_applied).applied
  end

  for {family, ip, len} <- [{:inet, "10.60.0.1", 24}, {:inet6, "fd60::1", 64}] do
    test "an address with the desired proto is owned without last_applied, #{family}", context do
      %{ns: ns, sock: sock} = context

      if :os.version() >= {5, 18, 0} do
        spec = {"v1", unquote(ip), unquote(len)}
        :ok = Address.add(sock, "v1", unquote(ip), unquote(len), proto: 76)
        desired = &%{addresses: [:erlang.append_element(spec, &1)]}
        first = reconcile!(sock, desired.(proto: 76, metric: 7))
        assert {[update: %Address{}], []} = {first.applied, first.conflicts}
        assert [{_, _}] = reconcile!(sock, desired.(proto: 77, metric: 8)).conflicts
        assert [] = reconcile!(sock, desired.(proto: 76, metric: 7)).applied
        assert [delete: _] = reconcile!(sock, %{}, first.last_applied).applied
        assert addresses(ns, "v1") == []
      end
    end
  end

  for {family, gateway, dst} <- [{"-4", "10.50.0.", "10.8.0.0/16"}] do
    test "an owned route after another owner's is changed, and that one is not, #{family}",
         %{ns: ns, sock: sock} do
      route = fn tail ->
        ip!(ns, "route append #{unquote(dst)} via #{unquote(gateway)}#{tail}")
      end

      desired = %{routes: [{"10.8.0.0", 16, unquote(gateway) <> "1"}]}
      shown = fn -> for r <- ip_json(ns, "route show #{unquote(dst)}"), do: r["gateway"] end

      for tail <- ["9 proto static", "8 proto 76", "7 proto 76"], do: route.(tail)
      dry = reconcile!(sock, desired, %{}, dry_run: true)
      report = reconcile!(sock, desired)
      assert [update: %Route{}, delete: %Route{}] = report.applied
      assert dry.pending == report.applied
      assert {report.failed, report.conflicts} == {[], []}
      assert shown.() == [unquote(gateway) <> "9", unquote(gateway) <> "1"]
      assert reconcile!(sock, desired).applied == []
      assert [delete: _] = reconcile!(sock, %{}).applied
      assert shown.() == [unquote(gateway) <> "9"]
    end
  end

  test "takeover of a link of another kind also creates its addresses and routes", context do
    %{ns: ns, sock: sock} = context
    ip!(ns, "link add b0 type veth peer name b1")
    for link <- ~w(b0 b1), do: ip!(ns, "link set #{link} up")
    ip!(ns, "address add 10.70.0.1/24 dev b0")
    ip!(ns, "route add 10.8.0.0/16 via 10.70.0.9 protocol 76")
    ip!(ns, "nexthop add id 7 via 10.70.0.9 dev b0 protocol 76")

    desired = %{
      links: [{"b0", :bridge, up: true, takeover: true}],
      addresses: [{"b0", "10.70.0.1", 24}],
      neighbours: [{"b0", "10.70.0.8", @mac}],
      routes: [{"10.8.0.0", 16, "10.70.0.9"}]
    }

    dry = reconcile!(sock, desired, %{}, dry_run: true)
    assert [{:replace, %Link{}, %Link{}}, create: _, create: _, create: %Route{}] = dry.pending
    report = reconcile!(sock, desired)
    assert [{:replace, %Link{}, %Link{}}, create: _, create: _, create: %Route{}] = report.applied
    assert {report.failed, report.converged?} == {[], true}
    assert [%{"linkinfo" => %{"info_kind" => "bridge"}}] = ip_json(ns, "-details link show b0")
    assert addresses(ns, "b0") == ["10.70.0.1/24"]
    assert [{"10.8.0.0/16", "10.70.0.9", _, _}] = routes(ns, "protocol 76")
    assert reconcile!(sock, desired, report.last_applied).applied == []
    assert reconcile!(sock, %{}, report.last_applied).failed == []
    assert ip_json(ns, "link show type bridge") == []
  end

  test "routes over a nexthop group are created again after its takeover",
       %{ns: ns, sock: sock} do
    ip!(ns, "nexthop add id 1 via 10.50.0.9 dev v0")
    ip!(ns, "nexthop add id 7 group 1")
    desired = %{routes: [{"10.8.0.0", 16, nil, nh_id: 7}, {"10.9.0.0", 16, nil, nh_id: 1}]}
    assert [create: _, create: _] = reconcile!(sock, desired).applied
    desired = Map.put(desired, :nexthops, [[id: 7, group: [{1, 3}]]])
    dry = reconcile!(sock, desired, %{}, dry_run: true, takeover: true)
    report = reconcile!(sock, desired, %{}, takeover: true)
    assert [{:replace, %{id: 7}, %{id: 7}}, {:create, %Route{nh_id: 7}}] = report.applied
    assert dry.pending == report.applied
    assert [_, _] = routes(ns, "protocol 76")
    assert reconcile!(sock, desired).applied == []
  end

  test "a route that another owner created after the plan is not overwritten", context do
    %{ns: ns, sock: sock} = context
    ip!(ns, "route add 10.8.0.0/16 via 10.50.0.9 proto static")

    {:ok, %{routes: [route]}} =
      Reconcile.normalize(%{routes: [{"10.8.0.0", 16, "10.50.0.1"}]}, %{}, 76)

    owned = %{addresses: MapSet.new(), neighbours: MapSet.new(), links: MapSet.new()}
    report = Reconcile.Executor.run(sock, {[{{:create, route}, nil}], []}, owned, %{}, :stop)
    assert [{{:create, _}, %{errno: :eexist}}] = report.failed
    assert [{_, "10.50.0.9", _, _}] = routes(ns, "protocol static")
  end

  test "a takeover that is neither true nor false is refused in every section", %{sock: sock} do
    for {section, spec, reason} <- [
          {:links, {"b0", :bridge, takeover: 1}, {:link, {:bad_option, :takeover, 1}}},
          {:addresses, {"v0", "10.60.0.1", 24, takeover: nil},
           {:address, {:bad_option, :takeover, nil}}},
          {:neighbours, {"v0", "10.60.0.1", @mac, takeover: 1},
           {:neighbour, {:bad_option, :takeover, 1}}},
          {:neighbours, {"v0", "10.60.0.1", @mac, state: 1},
           {:neighbour, {:unknown_option, :state}}},
          {:nexthops, [id: 1, blackhole: true, takeover: 1],
           {:nexthop, {:bad_option, :takeover, 1}}},
          {:routes, {:default, "10.50.0.1", takeover: 1}, {:route, {:bad_option, :takeover, 1}}},
          {:rules, [priority: 9, table: 7, takeover: "x"], {:rule, {:bad_option, :takeover, "x"}}}
        ] do
      assert {section, Reconcile.reconcile(sock, %{section => [spec]})} ==
               {section, {:error, {:normalize, reason}}}
    end
  end
end

defmodule Linx.Namespace.Rtnl.Reconcile.DesiredTest do
  # Every form of desired objects except links and rules: a second pass changes nothing, and one
  # changed value takes the fewest steps.
  use Linx.Test.NamespaceCase, async: true

  import Linx.Test.ReconcileHelpers

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

  test "every form of route is kept by a second pass, and updated when it changes",
       %{ns: ns, sock: sock} do
    desired = %{
      # The kernel refuses an address as `:prefsrc` during duplicate address detection.
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

    # One value of an object changes, and the object is updated.
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
    # All are updated but the blackhole nexthop, the two routes over nexthops, and the route with
    # a TOS, which do not change.
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

  describe "a second pass changes nothing for" do
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
          {"a local IPv6 route", {"fd05::1", 128, nil, dev: "v0", type: :local, table: 255}},
          {"a broadcast route", {"10.4.0.255", 32, nil, dev: "v0", type: :broadcast, table: 255}},
          {"a throw route", {"10.5.0.0", 16, nil, type: :throw}},
          {"an IPv6 route with metric 0", {"fd06::", 32, "fd50::1", metric: 0}},
          {"TCP features",
           {"fd07::", 32, "fd50::1", metrics: [features: [:ecn], quickack: true]}},
          {"metrics with false and an empty list",
           {"10.7.0.0", 16, "10.50.0.1", metrics: [mtu: 1400, quickack: false, lock: []]}},
          {"metrics that are all zero", {"fd0a::", 32, "fd50::1", metrics: [rtt: 0]}},
          {"metrics above the kernel's limits",
           {"10.8.0.0", 16, "10.50.0.1", metrics: [mtu: 70_000, advmss: 70_000]}},
          {"SRv6 segments",
           {"fd08::", 32, nil, dev: "v0", encap: {:seg6, segments: ["fd91::1"]}}},
          {"inline SRv6 segments",
           {"fd08::", 32, nil, dev: "v0", encap: {:seg6, mode: :inline, segments: ["fd91::1"]}}},
          {"an SRv6 endpoint with counters",
           {"fd09::1", 128, nil, dev: "v0", encap: {:seg6_local, action: :end, count: true}}},
          {"a route with an IPv4 tunnel",
           {"10.6.0.0", 16, nil, dev: "v0", encap: {:ip, id: 7, dst: "192.0.2.7", flags: [:key]}}},
          {"a route with an IPv6 tunnel",
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
          {"an address with a peer", :addresses, [{"v1", "10.60.0.1", 32, peer: "10.60.0.2"}]},
          {"an IPv6 address with a peer", :addresses, [{"v1", "fd60::1", 128, peer: "fd60::2"}]},
          {"an address with a scope", :addresses, [{"v1", "10.60.0.1", 24, scope: :link}]},
          {"an address with lifetimes", :addresses,
           [{"v1", "fd60::1", 64, valid_lft: 500, preferred_lft: 100}]},
          {"one address on two links", :addresses,
           [{"v0", "10.60.0.1", 24}, {"v1", "10.60.0.1", 24}]},
          {"neighbours of both families", :neighbours,
           [{"v0", "10.60.0.9", "02:00:00:00:00:09"}, {"v0", "fd60::9", "02:00:00:00:00:0a"}]},
          {"a nexthop with an onlink gateway", :nexthops,
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
          {"FDB nexthops and a group of them", :nexthops,
           [[id: 7, gateway: "192.0.2.1", fdb: true], [id: 9, group: [7], fdb: true]]},
          {"an IPv6 blackhole nexthop", :nexthops, [[id: 7, blackhole: true, family: :inet6]]}
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

  # One value is changed with the fewest possible steps, and `ip` shows another state. Once the
  # object is not desired any more, `ip` shows the state before its creation.
  describe "the fewest steps are made for a change of" do
    @hop [id: 7, gateway: "10.50.0.1", dev: "v0"]
    @hop6 [id: 8, gateway: "fd50::1", dev: "v0"]
    @mac9 "02:00:00:00:00:09"

    for {text, section, before, then, steps} <- [
          {"the prefix of an address", :addresses, {"v1", "10.60.0.1", 24},
           {"v1", "10.60.0.1", 25}, [:create, :delete]},
          {"the prefix of an IPv6 address", :addresses, {"v1", "fd60::1", 64},
           {"v1", "fd60::1", 128}, [:delete, :create]},
          {"an IPv6 address", :addresses, {"v1", "fd60::1", 64}, {"v1", "fd60::2", 64},
           [:create, :delete]},
          {"the link of an address", :addresses, {"v1", "fd60::1", 64}, {"v0", "fd60::1", 64},
           [:create, :delete]},
          {"the peer of an address", :addresses, {"v1", "10.60.0.1", 32, peer: "10.60.0.2"},
           {"v1", "10.60.0.1", 32, peer: "10.60.0.3"}, [:create, :delete]},
          {"the peer of an IPv6 address", :addresses, {"v1", "fd60::1", 128, peer: "fd60::2"},
           {"v1", "fd60::1", 128, peer: "fd60::3"}, [:delete, :create]},
          {"the peer of an IPv6 address to none", :addresses,
           {"v1", "fd60::1", 64, peer: "fd60::2"}, {"v1", "fd60::1", 64}, [:delete, :create]},
          {"the metric of an address", :addresses, {"v1", "10.60.0.1", 24, metric: 7},
           {"v1", "10.60.0.1", 24, metric: 8}, [:update]},
          {"the metric of an IPv6 address", :addresses, {"v1", "fd60::1", 64},
           {"v1", "fd60::1", 64, metric: 8}, [:update]},
          {"the lifetime of an address to forever", :addresses,
           {"v1", "10.60.0.1", 24, valid_lft: 500}, {"v1", "10.60.0.1", 24, valid_lft: :forever},
           [:update]},
          {"the lifetime of an IPv6 address to a finite one", :addresses, {"v1", "fd60::1", 64},
           {"v1", "fd60::1", 64, valid_lft: 500}, [:update]},
          {"the preferred lifetime of an IPv6 address to 0", :addresses, {"v1", "fd60::1", 64},
           {"v1", "fd60::1", 64, preferred_lft: 0}, [:update]},
          {"the flags of an IPv6 address", :addresses,
           {"v1", "fd60::1", 64, flags: [:noprefixroute, :home]},
           {"v1", "fd60::1", 64, flags: [:mngtmpaddr]}, [:update]},
          {"the hardware address of a neighbour", :neighbours, {"v1", "10.60.0.9", @mac9},
           {"v1", "10.60.0.9", "02:00:00:00:00:0a"}, [:update]},
          {"the hardware address of an IPv6 neighbour", :neighbours, {"v1", "fd60::9", @mac9},
           {"v1", "fd60::9", "02:00:00:00:00:0a"}, [:update]},
          {"an IPv6 neighbour", :neighbours, {"v1", "fd60::9", @mac9}, {"v1", "fd60::a", @mac9},
           [:create, :delete]},
          {"the link of a neighbour", :neighbours, {"v1", "10.60.0.9", @mac9},
           {"v0", "10.60.0.9", @mac9}, [:create, :delete]},
          {"the gateway of a nexthop", :nexthops, @hop, [id: 7, gateway: "10.50.0.3", dev: "v0"],
           [:update]},
          {"the gateway of an IPv6 nexthop", :nexthops, @hop6,
           [id: 8, gateway: "fd50::3", dev: "v0"], [:update]},
          {"the link of a nexthop", :nexthops, [id: 7, dev: "v0"], [id: 7, dev: "v1"], [:update]},
          {"the id of a nexthop", :nexthops, @hop, Keyword.put(@hop, :id, 9), [:create, :delete]},
          {"the onlink flag of a nexthop", :nexthops, @hop, [onlink: true] ++ @hop, [:update]},
          {"a nexthop to a blackhole", :nexthops, @hop, [id: 7, blackhole: true], [:update]},
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
          {"the router preference of an IPv6 route", :routes, {"fd01::", 16, "fd50::1"},
           {"fd01::", 16, "fd50::1", pref: :high}, [:update]},
          {"the onlink flag of a route", :routes, {"10.1.0.0", 16, "10.50.0.1", dev: "v0"},
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
          {"the gateway of an IPv4 route to an IPv6 one", :routes, {"10.1.0.0", 16, "10.50.0.1"},
           {"10.1.0.0", 16, nil, via: "fd50::1", dev: "v0"}, [:update]},
          {"the encapsulation of a route", :routes,
           {"10.1.0.0", 16, "10.50.0.1", encap: {:mpls, labels: [7]}},
           {"10.1.0.0", 16, "10.50.0.1", encap: {:mpls, labels: [8]}}, [:update]},
          {"the encapsulation of an IPv6 route to none", :routes,
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

    # The output of `ip` for the objects of a pass, without the remaining time of lifetimes.
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

    # A new IPv6 address is tentative during duplicate address detection. Its metric cannot be
    # unset: 256, the default, stands for none.
    defp steady(info) do
      for {key, value} <- info |> Map.delete("tentative") |> Map.put_new("metric", 256),
          into: %{},
          do: {key, if(key =~ "life_time" and value in 1..999, do: :some, else: value)}
    end
  end

  for {text, before, then, shown} <- [
        {"the weights", [group: [{1, 3}, 2]], [group: [{1, 4}, 2]],
         %{"group" => [%{"id" => 1, "weight" => 4}, %{"id" => 2}]}},
        {"the members", [group: [1, 2]], [group: [1]], %{"group" => [%{"id" => 1}]}},
        {"the idle timer", [group: [1], type: :resilient, buckets: 4, idle_timer: 700],
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
    test "one update is made for a change of #{text} of a group, #{family}",
         %{ns: ns, sock: sock} do
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

  test "metrics and realms that are not desired are removed from a route",
       %{ns: ns, sock: sock} do
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
end

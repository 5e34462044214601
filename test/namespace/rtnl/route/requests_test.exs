defmodule Linx.Namespace.Rtnl.Route.RequestsTest do
  # Every combination of attributes that the kernel accepts: the listed route is deleted, written
  # again, replaced, filtered, flushed and reconciled. `ip` is the judge.
  use Linx.Test.NamespaceCase, async: true

  alias Linx.Netlink.{Batch, Error, Rtnl}
  alias Linx.Netlink.Rtnl.{Reconcile, Route}

  @metrics [mtu: 1400, lock: [:mtu], initcwnd: 7, features: [:ecn], cc_algo: "reno"]

  # Gateway and options that decide about packets: paths, nexthop objects, types, encapsulations.
  @forwarding %{
    inet: [
      {"10.0.0.2", []},
      {nil, dev: "v1"},
      {"10.99.0.1", dev: "v0", onlink: true},
      {nil, via: "fe80::1", dev: "v0"},
      {nil, nh_id: 1},
      {nil, nh_id: 3},
      {nil, nh_id: 4},
      {nil, nh_id: 5},
      {nil, nh_id: 7},
      {nil, nh_id: 5, type: :blackhole},
      {nil, nh_id: 1, type: :prohibit},
      {nil, nh_id: 5, type: :throw},
      {nil, nh_id: 1, type: :blackhole},
      # The first gateway is that of no other route: IPv4 would regard that route as equal.
      {nil, nexthops: [[gateway: "10.0.0.5", weight: 3], [gateway: "10.0.0.3"]]},
      {nil,
       nexthops: [
         [gateway: "10.0.0.4", realms: 7],
         [via: "fe80::1", dev: "v1"],
         [gateway: "10.99.0.1", dev: "v0", onlink: true]
       ]},
      {nil, type: :blackhole},
      {nil, type: :unreachable},
      {nil, type: :prohibit},
      {nil, type: :throw},
      {nil, type: :local, dev: "v0"},
      {nil, type: :broadcast, dev: "v0"},
      {nil, type: :anycast, dev: "v0"},
      {nil, type: :multicast, dev: "v0"},
      {nil, dev: "v0", encap: {:ip, id: 7, dst: "192.0.2.7"}},
      {nil, dev: "v0", encap: {:seg6, segments: ["fd91::1"]}}
    ],
    inet6: [
      {"fd00::2", []},
      {nil, dev: "v1"},
      {nil, dev: "v0"},
      {"fe80::2", dev: "v0"},
      {"fd99::1", dev: "v0", onlink: true},
      {nil, nh_id: 2},
      {nil, nh_id: 4},
      {nil, nh_id: 6},
      {nil, nh_id: 8},
      {nil, nh_id: 6, type: :blackhole},
      {nil, nh_id: 2, type: :prohibit},
      {nil, nexthops: [[gateway: "fd00::2", weight: 3], [gateway: "fd00::3"]]},
      {nil,
       nexthops: [
         [gateway: "fe80::2", dev: "v1"],
         [gateway: "fd99::1", dev: "v0", onlink: true]
       ]},
      {nil, type: :blackhole},
      {nil, type: :unreachable},
      {nil, type: :prohibit},
      {nil, type: :throw},
      {nil, type: :local, dev: "v0"},
      {nil, type: :anycast, dev: "v0"},
      {nil, type: :multicast, dev: "v0"},
      {nil, dev: "v0", encap: {:seg6, segments: ["fd91::1", "fd91::2"]}},
      {nil, dev: "v0", encap: {:seg6, mode: :inline, segments: ["fd91::1"]}},
      {nil, dev: "v0", encap: {:seg6_local, action: :end}},
      {nil, dev: "v0", encap: {:ip6, id: 7, dst: "2001:db8::7"}}
    ]
  }

  # Further attributes, in all combinations of their values.
  @attributes %{
    inet: [
      tos: [nil, 8],
      metric: [nil, 7],
      table: [nil, 5000],
      protocol: [nil, :static, :unspec],
      prefsrc: [nil, "10.0.0.1"],
      metrics: [nil, @metrics],
      realms: [nil, 7],
      scope: [nil, :link]
    ],
    inet6: [
      metric: [nil, 7],
      table: [nil, 5000],
      protocol: [nil, :static, :unspec],
      prefsrc: [nil, "fd00::1"],
      metrics: [nil, @metrics],
      from: [nil, "fd00::/64"],
      pref: [nil, :high, :low],
      expires: [nil, 5000]
    ]
  }

  @kernel 2

  setup %{ns: ns, path: path} do
    ip!(ns, "link add v0 type veth peer name v1")
    for link <- ~w(lo v0 v1), do: ip!(ns, "link set #{link} up")
    ip!(ns, "address add 10.0.0.1/24 dev v0")
    ip!(ns, "address add fd00::1/64 dev v0 nodad")

    for line <- [
          "id 1 via 10.0.0.2 dev v0",
          "id 2 via fd00::2 dev v0",
          "id 3 group 1",
          "id 4 group 2",
          "id 5 blackhole",
          "id 6 blackhole",
          "id 7 group 5",
          "id 8 group 6"
        ] do
      flag = if line == "id 6 blackhole", do: "-6 ", else: ""
      ip!(ns, flag <> "nexthop add " <> line)
    end

    {:ok, sock} = Rtnl.open({:path, path})
    %{sock: sock}
  end

  for family <- [:inet, :inet6] do
    @tag timeout: 300_000
    test "each listed route is deleted, added, replaced and flushed, #{family}", context do
      %{ns: ns, sock: sock} = context
      {routes, shown} = made(context, unquote(family))

      # Every second route is deleted, and no other.
      {first, second} = halves(routes)
      {gone, left} = halves(shown)
      each!(sock, first, &Route.delete/2)
      assert_shown(shown(ns, unquote(family)), left)
      each!(sock, first, &Route.add/2)
      assert_shown(shown(ns, unquote(family)), shown)
      assert length(gone) == length(first)

      each!(sock, second, &Route.replace/2)
      assert_shown(shown(ns, unquote(family)), shown)

      tables = routes |> Enum.map(&Route.target_table/1) |> Enum.uniq()

      for table <- tables do
        expected = Enum.count(routes, &(Route.target_table(&1) == table))

        for type <- Enum.uniq(Enum.map(routes, & &1.type)) do
          {:ok, listed} = Route.list(sock, table: table, type: type, family: unquote(family))
          listed = Enum.reject(listed, &(&1.protocol == @kernel))
          wanted = Enum.filter(routes, &(&1.type == type and Route.target_table(&1) == table))
          assert {type, Enum.take(keys(listed) -- keys(wanted), 3)} == {type, []}
          assert {type, Enum.take(keys(wanted) -- keys(listed), 3)} == {type, []}
        end

        counts =
          for protocol <- [0, 3, 4] do
            opts = [table: table, protocol: protocol, family: unquote(family)]
            {:ok, count} = Route.flush(sock, opts)
            count
          end

        assert Enum.sum(counts) == expected
      end

      assert shown(ns, unquote(family)) == []
    end

    @tag timeout: 300_000
    test "each accepted route is reconciled, #{family}", %{ns: ns, sock: sock} = context do
      taken = taken(context, unquote(family))

      for table <- [254, 255, 5000],
          protocol <- [0, 3, 4],
          do: {:ok, _} = Route.flush(sock, table: table, protocol: protocol)

      assert shown(ns, unquote(family)) == []

      # A pass sets its own protocol: routes with a protocol are left out.
      desired = %{
        routes:
          for(
            {dst, len, gateway, opts} <- taken,
            opts[:protocol] == nil,
            do: {dst, len, gateway, opts}
          )
      }

      {:ok, first} = Reconcile.reconcile(sock, desired)
      assert first.failed == []
      assert length(first.applied) == length(desired.routes)
      {:ok, second} = Reconcile.reconcile(sock, desired)
      assert {some(second.applied), second.conflicts} == {[], []}
      {:ok, last} = Reconcile.reconcile(sock, %{})
      assert {length(last.applied), last.failed} == {length(desired.routes), []}
      assert shown(ns, unquote(family)) == []
    end
  end

  for {family, dst, len, gateway} <- [
        {:inet, "10.9.0.0", 16, "10.0.0.2"},
        {:inet6, "fd09::1", 128, "fd00::2"}
      ],
      {text, encap} <- [
        {"MPLS", {:mpls, labels: [7, 8], ttl: 9}},
        {"ILA", {:ila, locator: 7, ident_type: :luid}},
        {"SRv6 segments", {:seg6, mode: :l2encap, segments: ["fd91::1"]}},
        {"an SRv6 endpoint", {:seg6_local, action: :end_x, nh6: "fd00::2", count: true}},
        {"RPL", {:rpl, segments: ["fd00::7"]}},
        {"IOAM", {:ioam6, type: 0x800000, size: 12, namespace: 1}},
        {"an IPv4 tunnel", {:ip, id: 7, dst: "192.0.2.7", flags: [:key]}},
        {"an IPv6 tunnel", {:ip6, id: 7, dst: "2001:db8::7", tc: 8}}
      ] do
    @tag :vm
    test "a listed route with #{text} is deleted and written again, #{family}", context do
      %{ns: ns, sock: sock} = context
      modules!(~w(mpls_router mpls_iptunnel ila))

      args = [
        sock,
        unquote(dst),
        unquote(len),
        unquote(gateway),
        [encap: unquote(Macro.escape(encap))]
      ]

      case apply(Route, :add, args) do
        :ok ->
          before = shown(ns, unquote(family))
          {:ok, [route]} = Route.list(sock, protocol: :boot, family: unquote(family))
          assert Route.delete(sock, route) == :ok
          assert shown(ns, unquote(family)) == []
          assert Route.add(sock, route) == :ok
          assert shown(ns, unquote(family)) == before
          assert Route.replace(sock, route) == :ok
          assert shown(ns, unquote(family)) == before
          assert {:ok, 1} = Route.flush(sock, protocol: :boot)

        # These encapsulations exist for IPv6 only.
        {:error, reason} ->
          assert {unquote(family), %Error{}} = {:inet, reason}
          assert unquote(elem(encap, 0)) in [:ila, :rpl, :ioam6, :seg6_local]
      end
    end
  end

  # The other routes have the same destination and metric.
  test "each listed route is deleted among others of its destination, inet",
       %{ns: ns, sock: sock} do
    # IPv4 regards a route over a nexthop object as equal to one without.
    specs =
      for {gateway, opts} <- @forwarding[:inet],
          opts[:encap] == nil and (opts[:nh_id] == nil or opts[:type] == nil),
          more <- [[], [metrics: [mtu: 1300]], [metrics: @metrics]],
          opts[:nh_id] not in [5, 7] and (opts[:nh_id] == nil or more == []),
          do: {gateway, [table: 5000] ++ opts ++ more}

    fill = fn ->
      {:ok, _} =
        Batch.run(sock, fn batch ->
          for {gateway, opts} <- specs, do: Route.append(batch, "10.9.0.0", 16, gateway, opts)
        end)
    end

    assert deleted_one_by_one(ns, sock, :inet, fill) > 30
  end

  test "each listed route is deleted among others of its destination, inet6",
       %{ns: ns, sock: sock} do
    # IPv6 joins routes with gateways to one multipath route.
    lines = [
      # These two become one route, with two protocols, of which the kernel reports one.
      "fd09::/64 via fd00::2",
      "fd09::/64 via fd00::3 proto static",
      "fd09::/64 dev v0",
      "fd09::/64 dev v1",
      "unreachable fd09::/64",
      "fd09::/64 from fd00::/64 via fd00::2",
      "fd09::/64 from fd00::/64 dev v0",
      "fd09::/64 via fe80::2 dev v0 metric 7",
      "fd09::/64 dev v0 metric 7"
    ]

    fill = fn -> for line <- lines, do: ip!(ns, "-6 route prepend #{line} table 5000") end
    assert deleted_one_by_one(ns, sock, :inet6, fill) > 7
  end

  # The number of routes that `fill` creates, each of which is deleted in one round.
  defp deleted_one_by_one(ns, sock, family, fill) do
    fill.()
    count = length(shown(ns, family))

    for n <- 0..(count - 1) do
      {:ok, _} = Route.flush(sock, table: 5000)
      fill.()
      shown = shown(ns, family)
      {:ok, routes} = Route.list(sock, table: 5000)
      assert length(routes) == count
      route = Enum.at(routes, n)
      assert {route, Route.delete(sock, route)} == {route, :ok}
      assert {route, shown -- shown(ns, family)} == {route, [Enum.at(shown, n)]}
    end

    count
  end

  defp some(steps),
    do: for({verb, route} <- Enum.take_every(steps, 37), do: {verb, Map.from_struct(route)})

  # A failure shows at most three missing and three additional routes.
  defp assert_shown(shown, expected) do
    {shown, expected} = {MapSet.new(shown), MapSet.new(expected)}
    missing = expected |> MapSet.difference(shown) |> Enum.take(3)
    new = shown |> MapSet.difference(expected) |> Enum.take(3)
    assert {missing, new} == {[], []}
  end

  # Creates the routes that the kernel accepts, and returns the listed routes and those of `ip`.
  defp made(%{ns: ns, sock: sock} = context, family) do
    taken = taken(context, family)
    shown = shown(ns, family)
    {:ok, listed} = Route.list(sock, family: family)
    routes = Enum.reject(listed, &(&1.protocol == @kernel))
    assert length(routes) == length(shown)
    assert length(routes) == length(taken)
    {routes, shown}
  end

  # The combinations that the kernel accepts. Their routes exist afterwards.
  defp taken(%{sock: sock}, family) do
    specs = specs(family)

    {:ok, results} =
      Batch.run(sock, fn batch ->
        for {dst, len, gateway, opts} <- specs, do: Route.add(batch, dst, len, gateway, opts)
      end)

    taken = for {spec, :ok} <- Enum.zip(specs, results), do: spec
    # The kernel accepts a combination with each entry of `@forwarding`.
    assert length(taken) > 500

    for {_, entry} <- @forwarding[family],
        do:
          assert(
            {entry, Enum.any?(taken, fn {_, _, _, opts} -> entry -- opts == [] end)} ==
              {entry, true}
          )

    taken
  end

  defp specs(family) do
    combinations =
      for {gateway, entry} <- @forwarding[family],
          more <- combinations(@attributes[family]),
          # IPv4 routes over a nexthop object share their metrics (`fib_find_info_nh`).
          family == :inet6 or entry[:nh_id] == nil or more[:metrics] == nil,
          do: {gateway, entry ++ more}

    for {{gateway, opts}, n} <- Enum.with_index(combinations),
        {dst, len} = destination(family, n),
        do: {dst, len, gateway, opts}
  end

  defp combinations([]), do: [[]]

  defp combinations([{key, values} | rest]) do
    for value <- values,
        more <- combinations(rest),
        do: if(value == nil, do: more, else: [{key, value} | more])
  end

  defp destination(:inet, n), do: {"10.#{64 + div(n, 256)}.#{rem(n, 256)}.0", 24}
  defp destination(:inet6, n), do: {"fd10:0:#{Integer.to_string(n + 1, 16)}::", 48}

  # One batch for all routes, since there are thousands.
  defp each!(sock, routes, fun) do
    {:ok, results} = Batch.run(sock, fn batch -> Enum.map(routes, &fun.(batch, &1)) end)

    assert for({route, result} <- Enum.zip(routes, results), result != :ok, do: {route, result}) ==
             []
  end

  defp halves(list) do
    {first, second} =
      list |> Enum.with_index() |> Enum.split_with(fn {_, n} -> rem(n, 2) == 0 end)

    {Enum.map(first, &elem(&1, 0)), Enum.map(second, &elem(&1, 0))}
  end

  defp keys(routes), do: routes |> Enum.map(&{&1.dst, &1.dst_len}) |> Enum.sort()

  defp shown(ns, family) do
    flag = if family == :inet, do: "-4", else: "-6"

    for %{"protocol" => protocol} = route <-
          ip_json(ns, "-details -N #{flag} route show table all"),
        protocol != "2",
        do: steady(route)
  end

  # The remaining lifetime decreases.
  defp steady(%{"expires" => left} = route) do
    assert left > 0
    %{route | "expires" => :some}
  end

  defp steady(route), do: route
end

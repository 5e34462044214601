defmodule Linx.Namespace.Rtnl.RouteTest do
  # Routes that are written, judged by `ip`.
  use Linx.Test.NamespaceCase, async: true

  alias Linx.IP
  alias Linx.IP.Subnet
  alias Linx.Netlink.{Batch, Error, Rtnl}
  alias Linx.Netlink.Rtnl.Route

  setup %{ns: ns, path: path} do
    ip!(ns, "link add v0 type veth peer name v1")
    for link <- ~w(lo v0 v1), do: ip!(ns, "link set #{link} up")
    ip!(ns, "address add 10.0.0.1/24 dev v0")
    ip!(ns, "address add fd00::1/64 dev v0 nodad")
    addresses_ready(ns)
    {:ok, sock} = Rtnl.open({:path, path})
    %{sock: sock}
  end

  describe "an IPv4 route is added with" do
    for {text, gateway, opts, expected} <- [
          {"a gateway", "10.0.0.2", [],
           %{
             "type" => "unicast",
             "gateway" => "10.0.0.2",
             "dev" => "v0",
             "protocol" => "boot",
             "scope" => "global"
           }},
          {"a link", nil, [dev: "v0"], %{"dev" => "v0", "scope" => "link"}},
          {"the index of a link", nil, [oif: 1], %{"dev" => "lo"}},
          {"an IPv6 gateway", nil, [via: "fe80::1", dev: "v0"],
           %{"via" => %{"family" => "inet6", "host" => "fe80::1"}, "dev" => "v0"}},
          {"an onlink gateway", "10.99.0.1", [dev: "v0", onlink: true],
           %{"gateway" => "10.99.0.1", "flags" => ["onlink"]}},
          {"a metric", "10.0.0.2", [metric: 50], %{"metric" => 50}},
          {"a protocol", "10.0.0.2", [protocol: :bgp], %{"protocol" => "bgp"}},
          {"the number of a protocol", "10.0.0.2", [protocol: 76], %{"protocol" => "76"}},
          {"a preferred source address", "10.0.0.2", [prefsrc: "10.0.0.1"],
           %{"prefsrc" => "10.0.0.1"}},
          {"a TOS byte", "10.0.0.2", [tos: 8], %{"tos" => "0x08"}},
          {"the name of a scope", nil, [dev: "v0", scope: :host], %{"scope" => "host"}},
          {"the number of a scope", nil, [dev: "v0", scope: 200], %{"scope" => "site"}},
          {"a table beyond 255", "10.0.0.2", [table: 5000], %{"table" => "5000"}},
          {"realms", "10.0.0.2", [realms: {3, 4}], %{"flow" => %{"from" => "3", "to" => "4"}}},
          {"a realm", "10.0.0.2", [realms: 4], %{"flow" => %{"to" => "4"}}},
          {"type blackhole", nil, [type: :blackhole], %{"type" => "blackhole"}},
          {"type unreachable", nil, [type: :unreachable], %{"type" => "unreachable"}},
          {"type prohibit", nil, [type: :prohibit], %{"type" => "prohibit"}},
          {"type throw", nil, [type: :throw, table: 77], %{"type" => "throw"}},
          {"type local", nil, [type: :local, dev: "v0", table: 255],
           %{"type" => "local", "scope" => "host"}},
          {"type broadcast", nil, [type: :broadcast, dev: "v0", table: 255],
           %{"type" => "broadcast", "scope" => "link"}},
          {"type multicast", nil, [type: :multicast, dev: "v0"], %{"type" => "multicast"}},
          {"type anycast", nil, [type: :anycast, dev: "v0"],
           %{"type" => "anycast", "scope" => "link"}},
          {"the number of a type", nil, [type: 6], %{"type" => "blackhole"}}
        ] do
      test text, %{ns: ns, sock: sock} do
        {gateway, opts} = {unquote(gateway), unquote(Macro.escape(opts))}
        assert Route.add(sock, "10.9.0.0", 16, gateway, opts) == :ok
        assert [shown] = shown(ns, "10.9.0.0/16")

        for {key, value} <- unquote(Macro.escape(expected)) do
          assert {key, shown[key]} == {key, value}
        end

        assert {:error, %Error{errno: :eexist}} = Route.add(sock, "10.9.0.0", 16, gateway, opts)

        assert {:ok, routes} = Route.list(sock)
        assert [route] = for(%Route{dst_len: 16} = route <- routes, do: route)
        assert Route.delete(sock, route) == :ok
        assert shown(ns, "10.9.0.0/16") == []

        # The listed route is added again, with all its attributes.
        assert Route.add(sock, route) == :ok
        assert shown(ns, "10.9.0.0/16") == [shown]

        assert Route.delete(sock, "10.9.0.0", 16, gateway, opts) == :ok
        assert shown(ns, "10.9.0.0/16") == []
      end
    end
  end

  describe "an IPv6 route is added with" do
    for {text, gateway, opts, expected} <- [
          {"a gateway", "fd00::2", [],
           %{
             "type" => "unicast",
             "gateway" => "fd00::2",
             "dev" => "v0",
             "metric" => 1024,
             "pref" => "medium"
           }},
          {"a link-local gateway", "fe80::2", [dev: "v0"], %{"gateway" => "fe80::2"}},
          {"a link", nil, [dev: "v0"], %{"dev" => "v0", "scope" => "global"}},
          {"a gateway as :via", nil, [via: "fd00::2"], %{"gateway" => "fd00::2"}},
          {"an onlink gateway", "fd99::1", [dev: "v0", onlink: true], %{"flags" => ["onlink"]}},
          {"a metric", "fd00::2", [metric: 50], %{"metric" => 50}},
          {"a protocol", "fd00::2", [protocol: :static], %{"protocol" => "static"}},
          {"a preferred source address", "fd00::2", [prefsrc: "fd00::1"],
           %{"prefsrc" => "fd00::1"}},
          {"a source subnet", "fd00::2", [from: "fd00::/16"], %{"from" => "fd00::/16"}},
          {"a source host", "fd00::2", [from: "fd00::7"], %{"from" => "fd00::7"}},
          {"a router preference", "fd00::2", [pref: :high], %{"pref" => "high"}},
          {"a low router preference", "fd00::2", [pref: :low], %{"pref" => "low"}},
          {"a table beyond 255", "fd00::2", [table: 5000], %{"table" => "5000"}},
          {"type blackhole", nil, [type: :blackhole], %{"type" => "blackhole"}},
          {"type unreachable", nil, [type: :unreachable], %{"type" => "unreachable"}},
          {"type prohibit", nil, [type: :prohibit], %{"type" => "prohibit"}},
          {"type throw", nil, [type: :throw], %{"type" => "throw"}},
          {"type local", nil, [type: :local, dev: "v0", table: 255], %{"type" => "local"}},
          {"type anycast", nil, [type: :anycast, dev: "v0"], %{"type" => "anycast"}},
          {"type multicast", nil, [type: :multicast, dev: "v0"], %{"type" => "multicast"}},
          {"the index of a link", nil, [oif: 1], %{"dev" => "lo"}},
          {"the number of a protocol", "fd00::2", [protocol: 76], %{"protocol" => "76"}},
          {"the number of a type", nil, [type: 7], %{"type" => "unreachable"}}
        ] do
      test text, %{ns: ns, sock: sock} do
        {gateway, opts} = {unquote(gateway), unquote(Macro.escape(opts))}
        assert Route.add(sock, "fd09::", 64, gateway, opts) == :ok
        assert [shown] = shown(ns, "fd09::/64")

        for {key, value} <- unquote(Macro.escape(expected)) do
          assert {key, shown[key]} == {key, value}
        end

        assert {:error, %Error{errno: :eexist}} = Route.add(sock, "fd09::", 64, gateway, opts)

        {:ok, routes} = Route.list(sock)
        assert [route] = for(%Route{dst: %{bytes: <<0xFD09::16, _::112>>}} = r <- routes, do: r)
        assert Route.delete(sock, route) == :ok
        assert shown(ns, "fd09::/64") == []

        assert Route.add(sock, route) == :ok
        assert shown(ns, "fd09::/64") == [shown]

        assert Route.delete(sock, "fd09::", 64, gateway, opts) == :ok
        assert shown(ns, "fd09::/64") == []
      end
    end

    test "a lifetime", %{ns: ns, sock: sock} do
      assert Route.add(sock, "fd09::", 64, "fd00::2", expires: 90_000) == :ok
      assert [%{"expires" => left}] = shown(ns, "fd09::/64")
      assert left in 89_000..90_000

      {:ok, routes} = Route.list(sock, family: :inet6, protocol: :boot)
      assert [%Route{cacheinfo: %{expires: hundredths}} = route] = routes
      assert hundredths in 8_900_000..9_000_000

      assert Route.replace(sock, route) == :ok
      assert [%{"expires" => left}] = shown(ns, "fd09::/64")
      assert left in 89_000..90_000
    end
  end

  # The sysctl is hidden in other user namespaces.
  @tag :initial_users
  test "an expired IPv6 route that is written again does not become permanent", context do
    %{ns: ns, sock: sock} = context
    # The kernel deletes expired routes at an interval, which is longer than this test.
    exec!(ns, "sysctl", "-qw net.ipv6.route.gc_interval=1000")

    for write <- [&Route.replace/2, &readd/2] do
      assert Route.replace(sock, "fd09::", 64, "fd00::2", expires: 1) == :ok
      route = expired(sock)
      # At the moment of expiry the kernel reports 0, which means no lifetime.
      assert route.cacheinfo.expires < 0
      assert write.(sock, route) == :ok
      assert Enum.all?(shown(ns, "fd09::/64"), &(&1["expires"] in -1..1))
      assert expired(sock)
    end
  end

  test "a route refers to a nexthop object by nh_id", %{ns: ns, sock: sock} do
    ip!(ns, "nexthop add id 7 via 10.0.0.2 dev v0")
    assert Route.add(sock, "10.9.0.0", 16, nil, nh_id: 7) == :ok
    assert [%{"nhid" => 7, "gateway" => "10.0.0.2"}] = shown(ns, "10.9.0.0/16")

    {:ok, [%Route{nh_id: 7} = route]} = Route.list(sock, protocol: :boot)
    assert Route.delete(sock, route) == :ok
    assert Route.add(sock, route) == :ok
    assert [%{"nhid" => 7}] = shown(ns, "10.9.0.0/16")
  end

  test "default routes of both families are added and deleted", %{ns: ns, sock: sock} do
    for {family, gateway} <- [inet: "10.0.0.2", inet6: "fd00::2"] do
      flag = if family == :inet, do: "-4", else: "-6"

      assert Route.add_default(sock, gateway, metric: 100) == :ok
      assert [%{"gateway" => ^gateway}] = ip_json(ns, "#{flag} route show default")
      assert Route.delete_default(sock, gateway) == :ok
      assert ip_json(ns, "#{flag} route show default") == []

      assert Route.add_default(sock, nil, dev: "v1", family: family) == :ok
      assert [%{"dev" => "v1"}] = ip_json(ns, "#{flag} route show default")
      {:ok, [route]} = Route.list(sock, protocol: :boot)
      assert {route.dst, route.dst_len} == {nil, 0}
      assert Route.delete(sock, route) == :ok
      assert ip_json(ns, "#{flag} route show default") == []
    end
  end

  test "replace_default/3 replaces the default route with the same metric",
       %{ns: ns, sock: sock} do
    for {gateway, next} <- [{"10.0.0.2", "10.0.0.3"}, {"fd00::2", "fd00::3"}] do
      assert Route.replace_default(sock, gateway, metric: 7) == :ok
      assert Route.replace_default(sock, next, metric: 7) == :ok
      flag = if gateway =~ ":", do: "-6", else: "-4"
      assert [%{"gateway" => ^next}] = ip_json(ns, "#{flag} route show default metric 7")
    end

    assert Route.replace_default(sock, nil, dev: "v0", family: :inet5) ==
             {:error, {:bad_option, :family, :inet5}}
  end

  test "a destination is a subnet as text, value or pair", %{ns: ns, sock: sock} do
    subnet = %Subnet{address: %IP{family: :inet, bytes: <<10, 5, 0, 0>>}, prefix: 16}
    assert Route.add(sock, "10.4.0.0/16", "10.0.0.2") == :ok
    assert Route.add(sock, subnet, {10, 0, 0, 2}, metric: 7, table: :default) == :ok
    assert Route.append(sock, {{10, 6, 0, 0}, 16}, nil, dev: "v0") == :ok
    assert Route.replace(sock, "10.4.0.0/16", "10.0.0.3") == :ok
    assert Route.change(sock, "10.4.0.0/16", "10.0.0.4", []) == :ok
    assert Route.replace(sock, "fd04::/16", "fd00::2", metric: 9) == :ok
    assert Route.add(sock, "10.7.0.1", "10.0.0.2", []) == :ok

    assert [%{"dst" => "10.4.0.0/16", "gateway" => "10.0.0.4"}] = shown(ns, "10.4.0.0/16")

    assert [%{"gateway" => "10.0.0.2", "metric" => 7, "table" => "default"}] =
             shown(ns, "10.5.0.0/16")

    assert [%{"dev" => "v0"}] = shown(ns, "10.6.0.0/16")
    assert [%{"metric" => 9}] = shown(ns, "fd04::/16")
    assert [%{"dst" => "10.7.0.1"}] = shown(ns, "10.7.0.1")

    assert {:ok, [%Route{priority: 7}]} = Route.list(sock, table: :default)
    assert {:error, %Error{errno: :esrch}} = Route.delete(sock, subnet, nil)
    assert Route.delete(sock, subnet, nil, table: :default) == :ok
    assert Route.delete(sock, "10.4.0.0/16", nil) == :ok
    assert Route.delete(sock, "fd04::/16", "fd00::2", timeout: 1000) == :ok
    for dst <- ~w(10.4.0.0/16 10.5.0.0/16 fd04::/16), do: assert(shown(ns, dst) == [])

    for bad <- ["10.4.0.0/33", "10.4", %{subnet | prefix: 33}],
        do: assert(Route.add(sock, bad, nil) == {:error, {:bad_subnet, bad}})

    assert Route.add(sock, "10.4.0.0/16", 16, nil) == {:error, {:bad_address, "10.4.0.0/16"}}
    assert Route.add(sock, "10.4.0.0", nil, nil) == {:error, {:bad_prefix, nil}}
  end

  test "replace, change and append differ in the existing route that they require",
       %{ns: ns, sock: sock} do
    assert {:error, %Error{errno: :enoent}} = Route.change(sock, "10.9.0.0", 16, "10.0.0.2")
    assert Route.replace(sock, "10.9.0.0", 16, "10.0.0.2") == :ok
    assert Route.replace(sock, "10.9.0.0", 16, "10.0.0.3") == :ok
    assert [%{"gateway" => "10.0.0.3"}] = shown(ns, "10.9.0.0/16")
    assert Route.change(sock, "10.9.0.0", 16, "10.0.0.4") == :ok
    assert Route.append(sock, "10.9.0.0", 16, "10.0.0.5") == :ok

    assert [%{"gateway" => "10.0.0.4"}, %{"gateway" => "10.0.0.5"}] = shown(ns, "10.9.0.0/16")

    assert Route.delete(sock, "10.9.0.0", 16, "10.0.0.5") == :ok
    assert [%{"gateway" => "10.0.0.4"}] = shown(ns, "10.9.0.0/16")

    assert {:error, %Error{errno: :enoent}} = Route.change(sock, "fd09::", 64, "fd00::2")
    assert Route.replace(sock, "fd09::", 64, "fd00::2") == :ok
    assert Route.replace(sock, "fd09::", 64, "fd00::3") == :ok
    assert [%{"gateway" => "fd00::3"}] = shown(ns, "fd09::/64")
    assert Route.change(sock, "fd09::", 64, "fd00::4", pref: :low) == :ok
    assert [%{"gateway" => "fd00::4", "pref" => "low"}] = shown(ns, "fd09::/64")
    assert Route.append(sock, "fd09::", 64, "fd00::5") == :ok
    assert [%{"nexthops" => [_, _]}] = shown(ns, "fd09::/64")
  end

  test "echo: true returns the route", %{sock: sock} do
    for {dst, length, gateway} <- [{"10.9.0.0", 16, "10.0.0.2"}, {"fd09::", 64, "fd00::2"}],
        {verb, protocol} <- [add: :static, replace: :bgp, change: :ospf, append: :rip] do
      {:ok, ip} = IP.parse(dst)
      opts = [echo: true, table: 5000, protocol: protocol]

      # An appended route needs another gateway.
      gateway = if verb == :append, do: String.replace(gateway, ~r/2$/, "3"), else: gateway

      assert {:ok, %Route{dst: ^ip, dst_len: ^length} = route} =
               apply(Route, verb, [sock, dst, length, gateway, opts])

      assert Enum.all?(Route.paths(route), &(&1.ifindex > 0))
      assert {Route.target_table(route), Route.protocol(route)} == {5000, protocol}
    end

    # IPv4 does not notify of a replacement that changes nothing.
    opts = [echo: true, table: 5000, protocol: :ospf]
    assert Route.replace(sock, "10.9.0.0", 16, "10.0.0.2", opts) == {:error, :no_reply}
  end

  test "echo: true returns the route for a %Route{} and for a default route, too",
       %{ns: ns, sock: sock} do
    for gateway <- ["10.0.0.2", "fd00::2"] do
      assert {:ok, route} = Route.add_default(sock, gateway, echo: true, metric: 7)
      assert {text(route.gateway), route.priority, route.dst_len} == {gateway, 7, 0}
      assert Route.delete(sock, route) == :ok
      assert {:ok, %Route{priority: 7} = again} = Route.add(sock, route, echo: true)
      assert {:ok, %Route{}} = Route.replace(sock, %{again | protocol: 186}, echo: true)
      flag = if gateway =~ ":", do: "-6", else: "-4"
      assert [%{"protocol" => "bgp"}] = ip_json(ns, "-details #{flag} route show default")
    end
  end

  test "routes can be added and deleted in batches", %{ns: ns, sock: sock} do
    routes = for n <- 1..200, do: {"10.9.#{n}.0", 24, "10.0.0.2"}

    for verb <- [:add, :delete] do
      assert {:ok, results} =
               Batch.run(sock, fn batch ->
                 for {dst, length, gateway} <- routes,
                     do: apply(Route, verb, [batch, dst, length, gateway, [dev: "v0"]])
               end)

      assert results == List.duplicate(:ok, 200)
      shown = ip_json(ns, "-4 route show root 10.9.0.0/16")
      assert length(shown) == if(verb == :add, do: 200, else: 0)
    end
  end

  test "a link that does not exist is an error", %{sock: sock} do
    for opts <- [[dev: "v9"], [oif: 999], [nexthops: [[dev: "v9"]]]] do
      assert {:error, %Error{errno: :enodev}} = Route.add(sock, "10.9.0.0", 16, nil, opts)
    end

    assert {:error, %Error{errno: :enodev}} = Route.get(sock, "10.0.0.2", iif: "v9")
  end

  test "the kernel's error message is in the error", %{sock: sock} do
    assert {:error, %Error{message: "Nexthop has invalid gateway"}} =
             Route.add(sock, "10.30.0.0", 16, "192.0.2.1")
  end

  # A destination as `ip route` shows it, in any table.
  defp shown(ns, dst) do
    family = if dst =~ ":", do: "-6", else: "-4"
    ip_json(ns, "-details #{family} route show table all #{dst}")
  end

  defp text(ip), do: to_string(ip)

  defp readd(sock, route), do: with(:ok <- Route.delete(sock, route), do: Route.add(sock, route))

  # Waits until a route has expired.
  defp expired(sock) do
    case Route.list(sock, family: :inet6, protocol: :boot) do
      {:ok, [%Route{cacheinfo: %{expires: left}} = route]} when left < 0 -> route
      {:ok, [%Route{}]} -> Process.sleep(20) && expired(sock)
      {:ok, []} -> true
    end
  end
end

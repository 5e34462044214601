defmodule Linx.Namespace.Rtnl.Route.QueryTest do
  # Lists, filters, lookups and flushes of routes that `ip` created.
  use Linx.Test.NamespaceCase, async: true

  alias Linx.Netlink.{Error, Request, Rtnl}
  alias Linx.Netlink.Rtnl.{Link, Route, Rule}
  alias Linx.Netlink.Rtnl.Route.Query

  setup %{ns: ns, path: path} do
    ip!(ns, "link add v0 type veth peer name v1")
    for link <- ~w(lo v0 v1), do: ip!(ns, "link set #{link} up")
    ip!(ns, "address add 10.0.0.1/24 dev v0")
    ip!(ns, "address add fd00::1/64 dev v0 nodad")
    addresses_ready(ns)
    {:ok, sock} = Rtnl.open({:path, path})
    %{sock: sock}
  end

  defp text(ip), do: to_string(ip)

  describe "listing" do
    setup %{ns: ns} do
      ip!(ns, "route add 10.9.0.0/16 via 10.0.0.2 proto static")
      ip!(ns, "route add 10.8.0.0/16 dev v1 table 5000 proto bgp")
      ip!(ns, "route add 10.7.0.0/16 nexthop via 10.0.0.2 nexthop via inet6 fe80::1 dev v1")
      ip!(ns, "route add blackhole fd07::/64 table 5001 proto static")
      ip!(ns, "route add fd09::/64 via fd00::2 table 5000")
      :ok
    end

    test "returns as many routes as ip shows", %{ns: ns, sock: sock} do
      {:ok, routes} = Route.list(sock)

      for {family, number} <- [{"-4", 2}, {"-6", 10}] do
        shown = ip_json(ns, "#{family} route show table all")
        assert Enum.count(routes, &(&1.family == number)) == length(shown)
      end
    end

    for {text, opts, expected} <- [
          {"a table", [table: 5000], %{"table" => "5000"}},
          {"the main table", [table: 254], %{"table" => "254"}},
          {"a table of one family", [table: 5001], %{"table" => "5001"}},
          {"a link", [dev: "v1"], %{"dev" => "v1"}},
          {"a link by index", [oif: 1], %{"dev" => "lo"}},
          {"a protocol", [protocol: :static], %{"protocol" => "4"}},
          {"a type", [type: :local], %{"type" => "2"}},
          {"IPv6", [family: :inet6], %{"pref" => "medium"}},
          {"a table and a protocol", [table: 5000, protocol: :bgp],
           %{"table" => "5000", "protocol" => "186"}}
        ] do
      test "with a filter by #{text} returns the routes that ip shows", %{ns: ns, sock: sock} do
        opts = unquote(opts)
        assert {:ok, routes} = Route.list(sock, opts)
        assert routes != []

        shown =
          for flag <- ["-4", "-6"],
              route <- ip_json(ns, "-details -N #{flag} route show table all"),
              Enum.all?(unquote(Macro.escape(expected)), &shown?(route, &1)),
              do: destination(route["dst"])

        assert Enum.sort(Enum.map(routes, &destination/1)) == Enum.sort(shown)
        assert Enum.to_list(Route.stream!(sock, opts)) == routes
      end
    end

    defp shown?(%{"nexthops" => hops}, {"dev", dev}), do: Enum.any?(hops, &(&1["dev"] == dev))
    defp shown?(route, {key, value}), do: route[key] == value

    defp destination(%Route{dst: nil}), do: "default"
    defp destination(%Route{dst: dst, dst_len: length}), do: "#{dst}/#{length}"
    defp destination("default"), do: "default"

    defp destination(text) do
      cond do
        text =~ "/" -> text
        text =~ ":" -> text <> "/128"
        true -> text <> "/32"
      end
    end

    test "returns no routes for an absent table, and an error for an absent link",
         %{sock: sock} do
      assert Route.list(sock, table: 4711) == {:ok, []}
      assert Route.list(sock, table: 4711, family: :inet) == {:ok, []}
      assert Enum.to_list(Route.stream!(sock, table: 4711)) == []
      assert {:error, %Error{errno: :enodev}} = Route.list(sock, dev: "v9")
      assert_raise Error, fn -> Route.stream!(sock, dev: "v9") end
    end

    test "filters in the kernel by the fields of the dumped %Route{}", %{sock: sock} do
      # `Request.dump/3` does not filter the reply: the kernel selected these routes.
      {:ok, routes} = Request.dump(sock, 26, %Route{family: 2, table: 0, table_ext: 5000})
      assert Enum.map(routes, &Route.target_table/1) == [5000]
    end

    for {text, opts} <- [
          {"a table", [table: 5000]},
          {"a link", [dev: "v1"]},
          {"a protocol", [protocol: :static]},
          {"a type", [type: :local]},
          {"a family", [family: :inet6]}
        ] do
      test "lets the kernel filter by #{text}", %{sock: sock} do
        parent = self()

        dump = fn query, request ->
          result = {:ok, routes} = Request.dump(sock, 26, query, request)
          send(parent, {:dumped, length(routes)})
          result
        end

        opts = unquote(opts)
        {:ok, routes} = Query.list(sock, opts, dump)
        assert routes != [] and length(routes) < length(elem(Route.list(sock), 1))
        # The kernel sent only routes that pass the filter.
        dumped =
          for _ <- 1..if(opts[:family], do: 1, else: 2) do
            {:dumped, count} = assert_receive({:dumped, _})
            count
          end

        assert Enum.sum(dumped) == length(routes)
      end
    end

    test "by stream can be halted, and passes on errors of the consumer", %{sock: sock} do
      assert [%Route{}] = Enum.take(Route.stream!(sock, table: 254), 1)

      assert_raise Error, fn ->
        Enum.each(Route.stream!(sock, table: 254), fn _ -> raise Error.from_errno(2) end)
      end

      assert {:ok, [_ | _]} = Route.list(sock)
    end
  end

  describe "get/3" do
    test "returns the route that the kernel selects", %{ns: ns, sock: sock} do
      assert Route.add(sock, "10.9.0.0", 16, "10.0.0.2") == :ok
      assert Route.add(sock, "fd09::", 64, "fd00::2") == :ok

      for {ip, gateway} <- [{"10.9.1.2", "10.0.0.2"}, {"fd09::1", "fd00::2"}] do
        assert {:ok, route} = Route.get(sock, ip)
        assert [%{"gateway" => ^gateway, "prefsrc" => prefsrc}] = ip_json(ns, "route get #{ip}")
        assert {text(route.gateway), text(route.prefsrc)} == {gateway, prefsrc}
        assert Route.target_table(route) == 254

        assert {:ok, %Route{dst_len: length}} = Route.get(sock, ip, fib_match: true)
        assert length in [16, 64]
      end

      assert {:error, %Error{errno: :enetunreach}} = Route.get(sock, "192.0.2.1")
    end

    @ipv4 [
      {"fwmark 7", [mark: 7], 1},
      {"from 10.0.0.1", [from: "10.0.0.1"], 2},
      {"ipproto tcp dport 443", [ip_proto: :tcp, dport: 443], 4},
      {"ipproto udp sport 53", [ip_proto: 17, sport: 53], 5},
      {"tos 0x10", [tos: 0x10], 6},
      {"oif v1", [oif: "v1"], 7}
    ]
    @ipv6 [
      {"fwmark 7", [mark: 7], 1},
      {"from fd00::1", [from: "fd00::1"], 2},
      {"ipproto tcp dport 443", [ip_proto: :tcp, dport: 443], 4},
      {"ipproto udp sport 53", [ip_proto: 17, sport: 53], 5},
      {"ipproto ipv6-icmp", [ip_proto: :icmpv6], 6},
      {"oif v1", [oif: "v1"], 7},
      {"iif v0", [iif: "v0", from: "fd00::9"], 8}
    ]
    @uid {"uidrange 1000-1000", [uid: 1000], 3}

    test("uses the fields of an IPv4 packet", %{ns: ns, sock: sock},
      do: for(row <- @ipv4, do: selected(row, "-4", {"192.0.2.0/24", "192.0.2.1"}, ns, sock))
    )

    test "uses the fields of an IPv6 packet", %{ns: ns, sock: sock} do
      exec!(ns, "sysctl", "-qw net.ipv6.conf.all.forwarding=1")
      for row <- @ipv6, do: selected(row, "-6", {"2001:db8::/64", "2001:db8::1"}, ns, sock)
    end

    @tag :initial_users
    test "uses the user id of the sender", %{ns: ns, sock: sock} do
      selected(@uid, "-4", {"192.0.2.0/24", "192.0.2.1"}, ns, sock)
      selected(@uid, "-6", {"2001:db8::/64", "2001:db8::1"}, ns, sock)
    end

    # A rule selects the route by the fields of a packet, given as options. Without them there is no route.
    defp selected({rule, opts, n}, flag, {network, address}, ns, sock) do
      ip!(ns, "#{flag} rule add #{rule} table #{n} priority #{n}")
      ip!(ns, "#{flag} route add #{network} dev v1 proto #{100 + n} table #{n}")
      assert {:error, %Error{errno: :enetunreach}} = Route.get(sock, address)

      assert {rule, {:ok, %Route{protocol: protocol} = route}} =
               {rule, Route.get(sock, address, [fib_match: true] ++ opts)}

      assert {rule, protocol, Route.target_table(route)} == {rule, 100 + n, n}
      ip!(ns, "#{flag} rule delete priority #{n}")
    end

    test "uses the flow label of an IPv6 packet", %{ns: ns, sock: sock} do
      ip!(ns, "-6 route add 2001:db8::/64 dev v1 proto 101 table 9")

      rule = [family: :inet6, flowlabel: 0xABCDE, flowlabel_mask: 0xFFFFF, table: 9, priority: 9]

      if :os.version() >= {6, 14, 0} do
        assert Rule.add(sock, rule) == :ok
        assert {:ok, %Route{protocol: 101}} = Route.get(sock, "2001:db8::1", flowlabel: 0xABCDE)
        assert {:error, %Error{}} = Route.get(sock, "2001:db8::1", flowlabel: 0xABCDF)
      end
    end

    test "uses the incoming link of a received packet", %{ns: ns, sock: sock} do
      exec!(ns, "sysctl", "-qw net.ipv4.ip_forward=1")

      assert {:ok, %Route{lookup: %{iif: iif}} = route} =
               Route.get(sock, "10.0.0.9", from: "10.0.0.5", iif: "v0")

      assert {:ok, %{index: ^iif}} = Link.get(sock, "v0")
      assert text(route.dst) == "10.0.0.9"

      ip!(ns, "rule add iif v0 table 9 priority 9")
      ip!(ns, "route add 192.0.2.0/24 dev v1 proto 109 table 9")
      opts = [from: "10.0.0.5", iif: "v0", fib_match: true]
      assert {:ok, %Route{protocol: 109}} = Route.get(sock, "192.0.2.1", opts)
      assert {:error, %Error{}} = Route.get(sock, "192.0.2.1", Keyword.put(opts, :iif, "v1"))
    end
  end

  test "cached: true lists the path MTU that the kernel learned", %{ns: ns, sock: sock} do
    # The link behind the gateway has a smaller MTU: the gateway reports a packet that is too big.
    router = netns!()
    ip!(ns, "link set v1 netns #{router}")
    ip!(router, "link add w0 mtu 1300 type veth peer name w1")
    for link <- ~w(lo v1 w0 w1), do: ip!(router, "link set #{link} up")
    exec!(router, "sysctl", "-qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1")

    for {gateway, far, net} <- [
          {"10.0.0.2/24", "10.9.0.1/24", "10.9.0.0/24"},
          {"fd00::2/64", "fd09::1/64", "fd09::/64"}
        ] do
      nodad = if net =~ ":", do: "nodad", else: ""
      ip!(router, "address add #{gateway} dev v1 #{nodad}")
      ip!(router, "address add #{far} dev w0 #{nodad}")
      ip!(ns, "route add #{net} via #{hd(String.split(gateway, "/"))}")
    end

    assert Route.list(sock, cached: true) == {:ok, []}

    for {family, dst} <- [{"-4", "10.9.0.9"}, {"-6", "fd09::9"}] do
      send = "head -c 1400 /dev/zero > /dev/udp/#{dst}/9"
      shown = fn -> ip_json(ns, "#{family} route show cache #{dst}") end

      [learned] =
        eventually(fn ->
          exec!(ns, "bash", ["-c", send])
          with [] <- shown.(), do: nil
        end)

      assert %{"dst" => ^dst, "metrics" => [%{"mtu" => 1300}]} = learned
      {:ok, routes} = Route.list(sock, cached: true)
      assert [route] = for(%Route{} = route <- routes, text(route.dst) == dst, do: route)
      assert route.metrics.mtu == 1300
      assert :cloned in Route.flags(route)
      # The remaining lifetimes decrease between the two lists.
      timeless = fn routes -> Enum.map(routes, &%{&1 | cacheinfo: nil, expires: nil}) end
      assert timeless.(Route.stream!(sock, cached: true)) == timeless.(routes)
    end

    {:ok, routes} = Route.list(sock)
    refute Enum.any?(routes, &(:cloned in Route.flags(&1)))
  end

  describe "flush/2" do
    setup %{ns: ns} do
      for table <- [254, 77], n <- 1..3 do
        ip!(ns, "route add 10.#{n}.0.0/16 via 10.0.0.2 table #{table} proto static")
        ip!(ns, "route add fd#{n}0::/64 via fd00::2 table #{table} proto bgp")
      end

      ip!(ns, "route add 10.4.0.0/16 nexthop via 10.0.0.2 nexthop via inet6 fe80::1 dev v1")
      ip!(ns, "route add fd40::/64 nexthop via fe80::1 dev v0 nexthop via fe80::1 dev v1")
      ip!(ns, "nexthop add id 7 via 10.0.0.2 dev v0")
      ip!(ns, "route add 10.5.0.0/16 nhid 7")
      ip!(ns, "route add prohibit fd50::/64")
      :ok
    end

    defp count(ns, filter) do
      length(ip_json(ns, "-4 route show #{filter}")) +
        length(ip_json(ns, "-6 route show #{filter}"))
    end

    test "deletes the routes of the given table and of no other", %{ns: ns, sock: sock} do
      local = count(ns, "table local")
      assert Route.flush(sock, table: 77) == {:ok, 6}
      assert {count(ns, "table 77"), count(ns, "table local")} == {0, local}
      assert count(ns, "table main") > 6
    end

    test "deletes the routes of the main table without :table", %{ns: ns, sock: sock} do
      expected = count(ns, "table main")
      assert {:ok, ^expected} = Route.flush(sock)
      assert {count(ns, "table main"), count(ns, "table 77")} == {0, 6}
      assert Route.flush(sock) == {:ok, 0}
    end

    test "deletes the routes that pass the filter", %{ns: ns, sock: sock} do
      assert Route.flush(sock, protocol: :static) == {:ok, 3}
      assert Route.flush(sock, protocol: :bgp, family: :inet) == {:ok, 0}
      assert Route.flush(sock, protocol: :bgp, table: 77) == {:ok, 3}
      assert Route.flush(sock, type: :prohibit) == {:ok, 1}
      assert count(ns, "table 77") == 3
      assert Route.flush(sock, table: 4711) == {:ok, 0}
    end
  end
end

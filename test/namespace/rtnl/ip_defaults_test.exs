defmodule Linx.Namespace.Rtnl.IpDefaultsTest do
  # Options that are not given have the defaults of ip: ip shows the same for an object that ip
  # has created in one namespace and for one that this library has created in another.
  use Linx.Test.NamespaceCase, async: true

  alias Linx.Netlink.Socket
  alias Linx.Netlink.Rtnl.{Address, Link, Neighbour, Nexthop, Reconcile, Route, Rule}

  # Two namespaces with the same objects, and a socket in the second.
  defp equal_namespaces(lines) do
    [by_ip, by_linx] =
      for _ <- 1..2 do
        ns = netns!()
        for line <- lines, do: ip!(ns, line)
        ns
      end

    {:ok, sock} = Socket.open(0, {:path, path(by_linx)})
    {by_ip, by_linx, sock}
  end

  @links [
    "link add v0 index 100 address 02:00:00:00:00:01 type veth peer name v1 index 101",
    "link set v0 addrgenmode none up",
    "link set v1 addrgenmode none up",
    "address add 10.0.0.1/24 dev v0",
    "address add fd00::1/64 dev v0 nodad"
  ]

  # Only the rows that the command added. The kernel adds and deletes IPv6 multicast neighbours.
  defp added(before, now), do: Enum.sort(now) -- Enum.sort(before)

  defp addresses(ns) do
    for %{"ifname" => name, "addr_info" => rows} <- ip_json(ns, "address show"), row <- rows do
      row |> Map.drop(~w(tentative valid_life_time preferred_life_time)) |> Map.put("dev", name)
    end
  end

  defp compare(ip, fun, show) do
    {by_ip, by_linx, sock} = equal_namespaces(@links)
    [before, also_before] = Enum.map([by_ip, by_linx], show)
    ip!(by_ip, ip)
    assert {ip, fun.(sock)} == {ip, :ok}
    their = added(before, show.(by_ip))
    assert {ip, length(their)} == {ip, 1}
    assert {ip, added(also_before, show.(by_linx))} == {ip, their}
    Socket.close(sock)
  end

  test "addresses have the scope, broadcast address and label that ip sets" do
    for {ip, link, address, prefix, opts} <- [
          {"127.0.0.5/8 dev lo", "lo", "127.0.0.5", 8, []},
          {"127.0.0.1/8 dev lo", "lo", "127.0.0.1", 8, []},
          {"127.9.0.1/32 dev v0", "v0", "127.9.0.1", 32, []},
          {"127.9.0.1/32 scope link dev v0", "v0", "127.9.0.1", 32, [scope: :link]},
          {"128.0.0.1/24 dev v0", "v0", "128.0.0.1", 24, []},
          {"169.254.0.1/16 dev v0", "v0", "169.254.0.1", 16, []},
          {"10.9.0.1/24 dev v0", "v0", "10.9.0.1", 24, []},
          {"10.9.0.1/0 dev v0", "v0", "10.9.0.1", 0, []},
          {"10.9.0.1/24 brd + dev v0", "v0", "10.9.0.1", 24, [broadcast: :auto]},
          {"10.9.0.1/31 brd + dev v0", "v0", "10.9.0.1", 31, [broadcast: :auto]},
          {"10.9.0.1 peer 10.8.0.2 dev v0", "v0", "10.9.0.1", 32, [peer: "10.8.0.2"]},
          {"10.9.0.1 peer 10.8.0.2/24 brd + dev v0", "v0", "10.9.0.1", 24,
           [peer: "10.8.0.2", broadcast: :auto]},
          {"127.9.0.1 peer 10.8.0.2/24 dev v0", "v0", "127.9.0.1", 24, [peer: "10.8.0.2"]},
          {"fd09::1/64 dev v0", "v0", "fd09::1", 64, []},
          {"fe80::9/64 dev v0", "v0", "fe80::9", 64, []},
          {"fec0::9/64 dev v0", "v0", "fec0::9", 64, []},
          {"fd09::1 peer fd08::1 dev v0", "v0", "fd09::1", 128, [peer: "fd08::1"]}
        ] do
      add = &Address.add(&1, link, address, prefix, opts)
      compare("address add " <> ip, add, &addresses/1)

      replace = &Address.replace(&1, link, address, prefix, opts)
      compare("address replace " <> ip, replace, &addresses/1)
    end
  end

  test "a second address of the loopback's network is added and deleted", %{ns: ns, path: path} do
    {:ok, sock} = Socket.open(0, {:path, path})
    ip!(ns, "link set lo up")
    assert Address.add(sock, "lo", "127.0.0.5", 8) == :ok
    {:ok, all} = Address.list(sock, link: "lo", family: :inet)
    assert Enum.map(all, &Address.scope/1) == [:host, :host]
    assert Address.delete(sock, "lo", "127.0.0.5", 8) == :ok
    assert [%{"local" => "127.0.0.1"}] = for(%{"family" => "inet"} = a <- addresses(ns), do: a)
    Socket.close(sock)
  end

  test "a pass creates an address of the loopback's network once", %{ns: ns, path: path} do
    {:ok, sock} = Socket.open(0, {:path, path})
    ip!(ns, "link set lo up")
    desired = %{addresses: [{"lo", "127.0.0.5", 8}]}
    {:ok, report} = Reconcile.reconcile(sock, desired)
    assert {report.converged?, length(report.applied)} == {true, 1}
    {:ok, again} = Reconcile.reconcile(sock, desired, report.last_applied)
    assert {again.converged?, again.applied} == {true, []}
    {:ok, gone} = Reconcile.reconcile(sock, %{}, again.last_applied)
    assert {gone.converged?, length(gone.applied)} == {true, 1}
    Socket.close(sock)
  end

  test "routes have the table, scope, type, metric, protocol and weight that ip sets" do
    routes = fn ns ->
      for family <- ~w(-4 -6),
          route <- ip_json(ns, "-details #{family} route show table all"),
          do: route
    end

    dev = [dev: "v0"]

    for {ip, dst, prefix, gateway, opts} <- [
          {"10.30.0.0/16 via 10.0.0.2", "10.30.0.0", 16, "10.0.0.2", []},
          {"10.30.0.0/16 dev v0", "10.30.0.0", 16, nil, dev},
          {"10.30.0.0/16 via 10.66.0.2 dev v0 onlink", "10.30.0.0", 16, "10.66.0.2",
           [onlink: true] ++ dev},
          {"10.30.0.0/16 via inet6 fd00::2 dev v0", "10.30.0.0", 16, nil,
           [via: "fd00::2"] ++ dev},
          {"10.30.0.0/16 nexthop via 10.0.0.2 weight 3 nexthop dev v1", "10.30.0.0", 16, nil,
           [nexthops: [[gateway: "10.0.0.2", weight: 3], [dev: "v1"]]]},
          {"local 10.30.0.1 dev v0", "10.30.0.1", 32, nil, [type: :local] ++ dev},
          {"local 10.30.0.1 dev v0 table 7", "10.30.0.1", 32, nil,
           [type: :local, table: 7] ++ dev},
          {"broadcast 10.30.0.1 dev v0", "10.30.0.1", 32, nil, [type: :broadcast] ++ dev},
          {"anycast 10.30.0.1 dev v0", "10.30.0.1", 32, nil, [type: :anycast] ++ dev},
          {"multicast 239.0.0.1 dev v0", "239.0.0.1", 32, nil, [type: :multicast] ++ dev},
          {"unreachable 10.30.0.0/16", "10.30.0.0", 16, nil, [type: :unreachable]},
          {"blackhole 10.30.0.0/16", "10.30.0.0", 16, nil, [type: :blackhole]},
          {"throw 10.30.0.0/16 table 7", "10.30.0.0", 16, nil, [type: :throw, table: 7]},
          {"prohibit default metric 9", "0.0.0.0", 0, nil, [type: :prohibit, metric: 9]},
          {"fd30::/16 dev v0", "fd30::", 16, nil, dev},
          {"fd30::/16 via fd00::2", "fd30::", 16, "fd00::2", []},
          {"local fd30::1 dev v0", "fd30::1", 128, nil, [type: :local] ++ dev},
          {"anycast fd30::1 dev v0", "fd30::1", 128, nil, [type: :anycast] ++ dev},
          {"multicast ff05::1 dev v0", "ff05::1", 128, nil, [type: :multicast] ++ dev},
          {"unreachable fd30::/16", "fd30::", 16, nil, [type: :unreachable]}
        ] do
      family = if dst =~ ":", do: "-6 ", else: ""

      add = fn sock ->
        with :ok <- Route.add(sock, dst, prefix, gateway, opts),
             # `delete` with the same arguments selects the route that was added.
             :ok <- Route.delete(sock, dst, prefix, gateway, opts),
             do: Route.add(sock, dst, prefix, gateway, opts)
      end

      compare("#{family}route add #{ip}", add, routes)
    end
  end

  test "rules have the action, table, priority and protocol that ip sets" do
    rules = fn ns ->
      for family <- ~w(-4 -6), rule <- ip_json(ns, "-details #{family} rule show"), do: rule
    end

    for {ip, opts} <- [
          {"from 10.0.0.0/8 table 7", [from: "10.0.0.0/8", table: 7]},
          {"from 10.0.0.0/8 table 700", [from: "10.0.0.0/8", table: 700]},
          {"fwmark 7 table 7", [fwmark: 7, table: 7]},
          {"prohibit from 10.0.0.0/8", [from: "10.0.0.0/8", action: :prohibit]},
          {"nop from 10.0.0.0/8", [from: "10.0.0.0/8", action: :nop]},
          {"goto 32767 from 10.0.0.0/8 priority 5",
           [from: "10.0.0.0/8", goto: 32_767, priority: 5]},
          {"sport 7 ipproto tcp table 7", [sport: 7, ip_proto: :tcp, table: 7]}
        ] do
      compare("rule add #{ip}", &Rule.add(&1, opts), rules)
    end

    compare("-6 rule add from fd00::/8 table 7", &Rule.add(&1, from: "fd00::/8", table: 7), rules)
  end

  test "neighbours have the state that ip sets" do
    entries = fn ns ->
      for %{"dst" => "10.0.0.9"} = entry <- ip_json(ns, "neighbour show nud all"), do: entry
    end

    mac = "02:00:00:00:00:09"

    for {ip, mac, opts} <- [
          {"lladdr #{mac}", mac, []},
          {"lladdr #{mac} extern_learn", mac, [flags: [:extern_learn]]},
          {"lladdr #{mac} nud stale", mac, [state: :stale]},
          {"lladdr #{mac} use", mac, [flags: [:use]]},
          {"lladdr #{mac} managed", mac, [flags: [:managed]]},
          {"managed", nil, [flags: [:managed]]},
          {"nud none", nil, []}
        ] do
      add = &Neighbour.add(&1, "v0", "10.0.0.9", mac, opts)
      compare("neighbour add 10.0.0.9 dev v0 #{ip}", add, entries)
    end
  end

  test "nexthop objects have the protocol and scope that ip sets" do
    nexthops = &ip_json(&1, "-details nexthop show")

    for {ip, opts} <- [
          {"id 7 dev v0", [id: 7, dev: "v0"]},
          {"id 7 via 10.0.0.2 dev v0", [id: 7, gateway: "10.0.0.2", dev: "v0"]},
          {"id 7 via fd00::2 dev v0", [id: 7, gateway: "fd00::2", dev: "v0"]}
        ] do
      compare("nexthop add #{ip}", &Nexthop.add(&1, opts), nexthops)
    end
  end

  describe "links" do
    @describetag :vm

    @v4 [local: "192.0.2.1", remote: "192.0.2.2"]
    @v6 [local: "fd00::1", remote: "fd00::2"]
    @group [local: "192.0.2.1", remote: "239.0.0.7"]

    for {kind, ip, opts} <- [
          {:gre, "local 192.0.2.1 remote 192.0.2.2", @v4},
          {:gre, "local 192.0.2.1", [local: "192.0.2.1"]},
          {:gre, "external", [collect_metadata: true]},
          {:gre, "local 192.0.2.1 remote 239.0.0.7", @group},
          {:gre, "local 192.0.2.1 remote 239.0.0.7 ikey 4", [ikey: 4] ++ @group},
          {:gre, "local 192.0.2.1 remote 239.0.0.7 key 4", [key: 4] ++ @group},
          {:gre, "local 192.0.2.1 remote 239.0.0.7 seq",
           [iflags: [:seq], oflags: [:seq]] ++ @group},
          {:gre, "local 192.0.2.1 remote 192.0.2.2 key 4 seq",
           @v4 ++ [key: 4, iflags: [:seq], oflags: [:seq]]},
          {:gretap, "local 192.0.2.1 remote 239.0.0.7", @group},
          {:gretap, "local 192.0.2.1 remote 192.0.2.2", @v4},
          {:erspan, "local 192.0.2.1 remote 192.0.2.2 seq key 7", [key: 7] ++ @v4},
          {:ip6gre, "local fd00::1 remote fd00::2", @v6},
          {:ip6gre, "local fd00::1 remote fd00::2 hoplimit 9 encaplimit 2",
           [ttl: 9, encap_limit: 2] ++ @v6},
          {:ip6gre, "local fd00::1 remote fd00::2 encap gue encap-dport 7",
           [encap_type: :gue, encap_dport: 7] ++ @v6},
          {:ip6gre, "external", [collect_metadata: true]},
          {:ip6gretap, "local fd00::1 remote fd00::2", @v6},
          {:ip6erspan, "local fd00::1 remote fd00::2 seq key 7", [key: 7] ++ @v6},
          {:ip6tnl, "local fd00::1 remote fd00::2", @v6},
          {:ip6tnl, "local fd00::1 remote fd00::2 encap gue encap-dport 7",
           [encap_type: :gue, encap_dport: 7] ++ @v6},
          {:ip6tnl, "external", [collect_metadata: true]},
          {:ipip, "local 192.0.2.1 remote 192.0.2.2", @v4},
          {:ipip, "local 192.0.2.1 remote 192.0.2.2 mode ipip", [proto: 4] ++ @v4},
          {:ipip, "external", [collect_metadata: true]},
          {:sit, "local 192.0.2.1 remote 192.0.2.2", @v4},
          {:sit, "local 192.0.2.1 remote 192.0.2.2 ttl 9", [ttl: 9] ++ @v4},
          {:vti, "local 192.0.2.1 remote 192.0.2.2", @v4},
          {:vti6, "local fd00::1 remote fd00::2", @v6},
          {:vxlan, "id 42", [id: 42]},
          {:vxlan, "id 42 remote fd00::1", [id: 42, remote: "fd00::1"]},
          {:vxlan, "external", [collect_metadata: true]},
          {:vxlan, "external learning", [collect_metadata: true, learning: true]},
          {:vxlan, "external gpe", [collect_metadata: true, gpe: true]},
          {:vxlan, "external gpe dstport 7", [collect_metadata: true, gpe: true, port: 7]},
          {:geneve, "id 42 remote 192.0.2.9", [id: 42, remote: "192.0.2.9"]},
          {:geneve, "external", [collect_metadata: true]},
          {:macsec, "", [parent: "d0"]},
          {:macvlan, "", [parent: "d0"]},
          {:ipvlan, "", [parent: "d0"]},
          {:vlan, "id 7", [id: 7, parent: "d0"]},
          {:bareudp, "dstport 6635 ethertype 0x8847", [port: 6635, ethertype: 0x8847]},
          {:hsr, "slave1 d0 slave2 d1", [slave1: "d0", slave2: "d1"]},
          {:bond, "", []},
          {:bridge, "", []}
        ] do
      test "a link with #{inspect(opts)} equals that of ip link add type #{kind} #{ip}" do
        {kind, ip, opts} = {unquote(kind), unquote(ip), unquote(opts)}

        {by_ip, by_linx, sock} =
          equal_namespaces([
            "link add d0 index 100 address 02:00:00:00:00:01 type dummy",
            "link add d1 index 101 address 02:00:00:00:00:02 type dummy"
          ])

        parent = if opts[:parent], do: "link d0 ", else: ""
        ip!(by_ip, "link add #{parent}name x0 type #{kind} #{ip}")
        assert Link.create(sock, "x0", kind, opts) == :ok
        assert shown(by_linx) == shown(by_ip)
        Socket.close(sock)
      end
    end

    # Without addresses and identifiers, which the kernel generates, and timers of bridges.
    defp shown(ns) do
      [link] = ip_json(ns, "-details link show dev x0")
      data = Map.get(link["linkinfo"], "info_data", %{})

      data =
        Map.reject(data, fn {key, _} ->
          key =~ "timer" or key in ~w(sci bridge_id root_id group_addr supervision_addr)
        end)

      link |> Map.drop(~w(address permaddr ifindex linkinfo)) |> Map.put("data", data)
    end
  end
end

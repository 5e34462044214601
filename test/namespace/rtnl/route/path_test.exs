defmodule Linx.Namespace.Rtnl.Route.PathTest do
  # Paths of multipath routes, judged by `ip`.
  use Linx.Test.NamespaceCase, async: true

  alias Linx.Netlink.Rtnl
  alias Linx.Netlink.Rtnl.{Link, Route}
  alias Linx.Netlink.Rtnl.Route.Path

  setup %{ns: ns, path: path} do
    ip!(ns, "link add v0 type veth peer name v1")
    for link <- ~w(lo v0 v1), do: ip!(ns, "link set #{link} up")
    ip!(ns, "address add 10.0.0.1/24 dev v0")
    ip!(ns, "address add fd00::1/64 dev v0 nodad")
    addresses_ready(ns)
    {:ok, sock} = Rtnl.open({:path, path})
    %{sock: sock}
  end

  test "a multipath IPv4 route is added, listed and deleted", %{ns: ns, sock: sock} do
    hops = [
      [gateway: "10.0.0.2", weight: 3, realms: 7],
      [via: "fe80::2", dev: "v0", weight: 256],
      [via: "10.99.0.1", dev: "v0", onlink: true]
    ]

    assert Route.add(sock, "10.9.0.0", 16, nil, nexthops: hops) == :ok
    assert [%{"nexthops" => [first, second, third]}] = shown(ns, "10.9.0.0/16")
    assert %{"gateway" => "10.0.0.2", "weight" => 3, "flow" => %{"to" => "7"}} = first
    assert %{"via" => %{"host" => "fe80::2"}, "dev" => "v0", "weight" => 256} = second
    assert %{"gateway" => "10.99.0.1", "weight" => 1, "flags" => ["onlink"]} = third

    {:ok, [route]} = Route.list(sock, protocol: :boot)
    assert Enum.map(Route.paths(route), &Path.weight/1) == [3, 256, 1]

    assert Enum.map(Route.paths(route), &text(Path.gateway(&1))) ==
             ~w(10.0.0.2 fe80::2 10.99.0.1)

    assert Route.delete(sock, route) == :ok
    assert Route.add(sock, route) == :ok
    assert [%{"nexthops" => [^first, ^second, ^third]}] = shown(ns, "10.9.0.0/16")
    assert Route.delete(sock, "10.9.0.0", 16, nil, nexthops: hops) == :ok
    assert shown(ns, "10.9.0.0/16") == []
  end

  test "a path of a route may be a link without a gateway", %{ns: ns, sock: sock} do
    {:ok, %{index: index}} = Link.get(sock, "v1")
    hops = [[dev: "v0"], [oif: index, weight: 2]]
    assert Route.add(sock, "10.9.0.0", 16, nil, nexthops: hops) == :ok
    assert [%{"nexthops" => [first, second]}] = shown(ns, "10.9.0.0/16")
    assert %{"dev" => "v0", "weight" => 1} = first
    assert %{"dev" => "v1", "weight" => 2} = second
  end

  test "a multipath IPv6 route is added, listed and deleted", %{ns: ns, sock: sock} do
    hops = [
      [gateway: "fe80::2", dev: "v0", weight: 3],
      [via: "fe80::3", dev: "v1"],
      [gateway: "fd99::1", dev: "v1", onlink: true]
    ]

    assert Route.add(sock, "fd09::", 64, nil, nexthops: hops) == :ok
    assert [%{"nexthops" => [first, second, third]}] = shown(ns, "fd09::/64")
    assert %{"gateway" => "fe80::2", "dev" => "v0", "weight" => 3} = first
    assert %{"gateway" => "fe80::3", "dev" => "v1", "weight" => 1} = second
    assert %{"gateway" => "fd99::1", "flags" => ["onlink"]} = third

    {:ok, [route]} = Route.list(sock, protocol: :boot)
    assert Route.delete(sock, route) == :ok
    assert shown(ns, "fd09::/64") == []
    assert Route.add(sock, route) == :ok
    assert [%{"nexthops" => [^first, ^second, ^third]}] = shown(ns, "fd09::/64")

    # A single path of a multipath route can be deleted in IPv6.
    assert Route.delete(sock, "fd09::", 64, "fe80::3") == :ok
    assert [%{"nexthops" => [^first, ^third]}] = shown(ns, "fd09::/64")
    assert Route.delete(sock, "fd09::", 64, nil, nexthops: [hd(hops), List.last(hops)]) == :ok
    assert shown(ns, "fd09::/64") == []
  end

  # A destination as `ip route` shows it, in any table.
  defp shown(ns, dst) do
    family = if dst =~ ":", do: "-6", else: "-4"
    ip_json(ns, "-details #{family} route show table all #{dst}")
  end

  defp text(ip), do: to_string(ip)
end

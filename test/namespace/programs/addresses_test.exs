defmodule Linx.Namespace.Programs.AddressesTest do
  # Every function takes an address as text, as a value and as a tuple of `:inet`, and a destination
  # as a subnet in each of its forms. The judge is `ip`.
  use Linx.Test.NamespaceCase, async: true

  alias Linx.IP
  alias Linx.IP.Subnet
  alias Linx.Netlink.{Rtnl, Socket}
  alias Linx.Netlink.Rtnl.{Address, Link, Neighbour, Nexthop, Reconcile, Route, Rule, View}

  setup %{ns: ns, path: path} do
    {:ok, sock} = Rtnl.open({:path, path})
    on_exit(fn -> Socket.close(sock) end)
    :ok = Link.create_veth(sock, "wan0", "isp0")
    for name <- ["lo", "wan0", "isp0"], do: :ok = Link.set_up(sock, name)
    carrier(ns, "wan0")
    :ok = Address.add(sock, "wan0", "172.20.0.2", 24)
    :ok = Address.add(sock, "wan0", "fd72::2", 64)
    addresses_ready(ns)
    %{sock: sock}
  end

  # The forms of an address, and of a subnet.
  defp forms(text) do
    ip = IP.parse!(text)
    [text, ip, IP.to_tuple(ip)]
  end

  defp subnets(text) do
    subnet = Subnet.parse!(text)
    [text, subnet] ++ for(ip <- forms(IP.to_string(subnet.address)), do: {ip, subnet.prefix})
  end

  defp routes(ns, args) do
    for route <- ip_json(ns, "route show " <> args), do: {route["dst"], route["gateway"]}
  end

  test "an address of a link and its peer are accepted in each form", %{sock: sock, ns: ns} do
    for ip <- forms("172.21.0.2"), peer <- forms("172.21.0.3") do
      :ok = Address.add(sock, "wan0", ip, 32, peer: peer)
      infos = for %{"addr_info" => infos} <- ip_json(ns, "address show"), info <- infos, do: info

      assert %{"address" => "172.21.0.3", "prefixlen" => 32} =
               Enum.find(infos, &(&1["local"] == "172.21.0.2"))

      :ok = Address.delete(sock, "wan0", ip, 32, peer: peer)
    end
  end

  test "destination, gateway and source of a route are accepted in each form",
       %{sock: sock, ns: ns} do
    for gateway <- forms("172.20.0.1"), source <- forms("172.20.0.2") do
      for dst <- forms("172.30.0.0") do
        :ok = Route.add(sock, dst, 16, gateway, prefsrc: source)

        assert [%{"dst" => "172.30.0.0/16", "gateway" => "172.20.0.1", "prefsrc" => "172.20.0.2"}] =
                 ip_json(ns, "route show 172.30.0.0/16")

        :ok = Route.delete(sock, dst, 16, gateway)
      end

      :ok = Route.add_default(sock, gateway)
      assert routes(ns, "default") == [{"default", "172.20.0.1"}]
      :ok = Route.delete_default(sock, gateway)
    end
  end

  test "gateways of paths and of the other family are accepted in each form",
       %{sock: sock, ns: ns} do
    for via <- forms("fd72::1") do
      :ok = Route.add(sock, "172.30.0.0", 16, nil, via: via, dev: "wan0")

      assert [%{"via" => %{"family" => "inet6", "host" => "fd72::1"}}] =
               ip_json(ns, "route show 172.30.0.0/16")

      :ok = Route.delete(sock, "172.30.0.0", 16, nil)
    end

    for gateway <- forms("172.20.0.1") do
      paths = [[gateway: gateway, weight: 2], [gateway: "172.20.0.9"]]
      :ok = Route.add(sock, "172.30.0.0", 16, nil, nexthops: paths)
      [%{"nexthops" => shown}] = ip_json(ns, "route show 172.30.0.0/16")
      assert for(path <- shown, do: path["gateway"]) == ["172.20.0.1", "172.20.0.9"]
      :ok = Route.delete(sock, "172.30.0.0", 16, nil)
    end
  end

  test "destination and source of a route lookup are accepted in each form", %{sock: sock} do
    for dst <- forms("172.20.0.77"), from <- forms("172.20.0.2") do
      assert {:ok, %Route{oif: oif}} = Route.get(sock, dst, from: from)
      assert {:ok, %Link{index: ^oif}} = Link.get(sock, "wan0")
    end
  end

  test "the source prefix of an IPv6 route is accepted in each form", %{sock: sock, ns: ns} do
    # The kernel refuses source prefixes without CONFIG_IPV6_SUBTREES.
    case Route.add(sock, "fd80::", 32, "fd72::1", from: "fd72::/64") do
      :ok ->
        :ok = Route.delete(sock, "fd80::", 32, "fd72::1", from: "fd72::/64")

        for from <- subnets("fd72::/64") do
          :ok = Route.add(sock, "fd80::", 32, "fd72::1", from: from)
          assert [%{"from" => "fd72::/64"}] = ip_json(ns, "-6 route show fd80::/32")
          :ok = Route.delete(sock, "fd80::", 32, "fd72::1", from: from)
        end

      {:error, %Linx.Netlink.Error{errno: :einval}} ->
        for from <- subnets("fd72::/64") do
          assert {:error, %Linx.Netlink.Error{errno: :einval}} =
                   Route.add(sock, "fd80::", 32, "fd72::1", from: from)
        end
    end
  end

  test "source and destination of a rule are accepted in each form", %{sock: sock, ns: ns} do
    for from <- subnets("172.20.0.0/24"), to <- forms("172.30.0.1") do
      :ok = Rule.add(sock, from: from, to: to, table: 100, priority: 700)
      rule = Enum.find(ip_json(ns, "rule show"), &(&1["priority"] == 700))
      assert %{"src" => "172.20.0.0", "srclen" => 24, "dst" => "172.30.0.1"} = rule
      :ok = Rule.delete(sock, from: from, to: to, table: 100, priority: 700)
      refute Enum.any?(ip_json(ns, "rule show"), &(&1["priority"] == 700))
    end
  end

  test "addresses of neighbours and nexthop objects are accepted in each form",
       %{sock: sock, ns: ns} do
    for ip <- forms("172.20.0.7") do
      :ok = Neighbour.add(sock, "wan0", ip, "02:00:00:00:07:07")
      assert {:ok, %Neighbour{}} = Neighbour.get(sock, "wan0", ip)
      assert [%{"dst" => "172.20.0.7"}] = ip_json(ns, "neigh show dev wan0 nud permanent")
      :ok = Neighbour.delete(sock, "wan0", ip)

      :ok = Nexthop.add(sock, id: 7, dev: "wan0", gateway: ip)
      assert [%{"gateway" => "172.20.0.7"}] = ip_json(ns, "nexthop show id 7")
      :ok = Nexthop.delete(sock, 7)
    end
  end

  test "the address of a lookup in a view is accepted in each form", %{path: path} do
    view = start_supervised!({View, netns: {:path, path}})

    for ip <- forms("172.20.0.77") do
      assert [%Route{dst_len: 24} | _] = View.routes_to(view, ip)
    end
  end

  test "addresses of a desired state are accepted in each form", %{sock: sock, ns: ns} do
    for [address, network, gateway, neighbour] <-
          Enum.zip_with(
            Enum.map(["172.22.0.2", "172.30.0.0", "172.20.0.1", "172.20.0.8"], &forms/1),
            & &1
          ) do
      {:ok, made} =
        Reconcile.reconcile(sock, %{
          addresses: [{"wan0", address, 24}],
          neighbours: [{"wan0", neighbour, "02:00:00:00:07:08"}],
          routes: [{network, 16, gateway}, {:default, gateway}]
        })

      assert {made.converged?, length(made.applied)} == {true, 4}

      assert routes(ns, "proto 76") == [
               {"default", "172.20.0.1"},
               {"172.30.0.0/16", "172.20.0.1"}
             ]

      {:ok, removed} =
        Reconcile.reconcile(
          sock,
          %{addresses: [], neighbours: [], routes: []},
          made.last_applied
        )

      assert {removed.converged?, length(removed.applied)} == {true, 4}
    end
  end
end

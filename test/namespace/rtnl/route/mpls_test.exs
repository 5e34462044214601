defmodule Linx.Namespace.Rtnl.Route.MplsTest do
  # Listed MPLS routes are deleted and written again, judged by `ip`.
  use Linx.Test.NamespaceCase, async: true

  alias Linx.Netlink.Rtnl
  alias Linx.Netlink.Rtnl.Route

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

  @tag :vm
  test "each listed MPLS route is deleted, added and replaced", %{ns: ns, sock: sock} do
    modules!(~w(mpls_router mpls_iptunnel))
    exec!(ns, "sysctl", "-qw net.mpls.platform_labels=1000 net.mpls.conf.v0.input=1")

    paths = [
      "via inet 10.0.0.2 dev v0",
      "via inet6 fd00::2 dev v0",
      "dev v1",
      "as 200/300 via inet 10.0.0.2 dev v0",
      "as 200 via inet6 fe80::2 dev v1",
      "nexthop as 201 via inet 10.0.0.2 dev v0 nexthop as 202/203 via inet6 fd00::2 dev v0",
      "nexthop via inet 10.0.0.2 dev v0 nexthop dev v1"
    ]

    tails =
      for ttl <- ["", " ttl-propagate enabled", " ttl-propagate disabled"],
          protocol <- ["", " proto static"],
          do: ttl <> protocol

    lines =
      for {tail, i} <- Enum.with_index(tails),
          {path, n} <- Enum.with_index(paths),
          do: "#{100 + 10 * i + n}#{tail} #{path}"

    for line <- lines, do: ip!(ns, "-M route add #{line}")
    shown = fn -> ip_json(ns, "-M -details route show") end
    all = shown.()
    assert length(all) == length(lines)

    {:ok, routes} = Route.list(sock, family: 28)
    assert length(routes) == length(all)

    for {route, n} <- Enum.with_index(routes) do
      assert {route, Route.delete(sock, route)} == {route, :ok}
      assert shown.() == List.delete_at(all, n)
      assert {route, Route.add(sock, route)} == {route, :ok}
      assert shown.() == all
      assert Route.replace(sock, route) == :ok
      assert shown.() == all
    end
  end
end

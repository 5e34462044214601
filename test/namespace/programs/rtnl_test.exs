defmodule Linx.Namespace.Programs.RtnlTest do
  # Short programs as users write them, one for each capability of rtnetlink. The judge is `ip`.
  use Linx.Test.NamespaceCase, async: true

  alias Linx.{IP, MAC}
  alias Linx.Netlink.{Error, Rtnl, Socket}
  alias Linx.Netlink.Rtnl.{Address, Link, Neighbour, Route, Rule, Stats}

  setup %{path: path} do
    {:ok, sock} = Rtnl.open({:path, path})
    on_exit(fn -> Socket.close(sock) end)
    %{sock: sock}
  end

  # A pair of links that are up, with an address on the first.
  defp uplink(%{sock: sock, ns: ns}) do
    :ok = Link.create_veth(sock, "wan0", "isp0")
    for name <- ["lo", "wan0", "isp0"], do: :ok = Link.set_up(sock, name)
    carrier(ns, "wan0")
    :ok = Address.add(sock, "wan0", "172.20.0.2", 24)
  end

  defp link(ns, name) do
    [link] = ip_json(ns, "-details link show dev #{name}")
    link
  end

  test "the links of a namespace are listed and looked up", %{sock: sock, ns: ns} do
    {:ok, [loopback]} = Link.list(sock)
    assert inspect(loopback) == ~s|#Linx.Netlink.Rtnl.Link<"lo" (1) DOWN MTU=65536>|

    {:ok, lo} = Link.get(sock, "lo")
    assert {lo.index, lo.mtu, Link.up?(lo)} == {1, 65_536, false}
    assert %{"ifindex" => 1, "mtu" => 65_536, "operstate" => "DOWN"} = link(ns, "lo")
  end

  test "links of several kinds are created", %{sock: sock, ns: ns} do
    :ok = Link.create_veth(sock, "wan0", "isp0")
    :ok = Link.create_bridge(sock, "switch")
    :ok = Link.create_macvlan(sock, "guest", "wan0")
    :ok = Link.create_macvlan(sock, "quiet", "wan0", :private)

    for {name, kind} <- [{"wan0", "veth"}, {"isp0", "veth"}, {"switch", "bridge"}],
        do: assert(link(ns, name)["linkinfo"]["info_kind"] == kind)

    for {name, mode} <- [{"guest", "bridge"}, {"quiet", "private"}] do
      assert %{"link" => "wan0", "linkinfo" => info} = link(ns, name)
      assert %{"info_kind" => "macvlan", "info_data" => %{"mode" => ^mode}} = info
    end

    {:ok, guest} = Link.get(sock, "guest")
    assert {guest.linkinfo.kind, guest.linkinfo.info_data.mode} == {"macvlan", 4}
  end

  @tag :vm
  test "dummy, VLAN and ipvlan links, whose drivers some kernels lack, are created",
       %{sock: sock, ns: ns} do
    :ok = Link.create_dummy(sock, "blank")
    :ok = Link.create_vlan(sock, "blank.12", "blank", 12)
    :ok = Link.create_veth(sock, "wan0", "isp0")
    :ok = Link.create_ipvlan(sock, "share2", "isp0", :l2)
    :ok = Link.create_ipvlan(sock, "share3", "wan0")

    assert link(ns, "blank")["linkinfo"]["info_kind"] == "dummy"

    assert %{"link" => "blank", "linkinfo" => %{"info_data" => %{"id" => 12}}} =
             link(ns, "blank.12")

    for {name, mode} <- [{"share2", "l2"}, {"share3", "l3"}],
        do: assert(link(ns, name)["linkinfo"]["info_data"]["mode"] == mode)
  end

  test "links are changed and deleted", %{sock: sock, ns: ns} do
    :ok = Link.create_veth(sock, "wan0", "isp0")
    :ok = Link.create_bridge(sock, "switch")

    :ok = Link.set_up(sock, "wan0")
    assert "UP" in link(ns, "wan0")["flags"]
    :ok = Link.set_mtu(sock, "wan0", 1420)
    :ok = Link.set_address(sock, "wan0", "02:00:00:00:07:01")
    assert %{"mtu" => 1420, "address" => "02:00:00:00:07:01"} = link(ns, "wan0")

    :ok = Link.set_master(sock, "isp0", "switch")
    assert link(ns, "isp0")["master"] == "switch"
    :ok = Link.set_name(sock, "switch", "core")
    assert link(ns, "isp0")["master"] == "core"

    :ok = Link.set_down(sock, "wan0")
    refute "UP" in link(ns, "wan0")["flags"]

    :ok = Link.delete(sock, "wan0")
    names = for %{"ifname" => name} <- ip_json(ns, "link show"), do: name
    assert Enum.sort(names) == ["core", "lo"]
  end

  test "a link moves into the namespace of a process", %{sock: sock, ns: ns} do
    other = netns!()
    :ok = Link.create_veth(sock, "moving", "staying")
    :ok = Link.move_to_netns(sock, "moving", pid_in!(other))

    names = for %{"ifname" => name} <- ip_json(ns, "link show"), do: name
    assert Enum.sort(names) == ["lo", "staying"]
    assert link(other, "moving")["linkinfo"]["info_kind"] == "veth"
  end

  test "addresses are added, listed and deleted", %{sock: sock, ns: ns} = context do
    uplink(context)
    {:ok, local} = IP.parse("fd72::2")
    :ok = Address.add(sock, "wan0", local, 64)

    {:ok, all} = Address.list(sock)
    {:ok, own} = Address.list(sock, "wan0")
    assert Enum.map(own, &IP.to_string(&1.address)) == ["172.20.0.2", "fd72::2"]
    known = for address <- all, do: {address.index, address.address}
    assert for(address <- own, do: {address.index, address.address}) -- known == []

    [%{"addr_info" => infos}] = ip_json(ns, "address show dev wan0")

    assert for(info <- infos, do: {info["local"], info["prefixlen"]}) ==
             for(a <- own, do: {IP.to_string(a.address), a.prefixlen})

    :ok = Address.delete(sock, "wan0", local, 64)
    [%{"addr_info" => infos}] = ip_json(ns, "address show dev wan0")
    assert for(info <- infos, do: info["local"]) == ["172.20.0.2"]

    assert Address.add(sock, "wan0", "172.20.0.2", 33) == {:error, {:bad_prefix, 33}}
  end

  test "routes are added, replaced, looked up and deleted", %{sock: sock, ns: ns} = context do
    uplink(context)

    :ok = Route.add(sock, "172.30.0.0", 16, "172.20.0.1")
    :ok = Route.add_default(sock, "172.20.0.1", metric: 70)

    :ok =
      Route.add(sock, "172.31.0.0", 16, "172.20.0.1",
        table: 7000,
        protocol: :static,
        metric: 30
      )

    {:error, %Error{errno: :eexist}} = Route.add(sock, "172.30.0.0", 16, "172.20.0.1")
    :ok = Route.replace(sock, "172.30.0.0", 16, "172.20.0.9")

    {:ok, route} = Route.get(sock, "172.30.1.1")
    assert IP.to_string(route.gateway) == "172.20.0.9"
    assert [%{"gateway" => "172.20.0.9"}] = ip_json(ns, "route get 172.30.1.1")

    {:ok, routes} = Route.list(sock)

    assert routes |> Enum.map(&Route.target_table/1) |> Enum.uniq() |> Enum.sort() == [
             254,
             255,
             7000
           ]

    assert [%{"dst" => "172.31.0.0/16", "protocol" => "static", "metric" => 30}] =
             ip_json(ns, "route show table 7000")

    assert [%{"gateway" => "172.20.0.1", "metric" => 70}] = ip_json(ns, "route show default")

    :ok = Route.delete(sock, "172.31.0.0", 16, "172.20.0.1", table: 7000)
    :ok = Route.delete_default(sock, "172.20.0.1")
    assert ip_json(ns, "route show default") == []
    assert {:ok, rest} = Route.list(sock)
    refute Enum.any?(rest, &(Route.target_table(&1) == 7000))

    assert Route.add(sock, "172.30.0.0", 16, "fd72::9") ==
             {:error, {:family_mismatch, {:inet, :inet6}}}
  end

  test "neighbours are added, listed and deleted", %{sock: sock, ns: ns} = context do
    uplink(context)
    :ok = Neighbour.add(sock, "wan0", "172.20.0.1", "02:00:00:00:07:09")

    {:ok, [neighbour]} = Neighbour.list(sock, "wan0")

    assert inspect(neighbour) ==
             "#Linx.Netlink.Rtnl.Neighbour<172.20.0.1 -> 02:00:00:00:07:09 " <>
               "ifindex=#{neighbour.ifindex}>"

    assert [%{"dst" => "172.20.0.1", "lladdr" => "02:00:00:00:07:09", "state" => ["PERMANENT"]}] =
             ip_json(ns, "neigh show dev wan0")

    :ok = Neighbour.delete(sock, "wan0", "172.20.0.1")
    assert for(n <- ip_json(ns, "neigh show dev wan0"), n["state"] == ["PERMANENT"], do: n) == []
  end

  test "policy rules are added, listed and deleted", %{sock: sock, ns: ns} do
    :ok = Rule.add(sock, from: "172.20.0.0/24", table: 7000, priority: 700)
    :ok = Rule.add(sock, fwmark: 0x1F, table: 100)

    {:ok, rules} = Rule.list(sock)

    assert "#Linx.Netlink.Rtnl.Rule<priority=700 from=172.20.0.0/24 table=7000>" in Enum.map(
             rules,
             &inspect/1
           )

    shown = ip_json(ns, "rule show")

    assert %{"src" => "172.20.0.0", "srclen" => 24, "table" => "7000"} =
             Enum.find(shown, &(&1["priority"] == 700))

    assert Enum.any?(shown, &(&1["fwmark"] == "0x1f" and &1["table"] == "100"))

    :ok = Rule.delete(sock, from: "172.20.0.0/24", table: 7000, priority: 700)
    refute Enum.any?(ip_json(ns, "rule show"), &(&1["priority"] == 700))

    assert Rule.add(sock, from: "172.20.0.0/24") == {:error, {:missing_option, :table}}
  end

  test "statistics are read", %{sock: sock, ns: ns} = context do
    uplink(context)
    send = "from socket import *; socket(type=SOCK_DGRAM).sendto(b'x' * 100, ('127.0.0.1', 9))"
    for _ <- 1..4, do: exec!(ns, "python3", ["-c", send])

    {:ok, stats} = Stats.get(sock, "lo")
    assert stats.link.rx_packets >= 4
    assert stats.link.rx_dropped == 0

    # Nothing else uses the loopback link.
    [%{"stats64" => %{"rx" => rx, "tx" => tx}}] = ip_json(ns, "-statistics link show dev lo")
    assert {stats.link.rx_packets, stats.link.tx_bytes} == {rx["packets"], tx["bytes"]}

    {:ok, all} = Stats.list(sock)

    assert Enum.sort(for(s <- all, do: s.ifindex)) ==
             Enum.sort(for(link <- ip_json(ns, "link show"), do: link["ifindex"]))
  end

  test "refusals carry the errno and the kernel's text", %{sock: sock} = context do
    {:error, error} = Link.get(sock, "ghost")

    assert {error.errno, error.code, error.message} ==
             {:enodev, 19, ~s(no such interface "ghost")}

    assert Exception.message(error) == ~s|netlink ENODEV (19): no such interface "ghost"|

    uplink(context)

    assert {:error, %Error{message: "Nexthop has invalid gateway"}} =
             Route.add(sock, "172.30.0.0", 16, "203.0.113.1")

    assert {:error, %Error{message: ~s(no such parent interface "ghost")}} =
             Link.create_macvlan(sock, "guest", "ghost")

    assert Link.set_address(sock, "wan0", "nonsense") == {:error, {:bad_mac, "nonsense"}}
  end

  test "addresses are given as values, text or tuples", %{sock: sock, ns: ns} = context do
    uplink(context)
    {:ok, mac} = MAC.parse("02:00:00:00:07:0a")
    :ok = Address.add(sock, "wan0", {172, 21, 0, 2}, 24)
    :ok = Address.add(sock, "wan0", {0xFD72, 0, 0, 0, 0, 0, 0, 3}, 64)
    :ok = Neighbour.add(sock, "wan0", {172, 20, 0, 10}, mac)

    [%{"addr_info" => infos}] = ip_json(ns, "address show dev wan0")

    assert Enum.sort(for(info <- infos, do: info["local"])) ==
             ["172.20.0.2", "172.21.0.2", "fd72::3"]

    assert [%{"dst" => "172.20.0.10", "lladdr" => "02:00:00:00:07:0a"}] =
             ip_json(ns, "neigh show dev wan0")
  end

  # The OS process id of a process that stays in a namespace until the test ends.
  defp pid_in!(ns) do
    ip = System.find_executable("ip")
    args = ["netns", "exec", ns, "sh", "-c", "echo here; exec cat"]
    port = Port.open({:spawn_executable, ip}, [:binary, args: args])
    # The process is in the namespace once it has printed.
    assert_receive {^port, {:data, "here\n"}}, 5_000
    {:os_pid, pid} = Port.info(port, :os_pid)
    pid
  end
end

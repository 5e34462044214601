defmodule Linx.Namespace.Rtnl.LinkInfo.PortTest do
  # Options under `:port`, of ports of bridges and bonds, judged by `ip -json -details`.
  use Linx.Test.NamespaceCase, async: true

  alias Linx.Netlink.{Attr, Request, Rtnl, Socket}
  alias Linx.Netlink.Rtnl.Link

  setup %{path: path} do
    {:ok, sock} = Rtnl.open({:path, path})
    on_exit(fn -> Socket.close(sock) end)
    :ok = Link.create_veth(sock, "v0", "v1")
    %{sock: sock}
  end

  test "options of a bridge port are set", %{ns: ns, sock: sock} do
    :ok = Link.create_bridge(sock, "br0", up: true)
    :ok = Link.set_master(sock, "v0", "br0")
    for link <- ["v0", "v1"], do: :ok = Link.set_up(sock, link)
    eventually(fn -> show(ns, "v0")["linkinfo"]["info_slave_data"]["state"] == "forwarding" end)

    for {opts, expected} <- [
          {[state: :learning], %{"state" => "learning"}},
          {[priority: 7], %{"priority" => 7}},
          {[cost: 9], %{"cost" => 9}},
          {[mode: true], %{"hairpin" => true}},
          {[guard: true], %{"guard" => true}},
          {[protect: true], %{"root_block" => true}},
          {[fast_leave: true], %{"fastleave" => true}},
          {[learning: false], %{"learning" => false}},
          {[unicast_flood: false], %{"flood" => false}},
          {[proxyarp: true], %{"proxy_arp" => true}},
          {[proxyarp_wifi: true], %{"proxy_arp_wifi" => true}},
          {[multicast_router: 2], %{"multicast_router" => 2}},
          {[mcast_flood: false], %{"mcast_flood" => false}},
          {[mcast_to_ucast: true], %{"mcast_to_unicast" => true}},
          {[vlan_tunnel: true], %{"vlan_tunnel" => true}},
          {[bcast_flood: false], %{"bcast_flood" => false}},
          {[group_fwd_mask: 8], %{"group_fwd_mask_str" => "0x8"}},
          {[neigh_suppress: true], %{"neigh_suppress" => true}},
          {[isolated: true], %{"isolated" => true}},
          {[locked: true], %{"locked" => true}}
        ] do
      assert {^opts, :ok} = {opts, Link.set(sock, "v0", port: opts)}
      data = show(ns, "v0")["linkinfo"]["info_slave_data"]
      assert {opts, Map.take(data, Map.keys(expected))} == {opts, expected}
    end

    # Options that this `ip` does not show.
    :ok = Link.set_master(sock, "v1", "br0")

    :ok =
      Link.set(sock, "v0",
        port: [
          backup_port: "v1",
          mcast_max_groups: 9,
          mcast_eht_hosts_limit: 8,
          neigh_vlan_suppress: true,
          locked: true,
          learning: true,
          mab: true,
          backup_nhid: 77
        ]
      )

    # IFLA_LINKINFO, IFLA_INFO_SLAVE_DATA, and IFLA_BRPORT_* of BACKUP_PORT,
    # MCAST_EHT_HOSTS_LIMIT, MAB, MCAST_MAX_GROUPS, NEIGH_VLAN_SUPPRESS and BACKUP_NHID.
    backup = show(ns, "v1")["ifindex"]
    data = sock |> attrs("v0") |> nest(18) |> nest(5)

    for {id, value} <- [
          {34, <<backup::native-32>>},
          {37, <<8::native-32>>},
          {40, <<1>>},
          {42, <<9::native-32>>},
          {43, <<1>>},
          {44, <<77::native-32>>}
        ],
        do: assert(List.keyfind(data, id, 0) == {id, value})

    assert Link.set(sock, "v0", port: [colour: 1]) == {:error, {:unknown_option, :colour}}
    assert Link.set(sock, "br0", port: [cost: 1]) == {:error, {:bad_option, :port, [cost: 1]}}
  end

  # Attributes of a link, undecoded.
  defp attrs(sock, name) do
    query = [<<0::128>>, Attr.encode([{3, name <> <<0>>}])]
    {:ok, [%{payload: <<_::128, attrs::binary>>}]} = Request.talk(sock, 18, 0, query)
    Attr.decode(attrs)
  end

  defp nest(attrs, id) do
    [nest] = for {type, bytes} <- attrs, Bitwise.band(type, 0x3FFF) == id, do: bytes
    Attr.decode(nest)
  end

  @tag :vm
  test "options of a bond port are set", %{ns: ns, sock: sock} do
    :ok = Link.create_dummy(sock, "d0")
    :ok = Link.create_dummy(sock, "d1")
    :ok = Link.create_bond(sock, "bo0", mode: :active_backup, miimon: 100)
    for d <- ["d0", "d1"], do: :ok = Link.set_master(sock, d, "bo0")

    :ok = Link.set(sock, "d0", port: [queue_id: 3, prio: -7])
    assert %{"queue_id" => 3} = show(ns, "d0")["linkinfo"]["info_slave_data"]
    {:ok, d0} = Link.get(sock, "d0")
    assert d0.linkinfo.slave_data.prio == -7

    :ok = Link.set(sock, "bo0", primary: "d1", active_slave: "d1")

    assert %{"primary" => "d1", "active_slave" => "d1"} = show(ns, "bo0")["linkinfo"]["info_data"]

    :ok = Link.set(sock, "bo0", primary: nil)
    refute Map.has_key?(show(ns, "bo0")["linkinfo"]["info_data"], "primary")
  end

  test "the addresses that a bridge has learned are flushed", %{ns: ns, sock: sock} do
    :ok = Link.create_bridge(sock, "br0", up: true)
    :ok = Link.set(sock, "v0", master: "br0", up: true)
    :ok = Link.set_up(sock, "v1")
    eventually(fn -> show(ns, "v0")["linkinfo"]["info_slave_data"]["state"] == "forwarding" end)

    for {name, opts} <- [{"br0", [fdb_flush: true]}, {"v0", [port: [flush: true]]}] do
      exec!(ns, "bridge", "fdb add 02:00:00:00:00:99 dev v0 master dynamic")
      assert exec!(ns, "bridge", "fdb show br br0") =~ "02:00:00:00:00:99"
      :ok = Link.set(sock, name, opts)
      refute exec!(ns, "bridge", "fdb show br br0") =~ "02:00:00:00:00:99"
    end
  end

  defp show(ns, name) do
    [link] = ip_json(ns, ["-details", "link", "show", "dev", name])
    link
  end
end

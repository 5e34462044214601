defmodule Linx.Namespace.Rtnl.RequestsTest do
  # Addresses, neighbours and entries of forwarding tables are listed; each listed value is
  # deleted, added again and replaced. `ip` and `bridge` are the judges.
  use Linx.Test.NamespaceCase, async: true

  alias Linx.Netlink.Rtnl
  alias Linx.Netlink.Rtnl.{Address, Fdb, Neighbour}

  setup %{ns: ns, path: path} do
    exec!(ns, "sh", ["-c", "echo 0 > /proc/sys/net/ipv6/conf/default/accept_dad"])
    ip!(ns, "link add v0 type veth peer name v1")
    ip!(ns, "link add b0 type bridge")
    ip!(ns, "link add p0 type veth peer name p1")
    ip!(ns, "link set p0 master b0")
    ip!(ns, "link add x0 type vxlan id 7 dstport 4789")
    ip!(ns, "link add x1 type vxlan external dstport 4790")
    # A VXLAN has remote ends of one family.
    ip!(ns, "link add x2 type vxlan id 7 dstport 4792 remote 2001:db8::2")

    for link <- ~w(lo v0 v1 b0 p0 p1 x0 x1 x2),
        do: ip!(ns, "link set #{link} addrgenmode none up")

    {:ok, sock} = Rtnl.open({:path, path})
    %{sock: sock}
  end

  test "a listed address is deleted, added again and replaced", %{ns: ns, sock: sock} do
    for line <- [
          "10.1.0.1/24",
          "10.2.0.1/24 broadcast 10.2.0.255 label v1:x",
          "10.3.0.1 peer 10.3.0.2/32",
          "10.4.0.1/24 scope link metric 7",
          "10.5.0.1/24 valid_lft 5000 preferred_lft 3000",
          "10.6.0.1/24 preferred_lft 0",
          "10.7.0.1/24 noprefixroute",
          "224.0.1.7/32 autojoin",
          "10.8.0.1/24 valid_lft 5000 preferred_lft 0",
          "fd01::1/64",
          "fd02::1 peer fd02::2/128",
          "fd03::1/64 metric 7 home",
          "fd04::1/64 valid_lft 5000 preferred_lft 3000 nodad",
          "fd05::1/64 preferred_lft 0 noprefixroute",
          "ff1e::7/128 autojoin",
          "fe80::7/64"
        ],
        do: ip!(ns, "address add #{line} dev v1")

    shown = fn ->
      for %{"addr_info" => infos} <- ip_json(ns, "address show dev v1"),
          %{"local" => ip} = info <- infos,
          into: %{},
          do: {ip, lasting(info)}
    end

    all = shown.()
    {:ok, addresses} = Address.list(sock, link: "v1")
    assert length(addresses) == map_size(all)
    assert map_size(all) == 16

    for address <- addresses do
      ip = to_string(address.local || address.address)
      assert {address, Address.delete(sock, address)} == {address, :ok}
      assert shown.() == Map.delete(all, ip)
      assert {address, Address.add(sock, address)} == {address, :ok}
      assert shown.() == all
      assert {address, Address.replace(sock, address)} == {address, :ok}
      assert {:ok, %Address{} = echoed} = Address.replace(sock, address, echo: true)
      assert {echoed.address, echoed.index} == {address.address, address.index}
      assert shown.() == all
    end

    assert {:ok, 16} = Address.flush(sock, link: "v1")
    assert shown.() == %{}
  end

  test "a listed neighbour is deleted, added again and replaced", %{ns: ns, sock: sock} do
    for ip <- ["10.0.0.", "fd00::"],
        {tail, n} <- [
          {"lladdr 02:00:00:00:00:01", 1},
          {"lladdr 02:00:00:00:00:02 nud noarp", 2},
          {"lladdr 02:00:00:00:00:03 nud permanent router protocol static", 3},
          {"lladdr 02:00:00:00:00:04 nud stale", 4},
          {"lladdr 02:00:00:00:00:05 nud stale extern_learn", 5}
        ],
        do: ip!(ns, "neighbour add #{ip}#{n} dev v1 #{tail}")

    for ip <- ["10.0.0.9", "fd00::9"],
        do: ip!(ns, "neighbour add proxy #{ip} dev v1 protocol static")

    # The kernel adds and deletes entries for multicast.
    shown = fn ->
      for args <- ["show nud all", "show proxy"],
          %{"dst" => ip} = entry <- ip_json(ns, "neighbour #{args} dev v1"),
          not String.starts_with?(ip, ["ff", "224."]),
          into: %{},
          do: {ip, entry}
    end

    all = shown.()
    assert map_size(all) == 12
    {:ok, entries} = Neighbour.list(sock, link: "v1")
    {:ok, proxies} = Neighbour.list(sock, link: "v1", proxy: true)
    entries = Enum.filter(entries ++ proxies, &is_map_key(all, to_string(&1.dst)))
    assert length(entries) == 12

    for entry <- entries do
      assert {entry, Neighbour.delete(sock, entry)} == {entry, :ok}
      assert shown.() == Map.delete(all, to_string(entry.dst))
      assert {entry, Neighbour.add(sock, entry)} == {entry, :ok}
      assert shown.() == all
      assert {entry, Neighbour.replace(sock, entry)} == {entry, :ok}
      assert {:ok, %Neighbour{} = echoed} = Neighbour.replace(sock, entry, echo: true)
      assert {echoed.dst, echoed.state} == {entry.dst, entry.state}
      assert shown.() == all
    end
  end

  test "a listed forwarding entry is deleted, added again and replaced", %{ns: ns, sock: sock} do
    bridge = fn line -> exec!(ns, "bridge", line) end
    mac = fn n -> "02:00:00:00:01:0#{n}" end

    for line <- [
          "fdb add #{mac.(1)} dev p0 master static",
          "fdb add #{mac.(2)} dev p0 master dynamic",
          "fdb add #{mac.(3)} dev p0 master permanent",
          "fdb add #{mac.(4)} dev p0 master static sticky",
          "fdb add #{mac.(5)} dev p0 master dynamic extern_learn",
          "fdb add #{mac.(6)} dev b0 self permanent",
          "fdb add #{mac.(7)} dev x0 self dst 192.0.2.1",
          "fdb add #{mac.(8)} dev x2 self dst 2001:db8::1 port 4791 vni 9",
          "fdb add #{mac.(9)} dev x1 self dst 192.0.2.1 src_vni 7 vni 8",
          "fdb append 00:00:00:00:00:00 dev x0 self dst 192.0.2.3",
          "fdb append 00:00:00:00:00:00 dev x0 self dst 192.0.2.4"
        ] do
      bridge.(line)
    end

    shown = fn ->
      for entry <- Linx.Test.JSON.decode!(bridge.("-json fdb show")),
          String.starts_with?(entry["mac"], ["02:00:00:00:01", "00:00:00:00:00:00"]),
          do: entry |> Map.delete("updated") |> Map.delete("used")
    end

    all = Enum.sort(shown.())
    {:ok, entries} = Fdb.list(sock)

    entries =
      Enum.filter(
        entries,
        &String.starts_with?(to_string(&1.lladdr), ["02:00:00:00:01", "00:00:00:00:00:00"])
      )

    assert length(entries) == length(all)
    assert length(all) > 9

    for entry <- entries do
      assert {entry, Fdb.delete(sock, entry)} == {entry, :ok}
      left = Enum.sort(shown.())
      gone = all -- left
      # A delete without a VLAN deletes the entry of each VLAN of the bridge.
      vlans? = entry.vlan == nil and entry.master != nil
      assert {entry, Enum.uniq(for one <- gone, do: one["mac"])} == {entry, ["#{entry.lladdr}"]}
      assert {entry, vlans? or length(gone) == 1} == {entry, true}
      # A further remote address is appended.
      add = if to_string(entry.lladdr) =~ ~r/^00:/, do: &Fdb.append/2, else: &Fdb.add/2
      assert {entry, add.(sock, entry)} == {entry, :ok}
      assert {entry, Enum.sort(shown.())} == {entry, all}

      if not (to_string(entry.lladdr) =~ ~r/^00:/),
        do: assert({entry, Fdb.replace(sock, entry)} == {entry, :ok})

      # The kernel looks up entries of metadata tunnels by another VNI than it reports.
      if entry.master != nil do
        assert {:ok, %Fdb{} = echoed} = Fdb.replace(sock, entry, echo: true)
        assert {echoed.lladdr, echoed.vlan} == {entry.lladdr, entry.vlan}
      end

      assert {entry, Enum.sort(shown.())} == {entry, all}
    end
  end

  # Without the flag tentative, which ends soon, and without the rest of each lifetime.
  defp lasting(shown) do
    for {key, value} <- shown,
        key != "tentative",
        into: %{},
        do: {key, if(key =~ "life_time" and value in 1..9999, do: :some, else: value)}
  end
end

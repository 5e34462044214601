defmodule Linx.Namespace.Rtnl.View.BridgeTest do
  # Forwarding tables, VLANs and tables of neighbours in events and views, against `bridge -json`
  # and `ip -json ntable`.
  use Linx.Test.NamespaceCase, async: true

  alias Linx.Netlink.Rtnl.{Fdb, Monitor, Neighbour, Vlan, View}
  alias Linx.Netlink.Rtnl.Monitor.Event

  @mac "02:00:00:00:00:09"

  setup %{ns: ns} = context do
    # Few kernels are built with BRIDGE_VLAN_FILTERING.
    filtering = if context[:vm], do: " vlan_filtering 1", else: ""

    for line <- [
          "link add br0 type bridge" <> filtering,
          "link add v type veth peer name w",
          "link set v master br0 up",
          "link set w up",
          "link set br0 up"
        ],
        do: ip!(ns, line)

    :ok
  end

  defp bridge!(ns, line), do: exec!(ns, "bridge", String.split(line))

  defp bridge_json(ns, line) do
    {out, 0} = System.cmd("ip", ["netns", "exec", ns, "bridge", "-json" | String.split(line)])
    Linx.Test.JSON.decode!(out)
  end

  defp view!(path, resources) do
    {:ok, view} = View.start_link(netns: {:path, path}, resources: resources)
    view
  end

  # Waits until both agree: the kernel makes some changes later.
  defp agree!(view, ours, theirs) do
    {:ok, _} = View.await(view, fn view -> ours.(view) == theirs.() end, 5_000)
    assert ours.(view) == theirs.()
  end

  # The entries of bridges and VXLANs: `bridge` also shows the address filters of links, which
  # have neither a master nor a destination.
  defp theirs_fdb(ns) do
    Enum.sort(
      for entry <- bridge_json(ns, "fdb show"),
          is_map_key(entry, "master") or is_map_key(entry, "dst"),
          do: {entry["mac"], entry["ifname"], entry["vlan"], entry["dst"]}
    )
  end

  defp ours_fdb(view) do
    Enum.sort(
      for %Fdb{} = entry <- View.list(view, :fdb),
          {:ok, link} <- [View.get(view, entry.ifindex)] do
        {to_string(entry.lladdr), link.name, entry.vlan, entry.dst && to_string(entry.dst)}
      end
    )
  end

  test "a view has the forwarding entries that bridge shows after each change",
       %{ns: ns, path: path} do
    ip!(ns, "link add vx0 type vxlan id 7 dstport 4789 local 192.0.2.1")
    view = view!(path, [:links, :fdb])
    agree!(view, &ours_fdb/1, fn -> theirs_fdb(ns) end)

    for {line, entry} <- [
          {"fdb add #{@mac} dev v master static", {@mac, "v", nil, nil}},
          {"fdb append 00:00:00:00:00:00 dev vx0 dst 192.0.2.9",
           {"00:00:00:00:00:00", "vx0", nil, "192.0.2.9"}},
          {"fdb append 00:00:00:00:00:00 dev vx0 dst 192.0.2.10",
           {"00:00:00:00:00:00", "vx0", nil, "192.0.2.10"}}
        ] do
      bridge!(ns, line)
      {:ok, _} = View.await(view, &(entry in ours_fdb(&1)))
      assert entry in theirs_fdb(ns)
    end

    bridge!(ns, "fdb del 00:00:00:00:00:00 dev vx0 dst 192.0.2.9")
    agree!(view, &ours_fdb/1, fn -> theirs_fdb(ns) end)
    assert {"00:00:00:00:00:00", "vx0", nil, "192.0.2.10"} in ours_fdb(view)

    ip!(ns, "link delete v")
    agree!(view, &ours_fdb/1, fn -> theirs_fdb(ns) end)
    refute Enum.any?(ours_fdb(view), &match?({@mac, _, _, _}, &1))
  end

  test "the age of a forwarding entry is not reported as a change", %{ns: ns, path: path} do
    bridge!(ns, "fdb add #{@mac} dev v master static")
    view = view!(path, [:fdb])
    version = View.version(view)
    Process.sleep(50)
    :ok = View.refresh(view)
    assert View.version(view) == version
  end

  defp theirs_vlans(ns) do
    Enum.sort(
      for %{"ifname" => name, "vlans" => vlans} <- bridge_json(ns, "vlan show"),
          vlan <- vlans,
          vid <- vlan["vlan"]..(vlan["vlanEnd"] || vlan["vlan"]),
          do: {name, vid, "PVID" in (vlan["flags"] || [])}
    )
  end

  defp ours_vlans(view) do
    Enum.sort(
      for %Vlan{} = vlans <- View.list(view, :vlans),
          {:ok, link} <- [View.get(view, vlans.ifindex)],
          entry <- vlans.entry || [],
          vid <- Vlan.vids(entry),
          do: {link.name, vid, :pvid in entry.info.flags}
    )
  end

  @tag :vm
  test "a view has the VLANs of bridges and ports after each change", %{ns: ns, path: path} do
    view = view!(path, [:links, :vlans])
    agree!(view, &ours_vlans/1, fn -> theirs_vlans(ns) end)
    assert {"v", 1, true} in ours_vlans(view)

    for {line, vlan, there?} <- [
          {"vlan add dev v vid 10-12", {"v", 11, false}, true},
          {"vlan add dev v vid 11 pvid", {"v", 11, true}, true},
          {"vlan add dev br0 vid 10 self", {"br0", 10, false}, true},
          {"vlan del dev v vid 11", {"v", 11, true}, false}
        ] do
      bridge!(ns, line)
      {:ok, _} = View.await(view, &(vlan in ours_vlans(&1) == there?))
      agree!(view, &ours_vlans/1, fn -> theirs_vlans(ns) end)
    end

    ip!(ns, "link set v nomaster")
    agree!(view, &ours_vlans/1, fn -> theirs_vlans(ns) end)
    refute Enum.any?(ours_vlans(view), &match?({"v", _, _}, &1))
  end

  test "a view lists the neighbour tables again after each new or deleted link",
       %{ns: ns, path: path} do
    view = view!(path, [:links, :neighbour_tables])

    theirs = fn ->
      Enum.sort(
        for table <- ip_json(ns, "ntable show"),
            is_map_key(table, "dev"),
            do: {table["family"], table["dev"], table["ucast_probes"]}
      )
    end

    ours = fn view ->
      Enum.sort(
        for %{parms: %{ifindex: index}} = table when index != nil <-
              View.list(view, :neighbour_tables),
            {:ok, link} <- [View.get(view, index)],
            do: {to_string(table.family), link.name, table.parms.ucast_probes}
      )
    end

    agree!(view, ours, theirs)
    ip!(ns, "link add late0 type bridge")
    {:ok, _} = View.await(view, fn view -> {"inet", "late0", 3} in ours.(view) end)
    agree!(view, ours, theirs)

    # The kernel does not notify of changed neighbour tables.
    ip!(ns, "ntable change name arp_cache dev late0 ucast_probes 7")
    :ok = View.refresh(view)
    assert {"inet", "late0", 7} in ours.(view)
    ip!(ns, "link delete late0")
    agree!(view, ours, theirs)
  end

  test "a monitor sends the entries of forwarding tables", %{ns: ns, path: path} do
    [%{"ifindex" => index}] = ip_json(ns, "link show dev v")
    {:ok, monitor} = Monitor.start_link(owner: nil, netns: {:path, path}, fdb: true)
    {:ok, _} = Monitor.attach(monitor, self(), ops: [:new_fdb, :del_fdb], ifindex: index)

    for {verb, op} <- [add: :new_fdb, del: :del_fdb] do
      bridge!(ns, "fdb #{verb} #{@mac} dev v master static")
      assert_receive {:linx_rtnl, :event, %Event{op: ^op, resource: %Fdb{} = entry}}
      assert {to_string(entry.lladdr), Fdb.state(entry)} == {@mac, :static}
    end
  end

  test "forwarding entries are neighbours of AF_BRIDGE without fdb: true",
       %{ns: ns, path: path} do
    [%{"ifindex" => index}] = ip_json(ns, "link show dev v")
    bridge!(ns, "fdb add #{@mac} dev v master static")
    {:ok, monitor} = Monitor.start_link(owner: nil, netns: {:path, path}, snapshot: true)
    {:ok, _} = Monitor.attach(monitor, self(), ops: [:new_neigh, :del_neigh], ifindex: index)

    bridge!(ns, "fdb del #{@mac} dev v master")
    assert_receive {:linx_rtnl, :event, %Event{op: :del_neigh, resource: %Neighbour{} = entry}}

    assert {entry.family, entry.ifindex, entry.state, to_string(entry.lladdr)} ==
             {7, index, 0x40, @mac}

    bridge!(ns, "fdb add #{@mac} dev v master")
    assert_receive {:linx_rtnl, :event, %Event{op: :new_neigh, resource: %Neighbour{state: 0x80}}}
  end

  @tag :vm
  test "a monitor sends the VLANs that change", %{ns: ns, path: path} do
    {:ok, monitor} = Monitor.start_link(owner: nil, netns: {:path, path}, groups: [33])
    {:ok, _} = Monitor.attach(monitor, self(), ops: [:del_vlan])
    bridge!(ns, "vlan add dev v vid 10-12")
    bridge!(ns, "vlan del dev v vid 10-11")

    assert_receive {:linx_rtnl, :event, %Event{op: :del_vlan, resource: %Vlan{entry: [entry]}}}
    assert Vlan.vids(entry) == 10..11
  end

  test "a snapshot has each forwarding entry once", %{ns: ns, path: path} do
    bridge!(ns, "fdb add #{@mac} dev v master static")

    {:ok, monitor} =
      Monitor.subscribe(self(), netns: {:path, path}, groups: [3], snapshot: true, fdb: true)

    assert_receive {:linx_rtnl, :snapshot_complete}
    :ok = Monitor.stop(monitor)
    {:messages, messages} = Process.info(self(), :messages)

    entries =
      for {:linx_rtnl, :event, %Event{op: :new_fdb, resource: entry}} <- messages,
          to_string(entry.lladdr) == @mac,
          do: Fdb.state(entry)

    assert entries == [:static]
  end
end

defmodule Linx.Namespace.Rtnl.MdbTest do
  # Multicast databases of bridges, judged by `bridge -json mdb`.
  use Linx.Test.NamespaceCase, async: true

  alias Linx.{IP, MAC}
  alias Linx.Netlink.{Error, Rtnl}
  alias Linx.Netlink.Rtnl.{Link, Mdb, Monitor, View}
  alias Linx.Netlink.Rtnl.Monitor.Event

  setup %{ns: ns, path: path} do
    for line <- [
          "link add br0 type bridge mcast_igmp_version 3",
          "link add v type veth peer name w",
          "link set v master br0 up",
          "link set w up",
          "link set br0 up"
        ],
        do: ip!(ns, line)

    {:ok, sock} = Rtnl.open({:path, path})
    %{sock: sock}
  end

  # Only the groups of the tests are compared: the kernel joins groups of IPv6 at any time.
  @groups ~r/^(239|ff02::77|01:)/

  defp theirs(ns) do
    {out, 0} = System.cmd("ip", ~w(netns exec #{ns} bridge -json -details mdb show))

    Enum.sort(
      for %{"mdb" => entries} <- Linx.Test.JSON.decode!(out),
          entry <- entries,
          entry["grp"] =~ @groups,
          do: {entry["grp"], entry["port"], entry["src"], entry["filter_mode"]}
    )
  end

  defp bridge_json(ns, args) do
    {out, 0} = System.cmd("ip", ~w(netns exec #{ns} bridge -json -details) ++ args)
    Linx.Test.JSON.decode!(out)
  end

  defp ours(mdbs, ns) do
    names = Map.new(ip_json(ns, "link show"), &{&1["ifindex"], &1["ifname"]})

    Enum.sort(
      for mdb <- mdbs,
          entry <- Mdb.entries(mdb),
          group(Mdb.Entry.group(entry)) =~ @groups do
        {group(Mdb.Entry.group(entry)), names[entry.ifindex],
         entry.source && IP.to_string(entry.source),
         entry.group_mode && to_string(entry.group_mode)}
      end
    )
  end

  defp group(%IP{} = ip), do: IP.to_string(ip)
  defp group(%MAC{} = mac), do: MAC.to_string(mac)

  defp listed(sock, ns, opts \\ []) do
    {:ok, mdbs} = Mdb.list(sock, opts)
    ours(mdbs, ns)
  end

  # `bridge` prints the entries and the router ports in a map each, or in one.
  defp find(maps, key), do: Enum.find_value(maps, & &1[key])

  # The kernel continues a database that does not fit into a datagram of 32 KiB in the next.
  test "a large database is one struct, with its router ports", %{ns: ns, sock: sock} do
    exec!(ns, "bridge", ~w(link set dev v mcast_router 2))
    groups = for n <- 0..1999, do: "239.2.#{div(n, 250)}.#{rem(n, 250)}"
    file = Path.join(System.tmp_dir!(), "linx-mdb-#{System.unique_integer([:positive])}")
    lines = for group <- groups, do: "mdb add dev br0 port v grp #{group} permanent\n"
    File.write!(file, lines)
    exec!(ns, "bridge", ["-batch", file])
    File.rm!(file)

    assert {:ok, [mdb]} = Mdb.list(sock)
    assert length(theirs(ns)) == 2000
    assert ours([mdb], ns) == theirs(ns)
    assert {:ok, [%{ifindex: port}]} = Mdb.router_ports(sock, "br0")
    assert %{"br0" => [%{"port" => "v"}]} = ns |> bridge_json(~w(mdb show)) |> find("router")
    assert [%{"ifindex" => ^port}] = ip_json(ns, "link show dev v")
  end

  @tag :vm
  test "an entry has the VLAN that it was added with", %{ns: ns, sock: sock} do
    :ok = Link.set(sock, "br0", vlan_filtering: true)
    :ok = Mdb.add(sock, "br0", "v", "239.1.1.1", vid: 7, state: :permanent)
    :ok = Mdb.add(sock, "br0", "v", "239.1.1.1", vid: 8, state: :permanent)
    entries = ns |> bridge_json(~w(mdb show)) |> find("mdb")
    shown = for %{"grp" => "239.1.1.1", "vid" => vid} <- entries, do: vid
    assert Enum.sort(shown) == [7, 8]
    {:ok, [mdb]} = Mdb.list(sock)
    ip = IP.parse!("239.1.1.1")
    listed = for entry <- Mdb.entries(mdb), Mdb.Entry.group(entry) == ip, do: entry.vid
    assert Enum.sort(listed) == [7, 8]
    :ok = Mdb.delete(sock, "br0", "v", "239.1.1.1", vid: 7)
    entries = ns |> bridge_json(~w(mdb show)) |> find("mdb")
    assert [8] = for(%{"grp" => "239.1.1.1", "vid" => vid} <- entries, do: vid)
  end

  test "a list agrees with bridge after entries are added and deleted", %{ns: ns, sock: sock} do
    exec!(ns, "bridge", ~w(mdb add dev br0 port v grp 239.1.1.1 permanent))
    assert [{"239.1.1.1", "v", nil, _}] = theirs(ns)
    assert listed(sock, ns) == theirs(ns)

    for {port, group} <- [
          {"v", "239.1.1.2"},
          {"br0", "239.1.1.2"},
          {"v", "ff02::77"},
          {"v", "01:02:03:04:05:06"}
        ] do
      state = if port == "br0", do: :temporary, else: :permanent
      assert :ok = Mdb.add(sock, "br0", port, group, state: state)
      assert {group, port} in for({group, port, _, _} <- theirs(ns), do: {group, port})
      assert listed(sock, ns, bridge: "br0") == theirs(ns)
    end

    assert {:error, %Error{errno: :eexist}} =
             Mdb.add(sock, "br0", "v", "239.1.1.2", state: :permanent)

    assert :ok = Mdb.delete(sock, "br0", "v", "239.1.1.2")
    refute {"239.1.1.2", "v"} in for({group, port, _, _} <- theirs(ns), do: {group, port})
    assert listed(sock, ns) == theirs(ns)
  end

  test "sources and filter modes of entries are those that bridge shows", %{ns: ns, sock: sock} do
    opts = [state: :permanent, filter_mode: :include, source_list: ["192.0.2.1", "192.0.2.2"]]
    assert :ok = Mdb.add(sock, "br0", "v", "239.1.1.3", opts)

    opts = [state: :permanent, src: "192.0.2.9"]
    assert :ok = Mdb.add(sock, "br0", "v", "239.1.1.4", opts)
    assert {"239.1.1.4", "v", "192.0.2.9", "include"} in theirs(ns)
    assert listed(sock, ns) == theirs(ns)

    {:ok, [mdb]} = Mdb.list(sock)
    three = for e <- Mdb.entries(mdb), group(Mdb.Entry.group(e)) == "239.1.1.3", do: e

    assert [["192.0.2.1", "192.0.2.2"]] =
             for(
               %{source: nil, src_list: %{entry: sources}} <- three,
               do: sources |> Enum.map(&IP.to_string(&1.address)) |> Enum.sort()
             )

    opts = [state: :permanent, filter_mode: :exclude]
    assert :ok = Mdb.replace(sock, "br0", "v", "239.1.1.3", opts)
    assert {"239.1.1.3", "v", nil, "exclude"} in theirs(ns)
    assert listed(sock, ns) == theirs(ns)
  end

  test "flush deletes all entries of a port or of the bridge", %{ns: ns, sock: sock} do
    for group <- ["239.1.1.1", "239.1.1.2"],
        port <- ["v", "br0"],
        do: :ok = Mdb.add(sock, "br0", port, group)

    assert :ok = Mdb.flush(sock, "br0", port: "v")
    assert [{_, "br0", _, _}, {_, "br0", _, _}] = theirs(ns)
    assert :ok = Mdb.flush(sock, "br0")
    assert theirs(ns) == []
    assert listed(sock, ns) == []
  end

  test "ports of multicast routers are listed", %{ns: ns, sock: sock} do
    assert {:ok, []} = Mdb.router_ports(sock, "br0")
    ip!(ns, "link set v type bridge_slave mcast_router 2")
    [%{"ifindex" => index}] = ip_json(ns, "link show dev v")

    assert {:ok, [%Link.BridgeRouterPort{ifindex: ^index, type: :perm}]} =
             Mdb.router_ports(sock, "br0")
  end

  test "wrong arguments are refused before anything is sent", %{sock: sock} do
    assert Mdb.add(sock, "br0", "v", "nonsense") == {:error, {:bad_option, :group, "nonsense"}}
    assert Mdb.add(sock, "br0", "v", 7) == {:error, {:bad_option, :group, 7}}

    for {opts, reason} <- [
          {[vid: 0], {:bad_option, :vid, 0}},
          {[state: :perm], {:bad_option, :state, :perm}},
          {[nope: 1], {:unknown_option, :nope}}
        ],
        do: assert(Mdb.add(sock, "br0", "v", "239.1.1.1", opts) == {:error, reason})

    assert {:error, {:unknown_option, :state}} =
             Mdb.delete(sock, "br0", "v", "239.1.1.1", state: :permanent)
  end

  test "a change is reported as an event, and is in a view", %{ns: ns, path: path, sock: sock} do
    {:ok, view} = View.start_link(netns: {:path, path}, resources: [:mdbs])
    {:ok, _} = Monitor.start_link(netns: {:path, path}, groups: [:mdb])
    :ok = Mdb.add(sock, "br0", "v", "239.1.1.9", state: :permanent)
    assert_event(:new_mdb, "239.1.1.9")
    {:ok, _} = View.await(view, fn view -> ours(View.mdbs(view), ns) != [] end)
    assert ours(View.mdbs(view), ns) == theirs(ns)
    :ok = Mdb.delete(sock, "br0", "v", "239.1.1.9")
    assert_event(:del_mdb, "239.1.1.9")
    {:ok, _} = View.await(view, fn view -> ours(View.mdbs(view), ns) == [] end)
  end

  # Waits for the event of `group` among events of groups that the kernel joins.
  defp assert_event(op, group) do
    assert_receive {:linx_rtnl, :event, %Event{op: ^op, resource: %Mdb{} = mdb}}
    groups = for entry <- Mdb.entries(mdb), do: group(Mdb.Entry.group(entry))
    if group in groups, do: :ok, else: assert_event(op, group)
  end
end

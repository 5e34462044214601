defmodule Linx.Namespace.VlanTest do
  use Linx.Test.NamespaceCase, async: true

  alias Linx.Netlink.{Batch, Error, Request, Socket}
  alias Linx.Netlink.Rtnl.{Link, Vlan}
  alias Linx.Test.JSON

  # The bridges of some kernels know no VLANs.
  @moduletag :vm

  setup %{ns: ns, path: path} do
    ip!(ns, "link add br0 type bridge vlan_filtering 1 mcast_vlan_snooping 1")
    ip!(ns, "link add v0 type veth peer name v1")
    ip!(ns, "link add vx0 type vxlan dstport 4789 local 192.0.2.1 external")
    for port <- ~w(v0 vx0), do: ip!(ns, "link set #{port} master br0")
    for link <- ~w(br0 v0 v1 vx0), do: ip!(ns, "link set #{link} up")
    ip!(ns, "link set vx0 type bridge_slave vlan_tunnel on")
    {:ok, sock} = Socket.open(0, {:path, path})
    %{sock: sock}
  end

  describe "adding" do
    for {text, link, vids, opts, expected} <- [
          {"one", "v0", 10, [], [%{"vlan" => 10}]},
          {"a range", "v0", {10, 19}, [], [%{"vlan" => 10, "vlanEnd" => 19}]},
          {"a range as Elixir writes it", "v0", 10..19, [], [%{"vlan" => 10, "vlanEnd" => 19}]},
          {"a range of one", "v0", {10, 10}, [], [%{"vlan" => 10}]},
          {"all there are", "v0", {2, 4094}, [], [%{"vlan" => 2, "vlanEnd" => 4094}]},
          {"that of frames without tag", "v0", 10, [pvid: true, untagged: true],
           [%{"vlan" => 10, "flags" => ["PVID", "Egress Untagged"]}]},
          {"those sent without tag", "v0", {10, 19}, [pvid: false, untagged: true],
           [%{"vlan" => 10, "vlanEnd" => 19, "flags" => ["Egress Untagged"]}]},
          {"one of the bridge itself", "br0", 10, [], [%{"vlan" => 10}]},
          {"some with their state", "v0", {10, 19}, [state: :learning],
           [%{"vlan" => 10, "vlanEnd" => 19, "state" => "learning"}]},
          {"some with a multicast router", "v0", {10, 11}, [mcast_router: 2],
           [%{"vlan" => 10, "vlanEnd" => 11, "mcast_router" => 2}]}
        ] do
      test text, %{ns: ns, sock: sock} do
        {link, vids} = {unquote(link), unquote(Macro.escape(vids))}
        assert Vlan.add(sock, link, vids, unquote(opts)) == :ok

        for {expected, shown} <- Enum.zip(unquote(Macro.escape(expected)), added(ns, link)),
            key <- ~w(vlan vlanEnd flags state mcast_router),
            key in ~w(vlan vlanEnd flags) or is_map_key(expected, key),
            do: assert({key, shown[key]} == {key, expected[key]})

        assert Vlan.delete(sock, link, vids) == :ok
        assert added(ns, link) == []
        # It is no error to take none.
        assert Vlan.delete(sock, link, vids) == :ok
      end
    end

    test "again changes it, and takes away the flags that are not given", %{ns: ns, sock: sock} do
      :ok = Vlan.add(sock, "v0", 10, pvid: true, untagged: true, state: :blocking)
      :ok = Vlan.add(sock, "v0", 10)
      assert [%{"vlan" => 10, "state" => "blocking"} = shown] = added(ns, "v0")
      refute is_map_key(shown, "flags")
    end

    test "to a link that is no port fails", %{sock: sock} do
      assert {:error, %Error{errno: :einval}} = Vlan.add(sock, "v1", 10)
      assert {:error, %Error{errno: :enodev}} = Vlan.add(sock, "v9", 10)
      assert {:error, %Error{errno: :einval}} = Vlan.add(sock, "v0", {10, 19}, pvid: true)
    end
  end

  describe "changing" do
    setup %{sock: sock} do
      for link <- ~w(v0 vx0), do: :ok = Vlan.add(sock, link, {10, 19})
      :ok
    end

    test "some splits the range", %{ns: ns, sock: sock} do
      assert Vlan.set(sock, "v0", {12, 13}, state: :blocking, mcast_router: 0) == :ok

      assert [
               %{"vlan" => 10, "vlanEnd" => 11, "state" => "forwarding"},
               %{"vlan" => 12, "vlanEnd" => 13, "state" => "blocking", "mcast_router" => 0},
               %{"vlan" => 14, "vlanEnd" => 19, "state" => "forwarding"}
             ] = added(ns, "v0")

      {:ok, [vlans]} = Vlan.list(sock, "v0")
      assert Enum.map(vlans.entry, &Vlan.vids/1) == [1..1, 10..11, 12..13, 14..19]
    end

    # The bridge of Debian 12 does not show these: they are looked for in the kernel's bytes.
    test "what older tools do not show", %{ns: ns, sock: sock} do
      ip!(ns, "link set v0 type bridge_slave neigh_suppress on")

      for {opts, bytes} <- [
            {[mcast_max_groups: 77], <<8::native-16, 8::native-16, 77::native-32>>},
            {[neigh_suppress: true], <<5::native-16, 9::native-16, 1>>},
            {[neigh_forward_grat: true], <<5::native-16, 10::native-16, 1>>}
          ] do
        refute dumped(sock) =~ bytes

        # All of the range: the kernel shows `mcast_max_groups` of its first VLAN for the others.
        case Vlan.set(sock, "v0", {10, 19}, opts) do
          :ok -> assert dumped(sock) =~ bytes
          # Kernels before 6.3, 6.4 and 7.
          {:error, reason} -> assert %Error{errno: :einval} = reason
        end
      end
    end

    test "the tunnels of VLANs", %{ns: ns, sock: sock} do
      assert Vlan.set(sock, "vx0", {10, 19}, tunnel_id: 5010) == :ok

      assert [%{"vlan" => 10, "vlanEnd" => 19, "tunid" => 5010, "tunidEnd" => 5019}] =
               tunnels(ns, "vx0")

      assert Vlan.set(sock, "vx0", 12..18, tunnel_id: nil) == :ok
      assert [%{"tunid" => 5010, "tunidEnd" => 5011}, %{"tunid" => 5019}] = tunnels(ns, "vx0")

      {:ok, [vlans]} = Vlan.list(sock, "vx0")

      assert for(%{tunnel_info: %{id: id}} = entry <- vlans.entry, do: {Vlan.vids(entry), id}) ==
               [
                 {10..11, 5010},
                 {19..19, 5019}
               ]
    end

    test "those that are not there fails", %{sock: sock} do
      assert {:error, %Error{errno: :enoent}} = Vlan.set(sock, "v0", 20, state: :blocking)
    end
  end

  test "listing gives what bridge gives", %{ns: ns, sock: sock} do
    :ok = Vlan.add(sock, "v0", {10, 19})
    :ok = Vlan.add(sock, "v0", {30, 39}, untagged: true)
    :ok = Vlan.add(sock, "v0", 40, pvid: true)
    :ok = Vlan.add(sock, "br0", 10)

    {:ok, all} = Vlan.list(sock)
    names = Map.new(ip_json(ns, "link show"), &{&1["ifindex"], &1["ifname"]})

    for vlans <- all do
      ours =
        for %{info: info} = entry <- vlans.entry do
          first..last//_ = Vlan.vids(entry)
          {first, last, :pvid in info.flags, :untagged in info.flags, to_string(entry.state)}
        end

      theirs =
        for shown <- shown(ns, names[vlans.ifindex]) do
          flags = shown["flags"] || []
          last = shown["vlanEnd"] || shown["vlan"]
          {shown["vlan"], last, "PVID" in flags, "Egress Untagged" in flags, shown["state"]}
        end

      assert ours == theirs
    end

    assert all |> Enum.map(&names[&1.ifindex]) |> Enum.sort() == ~w(br0 v0 vx0)
    assert {:ok, [one]} = Vlan.list(sock, "v0")
    assert inspect(one) in Enum.map(all, &inspect/1)
    assert {:error, %Error{errno: :einval}} = Vlan.list(sock, "v1")
  end

  test "more than fits a message is listed as one", %{ns: ns, sock: sock} do
    :ok = Vlan.add(sock, "v0", {2, 4094})
    # Every other one differs from its neighbours.
    {:ok, results} =
      Batch.run(sock, fn batch ->
        for vid <- 2..4094//2, do: Vlan.set(batch, "v0", vid, state: :blocking)
      end)

    assert Enum.uniq(results) == [:ok]

    assert {:ok, [%Vlan{entry: entries}]} = Vlan.list(sock, "v0")
    assert Enum.map(entries, & &1.info.vid) == Enum.to_list(1..4094)
    assert length(shown(ns, "v0")) == 4094

    {:ok, messages} = Request.talk(sock, 114, 0x300, <<7, 0::56>>)
    assert length(messages) > 3
  end

  test "counters are listed VLAN by VLAN", %{ns: ns, sock: sock} do
    ip!(ns, "link set br0 type bridge vlan_stats_enabled 1")
    :ok = Vlan.add(sock, "br0", {10, 11})
    ip!(ns, "link set br0 type bridge mcast_querier 1")
    exec!(ns, "bash", ["-c", "ip address add 10.0.0.1/24 dev br0; echo > /dev/udp/10.0.0.9/9"])

    {:ok, [vlans]} = Vlan.list(sock, link: "br0", stats: true)
    assert Enum.map(vlans.entry, &Vlan.vids/1) == [1..1, 10..10, 11..11]

    shown = ns |> bridge!("-json -statistics vlan show dev br0") |> JSON.decode!()
    assert [%{"vlans" => [%{"tx_packets" => sent} | _]}] = shown
    assert_in_delta hd(vlans.entry).stats.tx_packets, sent, 5
    assert sent > 0
  end

  test "what holds throughout the bridge", %{ns: ns, sock: sock} do
    :ok = Vlan.add(sock, "v0", {10, 19})

    set = [
      mcast_snooping: false,
      mcast_igmp_version: 3,
      mcast_mld_version: 2,
      mcast_last_member_cnt: 5,
      mcast_startup_query_cnt: 6,
      mcast_last_member_intvl: 700,
      mcast_membership_intvl: 27_000,
      mcast_querier_intvl: 26_500,
      mcast_query_intvl: 13_500,
      mcast_query_response_intvl: 1100,
      mcast_startup_query_intvl: 4000,
      mcast_querier: true
    ]

    for {key, value} = option <- set do
      assert Vlan.set_global(sock, "br0", {12, 14}, [option]) == :ok

      # bridge spells these in full.
      name =
        key
        |> to_string()
        |> String.replace("intvl", "interval")
        |> String.replace("_cnt", "_count")

      number = if is_boolean(value), do: if(value, do: 1, else: 0), else: value

      assert [%{"vlanEnd" => 14, ^name => ^number}] = Enum.filter(global(ns), &(&1["vlan"] == 12))

      {:ok, [vlans]} = Vlan.list_global(sock, "br0")
      options = Enum.find(vlans.global_options, &(&1.id == 12))
      assert {key, Map.fetch!(options, key)} == {key, number}
    end

    {:ok, [vlans]} = Vlan.list_global(sock)
    assert Enum.map(vlans.global_options, &Vlan.vids/1) == [1..1, 10..11, 12..14, 15..19]
  end

  test "the spanning tree that VLANs are in", %{ns: ns, sock: sock} do
    for port <- ~w(v0 vx0), do: bridge!(ns, "vlan delete vid 1 dev #{port}")
    bridge!(ns, "vlan delete vid 1 dev br0 self")

    assert Link.set(sock, "br0", multi_boolopt: [mst_enable: true]) == :ok
    :ok = Vlan.add(sock, "v0", {10, 19})
    assert Vlan.set_global(sock, "br0", {12, 14}, msti: 7) == :ok
    {:ok, [vlans]} = Vlan.list_global(sock)
    assert [{12..14, 7}] = for(%{msti: 7} = it <- vlans.global_options, do: {Vlan.vids(it), 7})
  end

  test "the ports of multicast routers", %{ns: ns, sock: sock} do
    :ok = Vlan.add(sock, "v0", 20, mcast_router: 2)
    [%{"ifindex" => index}] = ip_json(ns, "link show dev v0")

    {:ok, [vlans]} = Vlan.list_global(sock, "br0")
    options = Enum.find(vlans.global_options, &(&1.id == 20))
    assert [%{ifindex: ^index, vid: 20}] = options.mcast_router_ports.router
  end

  defp bridge!(ns, args), do: exec!(ns, "bridge", args)

  defp shown(ns, link) do
    shown = ns |> bridge!("-json -details vlan show dev #{link}") |> JSON.decode!()
    for %{"ifname" => ^link, "vlans" => vlans} <- shown, vlan <- vlans, do: vlan
  end

  # But for VLAN 1, which every port is given.
  defp added(ns, link), do: Enum.reject(shown(ns, link), &(&1["vlan"] == 1))

  defp tunnels(ns, link) do
    shown = ns |> bridge!("-json vlan tunnelshow dev #{link}") |> JSON.decode!()
    for %{"ifname" => ^link, "tunnels" => tunnels} <- shown, tunnel <- tunnels, do: tunnel
  end

  defp global(ns) do
    shown = ns |> bridge!("-json vlan global show dev br0") |> JSON.decode!()
    for %{"ifname" => "br0", "vlans" => vlans} <- shown, vlan <- vlans, do: vlan
  end

  defp dumped(sock) do
    {:ok, messages} = Request.talk(sock, 114, 0x300, <<7, 0::56>>)
    Enum.map_join(messages, & &1.payload)
  end
end

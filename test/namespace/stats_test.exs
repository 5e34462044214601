defmodule Linx.Namespace.StatsTest do
  use Linx.Test.NamespaceCase, async: true

  alias Linx.Netlink.{Error, Socket}
  alias Linx.Netlink.Rtnl.Stats
  alias Linx.Netlink.Rtnl.Stats.Xstats

  @groups [:link_64, :link_xstats, :link_xstats_slave, :link_offload_xstats, :af_spec]

  setup %{ns: ns, path: path} do
    ip!(ns, "link add v0 type veth peer name v1")
    for link <- ~w(lo v0 v1), do: ip!(ns, "link set #{link} up")
    ip!(ns, "address add 10.0.0.1/24 dev v0")
    {:ok, sock} = Socket.open(0, {:path, path})
    %{sock: sock}
  end

  test "counts what ip counts", %{ns: ns, sock: sock} do
    send_udp!(ns, "127.0.0.1")

    assert {:ok, %Stats{ifindex: 1, filter_mask: 1} = stats} = Stats.get(sock, "lo")
    assert stats.link.rx_packets >= 3

    assert [%{"stats64" => %{"rx" => rx, "tx" => tx}}] =
             ip_json(ns, "-statistics -statistics link show dev lo")

    for {ours, theirs} <- [
          rx_bytes: rx["bytes"],
          rx_packets: rx["packets"],
          rx_errors: rx["errors"],
          rx_dropped: rx["dropped"],
          rx_over_errors: rx["over_errors"],
          multicast: rx["multicast"],
          rx_length_errors: rx["length_errors"],
          rx_crc_errors: rx["crc_errors"],
          rx_frame_errors: rx["frame_errors"],
          rx_fifo_errors: rx["fifo_errors"],
          rx_missed_errors: rx["missed_errors"],
          tx_bytes: tx["bytes"],
          tx_packets: tx["packets"],
          tx_errors: tx["errors"],
          tx_dropped: tx["dropped"],
          tx_carrier_errors: tx["carrier_errors"],
          collisions: tx["collisions"],
          tx_aborted_errors: tx["aborted_errors"],
          tx_fifo_errors: tx["fifo_errors"],
          tx_window_errors: tx["window_errors"],
          tx_heartbeat_errors: tx["heartbeat_errors"]
        ] do
      assert {ours, Map.fetch!(stats.link, ours)} == {ours, theirs}
    end
  end

  test "lists every link", %{ns: ns, sock: sock} do
    {:ok, all} = Stats.list(sock)
    indexes = ns |> ip_json("link show") |> Enum.map(& &1["ifindex"])
    assert all |> Enum.map(& &1.ifindex) |> Enum.sort() == Enum.sort(indexes)

    assert {:ok, %Stats{link: %{rx_packets: packets}}} = Stats.get(sock, 1)
    assert packets == Enum.find(all, &(&1.ifindex == 1)).link.rx_packets
  end

  test "an unknown link is an error", %{sock: sock} do
    assert {:error, %Error{errno: :enodev}} = Stats.get(sock, "absent0")
    assert {:error, %Error{errno: :enodev}} = Stats.get(sock, 999)
  end

  test "a port of a bridge counts its spanning tree", %{ns: ns, sock: sock} do
    ip!(ns, "link add br0 type bridge stp_state 1 forward_delay 200")
    ip!(ns, "link set v0 master br0")
    ip!(ns, "link set br0 up")
    # Twice until the port has said hello.
    Process.sleep(2500)

    {:ok, port} = Stats.get(sock, "v0", groups: @groups)
    assert %Xstats{bond: nil, bridge: %{stp: stp}} = port.link_xstats_slave
    assert port.link_xstats == nil

    [shown] = for %{"stp" => stp} <- ip_json(ns, "stats show dev v0 group xstats_slave"), do: stp

    for field <- ~w(rx_bpdu tx_bpdu rx_tcn tx_tcn transition_blk transition_fwd)a,
        do: assert_in_delta(Map.fetch!(stp, field), shown[to_string(field)], 1)

    assert stp.tx_bpdu > 0
  end

  test "a bridge and its ports count IGMP and MLD", %{ns: ns, sock: sock} do
    ip!(ns, "link add br0 type bridge mcast_stats_enabled 1")
    ip!(ns, "link set v0 master br0")
    ip!(ns, "link set br0 up")
    # Until the links have told the groups that they are in.
    Process.sleep(2000)

    {:ok, port} = Stats.get(sock, "v0", groups: @groups)
    {:ok, bridge} = Stats.get(sock, "br0", groups: @groups)
    assert {port.link_xstats, bridge.link_xstats_slave} == {nil, nil}

    mcast!(ns, "v0 group xstats_slave", port.link_xstats_slave.bridge.mcast)
    mcast!(ns, "br0 group xstats", bridge.link_xstats.bridge.mcast)
  end

  test "counting by hardware is switched on and off", %{ns: ns, sock: sock} do
    assert Stats.set(sock, "v0", l3_stats: true) == :ok
    assert %{"request" => true, "used" => false} = hardware(ns)

    {:ok, stats} = Stats.get(sock, "v0", groups: [:link_offload_xstats])
    assert %{request: 1, used: 0} = stats.link_offload_xstats.hw_s_info.l3_stats
    assert %{rx_packets: 0, multicast: 0} = stats.link_offload_xstats.l3_stats

    assert Stats.set(sock, "v0", l3_stats: false) == :ok
    assert %{"request" => false} = hardware(ns)
  end

  describe "with more drivers" do
    @describetag :vm

    test "the VLANs of a bridge are counted one by one", %{ns: ns, sock: sock} do
      ip!(ns, "link add br0 type bridge vlan_filtering 1 vlan_stats_per_port 1")
      ip!(ns, "link set v0 master br0")
      exec!(ns, "bridge", "vlan add vid 2-4094 dev v0")
      exec!(ns, "bridge", "vlan add vid 2-4094 dev br0 self")

      for {link, group, field} <- [
            {"v0", :link_xstats_slave, :link_xstats_slave},
            {"br0", :link_xstats, :link_xstats}
          ] do
        # One by one they do not fit the messages of a dump.
        {:ok, list} = Stats.list(sock, groups: [:link_64, group])
        [%{"ifindex" => index}] = ip_json(ns, "link show dev #{link}")

        assert [stats] = Enum.filter(list, &(&1.ifindex == index))
        vlans = Map.fetch!(stats, field).bridge.vlan
        assert Enum.map(vlans, & &1.vid) == Enum.to_list(1..4094)
        assert stats.link.rx_packets != nil
        assert :pvid in hd(vlans).flags
      end
    end

    test "a bond counts the messages of its protocol", %{ns: ns, sock: sock} do
      ip!(ns, "link add bond0 type bond mode 802.3ad")
      ip!(ns, "link set v1 down")
      ip!(ns, "link set v1 master bond0")
      ip!(ns, "link set bond0 up")
      Process.sleep(2000)

      {:ok, stats} = Stats.get(sock, "v1", groups: [:link_xstats_slave])
      lacp = Map.fetch!(stats.link_xstats_slave.bond, :"3ad")

      [shown] =
        for %{"802.3ad" => shown} <-
              ip_json(ns, "stats show dev v1 group xstats_slave subgroup bond"),
            do: shown

      assert_in_delta lacp.lacpdu_tx, shown["lacpdu_tx"], 1
      assert lacp.lacpdu_tx > 0
    end

    test "MPLS is counted", %{ns: ns, sock: sock} do
      # Where they are not built in.
      for module <- ~w(mpls_router mpls_iptunnel),
          do: System.cmd("modprobe", [module], stderr_to_stdout: true)

      exec!(ns, "sysctl", "-q net.mpls.conf.v0.input=1 net.mpls.platform_labels=100")
      ip!(ns, "route add 10.9.0.0/16 encap mpls 50 via 10.0.0.2 dev v0")
      ip!(ns, "neigh add 10.0.0.2 lladdr 02:00:00:00:00:02 dev v0")
      send_udp!(ns, "10.9.0.1")

      {:ok, stats} = Stats.get(sock, "v0", groups: [:af_spec])
      assert %{tx_packets: sent, rx_noroute: 0} = stats.af_spec.mpls.link
      assert sent > 0

      assert [%{"mpls_stats" => %{"tx" => %{"packets" => ^sent}}}] =
               ip_json(ns, "stats show dev v0 group afstats subgroup mpls")
    end
  end

  defp send_udp!(ns, ip),
    do: exec!(ns, "bash", ["-c", "for n in 1 2 3; do echo > /dev/udp/#{ip}/9; done"])

  defp hardware(ns) do
    [%{"info" => %{"l3_stats" => info}}] =
      ip_json(ns, "stats show dev v0 group offload subgroup hw_stats_info")

    info
  end

  defp mcast!(ns, args, mcast) do
    [shown] = for %{"multicast" => shown} <- ip_json(ns, "stats show dev #{args}"), do: shown

    for {ours, path} <- [
          igmp_v1queries_rx: ["igmp_queries", "rx_v1"],
          igmp_v3queries_tx: ["igmp_queries", "tx_v3"],
          igmp_leaves_rx: ["igmp_leaves", "rx"],
          igmp_v3reports_rx: ["igmp_reports", "rx_v3"],
          igmp_v3reports_tx: ["igmp_reports", "tx_v3"],
          igmp_parse_errors: ["igmp_parse_errors"],
          mld_v1queries_tx: ["mld_queries", "tx_v1"],
          mld_v2reports_rx: ["mld_reports", "rx_v2"],
          mld_v2reports_tx: ["mld_reports", "tx_v2"],
          mld_parse_errors: ["mld_parse_errors"]
        ] do
      assert_in_delta Map.fetch!(mcast, ours), get_in(shown, path), 2
    end

    assert mcast.mld_v2reports_rx + mcast.mld_v2reports_tx > 0
  end
end

defmodule Linx.Namespace.Rtnl.StatsTest do
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

  test "the counters agree with ip", %{ns: ns, sock: sock} do
    send_udp!(ns, "127.0.0.1")

    {{:ok, stats}, [%{"stats64" => %{"rx" => rx, "tx" => tx}}]} =
      unchanged(
        fn -> ip_json(ns, "-statistics -statistics link show dev lo") end,
        fn ->
          eventually(fn ->
            {:ok, stats} = Stats.get(sock, "lo")
            stats.link.rx_packets >= 3 && {:ok, stats}
          end)
        end
      )

    assert %Stats{ifindex: 1, filter_mask: 1} = stats

    for {counter, value} <- [
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
      assert {counter, Map.fetch!(stats.link, counter)} == {counter, value}
    end
  end

  test "a list has the counters of every link", %{ns: ns, sock: sock} do
    {:ok, all} = Stats.list(sock)
    indexes = ns |> ip_json("link show") |> Enum.map(& &1["ifindex"])
    assert all |> Enum.map(& &1.ifindex) |> Enum.sort() == Enum.sort(indexes)

    assert {:ok, %Stats{link: %{rx_packets: packets}}} = Stats.get(sock, 1)
    assert packets == Enum.find(all, &(&1.ifindex == 1)).link.rx_packets
  end

  test "an unknown link is refused with :enodev", %{sock: sock} do
    assert {:error, %Error{errno: :enodev}} = Stats.get(sock, "absent0")
    assert {:error, %Error{errno: :enodev}} = Stats.get(sock, 999)
  end

  test "a group that a link does not have is nil", %{ns: ns, sock: sock} do
    ip!(ns, "link add br0 type bridge")
    ip!(ns, "link set v0 master br0")
    {:ok, port} = Stats.get(sock, "v0", groups: @groups)
    {:ok, bridge} = Stats.get(sock, "br0", groups: @groups)
    assert %{link_xstats: nil, link_xstats_slave: %Xstats{bond: nil, bridge: %{stp: %{}}}} = port

    assert %{link_xstats: %Xstats{bond: nil, bridge: %{stp: nil}}, link_xstats_slave: nil} =
             bridge
  end

  test "counting by hardware is switched on and off", %{ns: ns, sock: sock} do
    assert Stats.set(sock, "v0", l3_stats: true) == :ok
    assert %{"request" => true, "used" => false} = hardware(ns)

    {:ok, stats} = Stats.get(sock, "v0", groups: [:link_offload_xstats])
    assert %{request: true, used: false} = stats.link_offload_xstats.hw_s_info.l3_stats
    assert %{rx_packets: 0, multicast: 0} = stats.link_offload_xstats.l3_stats

    assert Stats.set(sock, "v0", l3_stats: false) == :ok
    assert %{"request" => false} = hardware(ns)
  end

  describe "with more drivers" do
    @describetag :vm

    test "each VLAN of a bridge has counters", %{ns: ns, sock: sock} do
      ip!(ns, "link add br0 type bridge vlan_filtering 1 vlan_stats_per_port 1")
      ip!(ns, "link set v0 master br0")
      exec!(ns, "bridge", "vlan add vid 2-4094 dev v0")
      exec!(ns, "bridge", "vlan add vid 2-4094 dev br0 self")

      for {link, group, field} <- [
            {"v0", :link_xstats_slave, :link_xstats_slave},
            {"br0", :link_xstats, :link_xstats}
          ] do
        # The VLANs of one link take several messages of the dump.
        {:ok, list} = Stats.list(sock, groups: [:link_64, group])
        [%{"ifindex" => index}] = ip_json(ns, "link show dev #{link}")

        assert [stats] = Enum.filter(list, &(&1.ifindex == index))
        vlans = Map.fetch!(stats, field).bridge.vlan
        assert Enum.map(vlans, & &1.vid) == Enum.to_list(1..4094)
        assert stats.link.rx_packets != nil
        assert :pvid in hd(vlans).flags
      end
    end
  end

  defp send_udp!(ns, ip),
    do: exec!(ns, "bash", ["-c", "for n in 1 2 3; do echo > /dev/udp/#{ip}/9; done"])

  defp hardware(ns) do
    [%{"info" => %{"l3_stats" => info}}] =
      ip_json(ns, "stats show dev v0 group offload subgroup hw_stats_info")

    info
  end
end

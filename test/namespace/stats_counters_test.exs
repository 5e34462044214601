defmodule Linx.Namespace.StatsCountersTest do
  # Each counter is moved by frames made for it, as often as no other, and compared with what `ip`
  # or the kernel's files say. What no driver here moves is compared with the C structs alone:
  # test/linx/headers_test.exs, and in bytes in test/linx/netlink/rtnl/stats_test.exs.
  use Linx.Test.NamespaceCase, async: true

  alias Linx.Netlink.Socket
  alias Linx.Netlink.Rtnl.Stats
  alias Linx.Test.Frames

  setup %{ns: ns, path: path} do
    for {one, other} <- [{"v0", "v1"}, {"w0", "w1"}],
        do: ip!(ns, "link add #{one} type veth peer name #{other}")

    for link <- ~w(lo v0 v1 w0 w1), do: ip!(ns, "link set #{link} up")
    {:ok, sock} = Socket.open(0, {:path, path})
    %{sock: sock}
  end

  test "the ports of bridges count their spanning tree", %{ns: ns, sock: sock} do
    # br1 is the root. br0 tells it of a change of topology when a further port forwards.
    for {bridge, priority, port} <- [{"br0", 9, "v0"}, {"br1", 1, "v1"}] do
      ip!(ns, "link add #{bridge} type bridge stp_state 1 priority #{priority} forward_delay 200")
      ip!(ns, "link set #{port} master #{bridge}")
      ip!(ns, "link set #{bridge} up")
    end

    ip!(ns, "link set w0 master br0")
    Process.sleep(6500)
    # Nothing is counted any more.
    for bridge <- ~w(br0 br1), do: ip!(ns, "link set #{bridge} down")

    seen =
      for port <- ~w(v0 v1) do
        {:ok, stats} = Stats.get(sock, port, groups: [:link_xstats_slave])
        assert %{bond: nil, bridge: %{stp: stp}} = stats.link_xstats_slave

        [shown] =
          for %{"stp" => stp} <- ip_json(ns, "stats show dev #{port} group xstats_slave"), do: stp

        agree(port, stp, for({name, value} <- shown, do: {name, value}))
        Map.from_struct(stp)
      end

    for {name, _} <- hd(seen),
        do: assert({name, Enum.any?(seen, &(&1[name] > 0))} == {name, true})

    for stp <- seen, do: assert(stp.rx_bpdu != stp.tx_bpdu)
  end

  # {counter, where ip prints it, frame}
  @mcast [
    {:igmp_v1queries, {"igmp_queries", "_v1"}, Frames.igmp(0x11, 0, "0.0.0.0")},
    {:igmp_v2queries, {"igmp_queries", "_v2"}, Frames.igmp(0x11, 100, "0.0.0.0")},
    {:igmp_v3queries, {"igmp_queries", "_v3"},
     Frames.igmp(0x11, 100, "0.0.0.0", rest: <<2, 125, 0::16>>)},
    {:igmp_leaves, {"igmp_leaves", ""}, Frames.igmp(0x17, 0, "239.1.1.2")},
    {:igmp_v1reports, {"igmp_reports", "_v1"}, Frames.igmp(0x12, 0, "239.1.1.1")},
    {:igmp_v2reports, {"igmp_reports", "_v2"}, Frames.igmp(0x16, 0, "239.1.1.2")},
    {:igmp_v3reports, {"igmp_reports", "_v3"}, Frames.igmp(0x22, 0, "0.0.0.0")},
    {:mld_v1queries, {"mld_queries", "_v1"}, Frames.mld(130, "::")},
    {:mld_v2queries, {"mld_queries", "_v2"}, Frames.mld(130, "::", rest: <<2, 125, 0::16>>)},
    {:mld_leaves, {"mld_leaves", ""}, Frames.mld(132, "ff05::9")},
    {:mld_v1reports, {"mld_reports", "_v1"}, Frames.mld(131, "ff05::8")},
    {:mld_v2reports, {"mld_reports", "_v2"}, Frames.mld(143, "::")}
  ]

  @mcast_errors [
    igmp_parse_errors: Frames.igmp(0x16, 0, "239.1.1.1", sum: 0),
    mld_parse_errors: Frames.mld(131, "ff05::8", sum: 0)
  ]

  test "a bridge and its ports count IGMP and MLD", %{ns: ns, sock: sock} do
    ip!(ns, "link add br0 type bridge mcast_stats_enabled 1 mcast_querier 1")
    for link <- ~w(v0 w0), do: ip!(ns, "link set #{link} master br0")
    ip!(ns, "link set br0 up")
    # What comes by v0 goes out of w0, behind which is a router.
    ip!(ns, "link set w0 type bridge_slave mcast_router 2")
    Process.sleep(1500)

    # The last are of those that links send by themselves, too.
    rows = Enum.with_index(@mcast, 1)
    Frames.send!(ns, "v1", for({{_, _, frame}, times} <- rows, do: {times, frame}))

    errors = Enum.with_index(@mcast_errors, 1)
    Frames.send!(ns, "v1", for({{_, frame}, times} <- errors, do: {times, frame}))

    [v0, w0, _br0] =
      for {link, group} <- [v0: :link_xstats_slave, w0: :link_xstats_slave, br0: :link_xstats] do
        {mcast, shown} =
          still(
            fn ->
              {:ok, stats} = Stats.get(sock, to_string(link), groups: [group])
              Map.fetch!(stats, group).bridge.mcast
            end,
            fn ->
              group = String.replace_leading(to_string(group), "link_", "")

              [shown] =
                for %{"multicast" => it} <- ip_json(ns, "stats show dev #{link} group #{group}"),
                    do: it

              shown
            end
          )

        directions =
          for {counter, {key, tail}, _} <- @mcast,
              way <- ["rx", "tx"],
              do: {"#{counter}_#{way}", shown[key][way <> tail]}

        agree(
          link,
          mcast,
          directions ++ for({name, _} <- @mcast_errors, do: {name, shown["#{name}"]})
        )

        Map.from_struct(mcast)
      end

    for {{counter, _, _}, times} <- rows,
        do:
          assert(
            {counter, v0[:"#{counter}_rx"] >= times, w0[:"#{counter}_tx"] >= times} ==
              {counter, true, true}
          )

    for {{counter, _}, times} <- errors, do: assert({counter, v0[counter]} == {counter, times})
  end

  describe "with more drivers" do
    @describetag :vm

    test "a bond counts the messages of its protocol", %{ns: ns, sock: sock} do
      ip!(ns, "link add bond0 type bond mode 802.3ad")
      ip!(ns, "link set v1 down")
      ip!(ns, "link set v1 master bond0")
      ip!(ns, "link set bond0 up")
      Process.sleep(1500)

      # One that asks, one that answers, one of neither kind; neither LACP nor marker; cut short;
      # and LACP itself.
      frames = [
        slow(2, <<1, 1, 22>>),
        slow(2, <<1, 2, 22>>),
        slow(2, <<1, 9, 22>>),
        slow(9, <<>>),
        binary_part(slow(1, <<>>), 0, 60),
        slow(1, <<1, 1, 20>>)
      ]

      Frames.send!(
        ns,
        "v0",
        for({frame, times} <- Enum.with_index(frames, 2), do: {times, frame})
      )

      for {link, group} <- [v1: :link_xstats_slave, bond0: :link_xstats] do
        {lacp, shown} =
          still(
            fn ->
              {:ok, stats} = Stats.get(sock, to_string(link), groups: [group])
              Map.fetch!(Map.fetch!(stats, group).bond, :"3ad")
            end,
            fn ->
              group = String.replace_leading(to_string(group), "link_", "")

              [shown] =
                for %{"802.3ad" => it} <-
                      ip_json(ns, "stats show dev #{link} group #{group} subgroup bond"),
                    do: it

              shown
            end
          )

        agree(
          link,
          lacp,
          for({name, value} <- shown, do: {String.replace(name, "response", "resp"), value})
        )

        assert %{
                 marker_rx: 2,
                 marker_resp_tx: 2,
                 marker_resp_rx: 3,
                 marker_unknown_rx: 4,
                 lacpdu_unknown_rx: 5,
                 lacpdu_illegal_rx: 6,
                 lacpdu_rx: 7
               } = lacp

        assert lacp.lacpdu_tx > 0
      end
    end

    test "MPLS is counted", %{ns: ns, sock: sock} do
      # Where they are not built in.
      for module <- ~w(mpls_router mpls_iptunnel),
          do: System.cmd("modprobe", [module], stderr_to_stdout: true)

      ip!(ns, "link set w0 mtu 400")
      ip!(ns, "address add 10.0.0.1/24 dev w0")
      ip!(ns, "neigh add 10.0.0.2 lladdr 02:00:00:00:00:02 dev w0")
      exec!(ns, "sysctl", "-q net.mpls.conf.v0.input=1 net.mpls.platform_labels=1000")
      ip!(ns, "-f mpls route add 100 as 200 via inet 10.0.0.2 dev w0")
      [%{"address" => mac}] = ip_json(ns, "link show dev v0")
      {:ok, %Linx.MAC{bytes: mac}} = Linx.MAC.parse(mac)

      frame = fn label, ttl, size ->
        Frames.ether(mac, 0x8847, <<label::20, 0::3, 1::1, ttl, 0::size(size)-unit(8)>>)
      end

      # Forwarded; of an unknown label; at the end of its life; too long for w0.
      Frames.send!(ns, "v1", [
        {2, frame.(100, 64, 40)},
        {3, frame.(300, 64, 50)},
        {4, frame.(100, 1, 60)},
        {5, frame.(100, 64, 700)}
      ])

      seen =
        for link <- ~w(v0 w0 w1) do
          {:ok, stats} = Stats.get(sock, link, groups: [:af_spec])
          mpls = stats.af_spec.mpls.link

          [%{"mpls_stats" => shown}] =
            ip_json(ns, "stats show dev #{link} group afstats subgroup mpls")

          agree(
            link,
            mpls,
            for({way, it} <- shown, {name, value} <- it, do: {"#{way}_#{name}", value})
          )

          Map.from_struct(mpls)
        end

      # w1 does not take MPLS. Nothing of MPLS counts tx_dropped.
      assert [
               %{rx_packets: 14, rx_noroute: 3, rx_errors: 4},
               %{tx_packets: 2, tx_bytes: 88, tx_errors: 5},
               %{rx_dropped: 2}
             ] = seen
    end
  end

  # A frame of a slow protocol: LACP is one.
  defp slow(subtype, rest) do
    payload = <<subtype, rest::binary>>
    padding = 110 - byte_size(payload)

    Frames.ether(
      <<0x01, 0x80, 0xC2, 0, 0, 2>>,
      0x8809,
      <<payload::binary, 0::size(padding)-unit(8)>>
    )
  end

  # Every counter that `shown` has, by our name.
  defp agree(link, struct, shown) do
    assert shown != []

    for {name, value} <- shown do
      mine = Map.fetch!(struct, String.to_existing_atom(to_string(name)))
      assert {link, name, mine} == {link, name, value}
    end
  end

  # What both say while nothing is counted.
  defp still(ours, theirs, tries \\ 20) do
    before = theirs.()
    mine = ours.()

    case theirs.() do
      ^before -> {mine, before}
      _ when tries > 0 -> still(ours, theirs, tries - 1)
    end
  end
end

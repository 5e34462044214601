defmodule Linx.Namespace.Rtnl.Stats.XstatsTest do
  # Generated frames increase each counter by a different number; the counters are compared with
  # `ip` and the kernel's files. Counters that no driver of these tests increases are compared
  # with the C structs in test/linx/headers_test.exs, and in bytes in
  # test/linx/netlink/rtnl/stats_test.exs.
  use Linx.Test.NamespaceCase, async: true

  alias Linx.Netlink.Rtnl.{Stats, Vlan}
  alias Linx.Netlink.Socket
  alias Linx.Test.{Frames, JSON}

  setup %{ns: ns, path: path} do
    for {one, other} <- [{"v0", "v1"}, {"w0", "w1"}],
        do: ip!(ns, "link add #{one} type veth peer name #{other}")

    for link <- ~w(lo v0 v1 w0 w1), do: ip!(ns, "link set #{link} up")
    {:ok, sock} = Socket.open(0, {:path, path})
    %{sock: sock}
  end

  test "ports of bridges count messages of the spanning tree", %{ns: ns, sock: sock} do
    # br1 is the root. br0 notifies it of a change of the topology when another port forwards.
    for {bridge, priority, port} <- [{"br0", 9, "v0"}, {"br1", 1, "v1"}] do
      ip!(ns, "link add #{bridge} type bridge stp_state 1 priority #{priority} forward_delay 200")
      ip!(ns, "link set #{port} master #{bridge}")
      ip!(ns, "link set #{bridge} up")
    end

    ip!(ns, "link set w0 master br0")

    stp = fn port ->
      {:ok, stats} = Stats.get(sock, port, groups: [:link_xstats_slave])
      assert %{bond: nil, bridge: %{stp: stp}} = stats.link_xstats_slave
      Map.from_struct(stp)
    end

    # Wait until each counter has changed, on either side.
    eventually(fn ->
      [v0, v1] = seen = for port <- ~w(v0 v1), do: stp.(port)
      differ? = Enum.all?(seen, &(&1.rx_bpdu != &1.tx_bpdu))
      differ? and Enum.all?(v0, fn {name, value} -> value > 0 or v1[name] > 0 end)
    end)

    # Bridges that are down do not count.
    for bridge <- ~w(br0 br1), do: ip!(ns, "link set #{bridge} down")

    seen =
      for port <- ~w(v0 v1) do
        {read, shown} =
          unchanged(
            fn ->
              [shown] =
                for %{"stp" => stp} <- ip_json(ns, "stats show dev #{port} group xstats_slave"),
                    do: stp

              shown
            end,
            fn -> stp.(port) end
          )

        agree(port, read, for({name, value} <- shown, do: {name, value}))
        read
      end

    for {name, _} <- hd(seen),
        do: assert({name, Enum.any?(seen, &(&1[name] > 0))} == {name, true})
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
    # Frames received on v0 are sent through w0, which leads to a router.
    ip!(ns, "link set w0 type bridge_slave mcast_router 2")
    for port <- ~w(v0 w0), do: forwarding(ns, port)

    # The kernel also sends reports of the last types for each link.
    rows = Enum.with_index(@mcast, 1)
    Frames.send!(ns, "v1", for({{_, _, frame}, times} <- rows, do: {times, frame}))

    errors = Enum.with_index(@mcast_errors, 1)
    Frames.send!(ns, "v1", for({{_, frame}, times} <- errors, do: {times, frame}))

    # Wait until the frames have been received and forwarded.
    eventually(fn ->
      [v0, w0] =
        for link <- ~w(v0 w0) do
          {:ok, stats} = Stats.get(sock, link, groups: [:link_xstats_slave])
          Map.from_struct(stats.link_xstats_slave.bridge.mcast)
        end

      Enum.all?(rows, fn {{counter, _, _}, times} ->
        v0[:"#{counter}_rx"] >= times and w0[:"#{counter}_tx"] >= times
      end) and Enum.all?(errors, fn {{counter, _}, times} -> v0[counter] >= times end)
    end)

    [v0, w0, _br0] =
      for {link, group} <- [v0: :link_xstats_slave, w0: :link_xstats_slave, br0: :link_xstats] do
        {mcast, shown} =
          while_stable(
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

  @tag :vm
  test "a bond counts LACP and marker messages", %{ns: ns, sock: sock} do
    ip!(ns, "link add bond0 type bond mode 802.3ad")
    ip!(ns, "link set v1 down")
    ip!(ns, "link set v1 master bond0")
    ip!(ns, "link set bond0 up")

    eventually(fn ->
      [%{"linkinfo" => info}] = ip_json(ns, "-details link show dev v1")
      info["info_slave_data"]["mii_status"] == "UP"
    end)

    # A marker, a marker response, an unknown marker; neither LACP nor marker; truncated; LACP.
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

    # Wait for the last of them, and for a message of the bond.
    eventually(fn ->
      {:ok, stats} = Stats.get(sock, "v1", groups: [:link_xstats_slave])
      lacp = Map.fetch!(stats.link_xstats_slave.bond, :"3ad")
      lacp.lacpdu_rx >= 7 and lacp.lacpdu_tx > 0
    end)

    for {link, group} <- [v1: :link_xstats_slave, bond0: :link_xstats] do
      {lacp, shown} =
        while_stable(
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

  @tag :vm
  test "VLANs of bridges are counted", %{ns: ns, sock: sock} do
    ip!(
      ns,
      "link add br0 type bridge vlan_filtering 1 vlan_stats_enabled 1 vlan_stats_per_port 1"
    )

    for port <- ~w(v0 w0) do
      ip!(ns, "link set #{port} master br0")
      exec!(ns, "bridge", "vlan add vid 10-11 dev #{port}")
      exec!(ns, "bridge", "vlan add vid 12 untagged pvid dev #{port}")
    end

    exec!(ns, "bridge", "vlan add vid 10 dev br0 self")
    ip!(ns, "link set br0 up")
    for port <- ~w(v0 w0), do: forwarding(ns, port)

    for {link, frames} <- [
          {"v1", [{2, 10, 46}, {3, 11, 50}]},
          {"w1", [{4, 10, 60}, {6, 11, 70}]}
        ] do
      Frames.send!(
        ns,
        link,
        for(
          {times, vid, size} <- frames,
          do:
            {times,
             Frames.ether(<<2, 0, 0, 0, 0, 9>>, 0x88B5, <<0::size(size)-unit(8)>>, vid: vid)}
        )
      )
    end

    eventually(fn ->
      for {port, received} <- [{"v0", [2, 3]}, {"w0", [4, 6]}] do
        {:ok, stats} = Stats.get(sock, port, groups: [:link_xstats_slave])
        vlans = Map.new(stats.link_xstats_slave.bridge.vlan, &{&1.vid, &1.rx_packets})
        [vlans[10], vlans[11]] == received
      end == [true, true]
    end)

    for {link, group} <- [v0: :link_xstats_slave, w0: :link_xstats_slave, br0: :link_xstats] do
      {{xstats, entries}, shown} =
        while_stable(
          fn ->
            {:ok, stats} = Stats.get(sock, to_string(link), groups: [group])
            {:ok, [%{entry: entries}]} = Vlan.list(sock, link: to_string(link), stats: true)
            # A bridge also lists VLANs of its ports that it is not a member of.
            own = &(:master not in &1.flags or :brentry in &1.flags)
            {Enum.filter(Map.fetch!(stats, group).bridge.vlan, own), entries}
          end,
          fn ->
            text = exec!(ns, "bridge", "-json -details -statistics vlan show dev #{link}")
            [%{"vlans" => vlans}] = JSON.decode!(text)
            vlans
          end
        )

      for {vlans, vid, flags} <- [
            {xstats, & &1.vid, & &1.flags},
            {entries, & &1.info.vid, & &1.info.flags}
          ],
          vlan <- vlans do
        it = Enum.find(shown, &(&1["vlan"] == vid.(vlan)))
        counters = Map.get(vlan, :stats, vlan)
        names = ~w(rx_bytes rx_packets tx_bytes tx_packets)
        agree(link, counters, for(name <- names, do: {name, it[name]}))

        flags = for flag <- flags.(vlan), flag in [:pvid, :untagged], do: flag

        expected =
          for {flag, text} <- [pvid: "PVID", untagged: "Egress Untagged"],
              text in (it["flags"] || []),
              do: flag

        assert {link, it["vlan"], flags} == {link, it["vlan"], expected}
      end

      assert Enum.map(xstats, & &1.vid) == Enum.map(shown, & &1["vlan"])
      assert Enum.map(entries, & &1.info.vid) == Enum.map(shown, & &1["vlan"])
    end

    # Bytes are counted without the tag.
    {:ok, stats} = Stats.get(sock, "v0", groups: [:link_xstats_slave])
    of_11 = Enum.find(stats.link_xstats_slave.bridge.vlan, &(&1.vid == 11))
    assert %{rx_packets: 3, rx_bytes: 150, tx_packets: 6, tx_bytes: 420, flags: []} = of_11
  end

  # Both readings, taken while no counter changes.
  defp while_stable(read, shown), do: unchanged(shown, read)

  # A frame of a slow protocol, such as LACP.
  defp slow(subtype, rest) do
    payload = <<subtype, rest::binary>>
    padding = 110 - byte_size(payload)

    Frames.ether(
      <<0x01, 0x80, 0xC2, 0, 0, 2>>,
      0x8809,
      <<payload::binary, 0::size(padding)-unit(8)>>
    )
  end

  # Every counter of `shown`, by its name in the struct.
  defp agree(link, struct, shown) do
    assert shown != []

    for {name, value} <- shown do
      mine = Map.fetch!(struct, String.to_existing_atom(to_string(name)))
      assert {link, name, mine} == {link, name, value}
    end
  end
end

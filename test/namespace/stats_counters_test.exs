defmodule Linx.Namespace.StatsCountersTest do
  # Each counter is moved by frames made for it, as often as no other, and compared with what `ip`
  # or the kernel's files say. What no driver here moves is compared with the C structs alone:
  # test/linx/headers_test.exs, and in bytes in test/linx/netlink/rtnl/stats_test.exs.
  use Linx.Test.NamespaceCase, async: true

  alias Linx.MAC
  alias Linx.Netlink.Socket
  alias Linx.Netlink.Rtnl.{Link, Stats, Vlan}
  alias Linx.Test.{Frames, JSON}

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

    stp = fn port ->
      {:ok, stats} = Stats.get(sock, port, groups: [:link_xstats_slave])
      assert %{bond: nil, bridge: %{stp: stp}} = stats.link_xstats_slave
      Map.from_struct(stp)
    end

    # Until each has moved, on either side.
    eventually(fn ->
      [v0, v1] = seen = for port <- ~w(v0 v1), do: stp.(port)
      differ? = Enum.all?(seen, &(&1.rx_bpdu != &1.tx_bpdu))
      differ? and Enum.all?(v0, fn {name, value} -> value > 0 or v1[name] > 0 end)
    end)

    # Nothing is counted any more.
    for bridge <- ~w(br0 br1), do: ip!(ns, "link set #{bridge} down")

    seen =
      for port <- ~w(v0 v1) do
        {ours, shown} =
          unchanged(
            fn ->
              [shown] =
                for %{"stp" => stp} <- ip_json(ns, "stats show dev #{port} group xstats_slave"),
                    do: stp

              shown
            end,
            fn -> stp.(port) end
          )

        agree(port, ours, for({name, value} <- shown, do: {name, value}))
        ours
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
    # What comes by v0 goes out of w0, behind which is a router.
    ip!(ns, "link set w0 type bridge_slave mcast_router 2")
    for port <- ~w(v0 w0), do: forwarding(ns, port)

    # The last are of those that links send by themselves, too.
    rows = Enum.with_index(@mcast, 1)
    Frames.send!(ns, "v1", for({{_, _, frame}, times} <- rows, do: {times, frame}))

    errors = Enum.with_index(@mcast_errors, 1)
    Frames.send!(ns, "v1", for({{_, frame}, times} <- errors, do: {times, frame}))

    # Until they have arrived, and have been sent on.
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

      eventually(fn ->
        [%{"linkinfo" => info}] = ip_json(ns, "-details link show dev v1")
        info["info_slave_data"]["mii_status"] == "UP"
      end)

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

      # The last of them, and the bond's own.
      eventually(fn ->
        {:ok, stats} = Stats.get(sock, "v1", groups: [:link_xstats_slave])
        lacp = Map.fetch!(stats.link_xstats_slave.bond, :"3ad")
        lacp.lacpdu_rx >= 7 and lacp.lacpdu_tx > 0
      end)

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

    test "the VLANs of bridges are counted", %{ns: ns, sock: sock} do
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
          still(
            fn ->
              {:ok, stats} = Stats.get(sock, to_string(link), groups: [group])
              {:ok, [%{entry: entries}]} = Vlan.list(sock, link: to_string(link), stats: true)
              # A bridge lists those of its ports, too, in which it does not take part itself.
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

          theirs =
            for {flag, text} <- [pvid: "PVID", untagged: "Egress Untagged"],
                text in (it["flags"] || []),
                do: flag

          assert {link, it["vlan"], flags} == {link, it["vlan"], theirs}
        end

        assert Enum.map(xstats, & &1.vid) == Enum.map(shown, & &1["vlan"])
        assert Enum.map(entries, & &1.info.vid) == Enum.map(shown, & &1["vlan"])
      end

      # Sizes without tag.
      {:ok, stats} = Stats.get(sock, "v0", groups: [:link_xstats_slave])
      of_11 = Enum.find(stats.link_xstats_slave.bridge.vlan, &(&1.vid == 11))
      assert %{rx_packets: 3, rx_bytes: 150, tx_packets: 6, tx_bytes: 420, flags: []} = of_11
    end

    # What only drivers of hardware and of serial lines count.
    @unmoved ~w(rx_over_errors rx_missed_errors tx_heartbeat_errors tx_window_errors rx_compressed
                tx_compressed)a

    test "what goes wrong on links is counted by its kind", %{ns: ns, sock: sock} do
      for line <- [
            "address add 10.0.0.1/24 dev v0",
            "address add fd00::1/64 dev v0 nodad",
            "link add g0 type gre local 10.0.0.1 remote 10.0.0.9 icsum iseq",
            "link add g1 type gre local 10.0.0.1 remote 203.0.113.1",
            "link add g2 type gre local 10.0.0.1 remote 10.5.0.1",
            "link add g3 type gre local 10.0.0.1",
            "link add g4 type gre local 10.0.0.1 remote 10.0.0.7",
            "link add t6 type ip6tnl local fd00::1 remote fd00::9",
            "link add vl0 link v0 type vlan id 10",
            "link add bo0 type bond mode active-backup",
            "link add p0 type veth peer name p1",
            "link add q0 type veth peer name q1",
            "link set p0 master bo0",
            "link set q0 master bo0"
          ],
          do: ip!(ns, line)

      for link <- ~w(g0 g1 g2 g3 g4 t6 vl0 bo0 p0 p1 q0 q1), do: ip!(ns, "link set #{link} up")

      for line <- [
            "route add 10.1.0.0/24 dev g1",
            "route add 10.5.0.0/24 dev g2",
            "route add 10.4.0.0/24 dev g4",
            "route add fd01::/64 dev t6",
            "neigh replace 10.0.0.7 lladdr 02:00:00:00:00:07 dev v0",
            "neigh replace fd00::9 lladdr 02:00:00:00:00:09 dev v0"
          ],
          do: ip!(ns, line)

      addresses_ready(ns)
      # Nothing goes out of v0.
      exec!(ns, "tc", "qdisc add dev v0 root pfifo limit 0")
      [%{"address" => mac}] = ip_json(ns, "link show dev v0")
      {:ok, mac} = MAC.parse(mac)
      inner = Frames.ip4(17, <<0::64>>)

      gre = fn payload, tos ->
        Frames.ether(mac.bytes, 0x0800, Frames.ip4(47, payload, src: "10.0.0.9", tos: tos))
      end

      # With checksum and sequence.
      full = fn sequence, payload, tos ->
        header = &<<0x9000::16, 0x0800::16, &1::16, 0::16, sequence::32, payload::binary>>
        gre.(header.(Frames.sum(header.(0))), tos)
      end

      # One for g0, and what it refuses: without checksum, out of order, cut short, and with
      # signs of congestion around a packet that takes no part in it.
      Frames.send!(ns, "v1", [
        {1, full.(5, inner, 0)},
        {2, gre.(<<0x1000::16, 0x0800::16, 6::32, inner::binary>>, 0)},
        {3, full.(1, inner, 0)},
        {1, full.(6, <<0::32>>, 0)},
        {1, full.(7, <<0::32>>, 0)},
        {1, full.(8, <<0::32>>, 0)},
        {1, full.(9, <<0::32>>, 0)},
        {1, full.(10, inner, 3)},
        # Multicast for vl0, which nobody takes, and a packet for somebody else.
        {6, Frames.ether(<<1, 0, 0x5E, 1, 1, 1>>, 0x88B5, <<0::400>>, vid: 10)},
        {7, Frames.ether(<<2, 0, 0, 0, 0, 9>>, 0x0800, inner)}
      ])

      # By the port of the bond that is not active.
      Frames.send!(ns, "q1", [{9, Frames.ether(<<2, 0, 0, 0, 0, 9>>, 0x88B5, <<0::400>>)}])
      # To nowhere by its own header.
      Frames.send!(ns, "g3", [{8, <<0::192>>}])
      # There is no way to g1's far end, that to g2's is through itself; v0 refuses the rest.
      udp!(ns, 10, "10.1.0.1")
      udp!(ns, 11, "10.5.0.9")
      udp!(ns, 12, "10.4.0.1")
      udp!(ns, 13, "fd01::1")

      # Until all of it has arrived.
      eventually(fn ->
        {:ok, all} = Stats.list(sock)

        for(
          name <- Stats.Link64.__counters__(),
          Enum.all?(all, &(Map.fetch!(&1.link, name) == 0)),
          do: name
        ) -- @unmoved == []
      end)

      {{all, links}, shown} =
        still(
          fn ->
            {:ok, all} = Stats.list(sock)
            {:ok, links} = Link.list(sock, stats: true)
            {all, links}
          end,
          fn -> counted(ns) end
        )

      names = Map.new(links, &{&1.index, &1.name})
      assert Enum.sort(Map.keys(shown)) == Enum.sort(Map.values(names))

      for %{ifindex: index, link: counters} <- all,
          do: agree(names[index], counters, Enum.to_list(shown[names[index]]))

      for link <- links, do: agree(link.name, link.stats64, Enum.to_list(shown[link.name]))

      still =
        for name <- Stats.Link64.__counters__(),
            Enum.all?(all, &(Map.fetch!(&1.link, name) == 0)),
            do: name

      assert Enum.sort(still) == Enum.sort(@unmoved)
    end

    test "MPLS is counted", %{ns: ns, sock: sock} do
      modules!(~w(mpls_router mpls_iptunnel))
      ip!(ns, "link set w0 mtu 400")
      ip!(ns, "address add 10.0.0.1/24 dev w0")
      ip!(ns, "neigh add 10.0.0.2 lladdr 02:00:00:00:00:02 dev w0")
      exec!(ns, "sysctl", "-q net.mpls.conf.v0.input=1 net.mpls.platform_labels=1000")
      ip!(ns, "-f mpls route add 100 as 200 via inet 10.0.0.2 dev w0")
      [%{"address" => mac}] = ip_json(ns, "link show dev v0")
      {:ok, mac} = MAC.parse(mac)

      frame = fn label, ttl, size ->
        Frames.ether(mac.bytes, 0x8847, <<label::20, 0::3, 1::1, ttl, 0::size(size)-unit(8)>>)
      end

      # Forwarded; of an unknown label; at the end of its life; too long for w0.
      Frames.send!(ns, "v1", [
        {2, frame.(100, 64, 40)},
        {3, frame.(300, 64, 50)},
        {4, frame.(100, 1, 60)},
        {5, frame.(100, 64, 700)}
      ])

      eventually(fn ->
        for {link, counter, count} <- [
              {"v0", :rx_packets, 14},
              {"w0", :tx_packets, 2},
              {"w0", :tx_errors, 5},
              {"w1", :rx_dropped, 2}
            ] do
          {:ok, stats} = Stats.get(sock, link, groups: [:af_spec])
          Map.fetch!(stats.af_spec.mpls.link, counter) >= count
        end
        |> Enum.all?()
      end)

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

  @udp """
  import socket, sys
  address = socket.getaddrinfo(sys.argv[2], 9, type=socket.SOCK_DGRAM)[0]
  s = socket.socket(address[0], socket.SOCK_DGRAM)
  for _ in range(int(sys.argv[1])):
      try:
          s.sendto(b"x", address[4])
      except OSError:
          pass
  """

  # Whether it gets out or not.
  defp udp!(ns, times, to), do: exec!(ns, "python3", ["-c", @udp, "#{times}", to])

  # What /sys and ip say of each link.
  defp counted(ns) do
    files = exec!(ns, "sh", ["-c", "grep . /sys/class/net/*/statistics/*"])

    files =
      for line <- String.split(files, "\n", trim: true) do
        ["", "sys", "class", "net", link, "statistics", rest] = String.split(line, "/")
        [name, value] = String.split(rest, ":")
        {link, name, String.to_integer(value)}
      end

    # It is not among the files; ip has a column for it where it is not zero.
    text = ip!(ns, "-s -s link show")

    others =
      for [_, link, names, values] <-
            Regex.scan(~r/^\d+: ([^:@]+)[:@].*?RX errors:([^\n]*)\n([^\n]*)/ms, text) do
        columns = Enum.zip(String.split(names), String.split(values))
        count = for {"otherhost", value} <- columns, do: String.to_integer(value)
        {link, "rx_otherhost_dropped", Enum.sum(count)}
      end

    (files ++ others)
    |> Enum.group_by(&elem(&1, 0), &{elem(&1, 1), elem(&1, 2)})
    |> Map.new(fn {link, pairs} -> {link, Map.new(pairs)} end)
  end

  # What both say while nothing is counted.
  defp still(ours, theirs), do: unchanged(theirs, ours)

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
end

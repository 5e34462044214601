defmodule Linx.Namespace.Rtnl.Stats.Link64Test do
  # Generated frames increase each counter by a different number; the counters are compared with
  # `ip` and the kernel's files. Counters that no driver of these tests increases are compared
  # with the C structs in test/linx/headers_test.exs, and in bytes in
  # test/linx/netlink/rtnl/stats_test.exs.
  use Linx.Test.NamespaceCase, async: true

  alias Linx.MAC
  alias Linx.Netlink.Rtnl.{Link, Stats}
  alias Linx.Netlink.Socket
  alias Linx.Test.Frames

  setup %{ns: ns, path: path} do
    for {one, other} <- [{"v0", "v1"}, {"w0", "w1"}],
        do: ip!(ns, "link add #{one} type veth peer name #{other}")

    for link <- ~w(lo v0 v1 w0 w1), do: ip!(ns, "link set #{link} up")
    {:ok, sock} = Socket.open(0, {:path, path})
    %{sock: sock}
  end

  # Counters that only drivers of hardware and of serial lines increase.
  @unmoved ~w(rx_over_errors rx_missed_errors tx_heartbeat_errors tx_window_errors rx_compressed
              tx_compressed)a

  @tag :vm
  test "each kind of error and drop is counted", %{ns: ns, sock: sock} do
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
    # v0 drops every packet that it should send.
    exec!(ns, "tc", "qdisc add dev v0 root pfifo limit 0")
    [%{"address" => mac}] = ip_json(ns, "link show dev v0")
    {:ok, mac} = MAC.parse(mac)
    inner = Frames.ip4(17, <<0::64>>)

    gre = fn payload, tos ->
      Frames.ether(mac.bytes, 0x0800, Frames.ip4(47, payload, src: "10.0.0.9", tos: tos))
    end

    # A GRE packet with a checksum and a sequence number.
    full = fn sequence, payload, tos ->
      header = &<<0x9000::16, 0x0800::16, &1::16, 0::16, sequence::32, payload::binary>>
      gre.(header.(Frames.sum(header.(0))), tos)
    end

    # A packet for g0, and packets that it refuses: without checksum, out of order, truncated, and
    # marked as congested around a packet that is not ECN-capable.
    Frames.send!(ns, "v1", [
      {1, full.(5, inner, 0)},
      {2, gre.(<<0x1000::16, 0x0800::16, 6::32, inner::binary>>, 0)},
      {3, full.(1, inner, 0)},
      {1, full.(6, <<0::32>>, 0)},
      {1, full.(7, <<0::32>>, 0)},
      {1, full.(8, <<0::32>>, 0)},
      {1, full.(9, <<0::32>>, 0)},
      {1, full.(10, inner, 3)},
      # Multicast for vl0 that no protocol receives, and a packet for another host.
      {6, Frames.ether(<<1, 0, 0x5E, 1, 1, 1>>, 0x88B5, <<0::400>>, vid: 10)},
      {7, Frames.ether(<<2, 0, 0, 0, 0, 9>>, 0x0800, inner)}
    ])

    # Received by the inactive port of the bond.
    Frames.send!(ns, "q1", [{9, Frames.ether(<<2, 0, 0, 0, 0, 9>>, 0x88B5, <<0::400>>)}])
    # Without a destination in the outer header.
    Frames.send!(ns, "g3", [{8, <<0::192>>}])

    # The remote address of g1 has no route, that of g2 has a route through g2 itself; v0 drops
    # the other packets.
    udp!(ns, 10, "10.1.0.1")
    udp!(ns, 11, "10.5.0.9")
    udp!(ns, 12, "10.4.0.1")
    udp!(ns, 13, "fd01::1")

    # Wait until all packets have been counted.
    eventually(fn ->
      {:ok, all} = Stats.list(sock)

      for(
        name <- Stats.Link64.__counters__(),
        Enum.all?(all, &(Map.fetch!(&1.link, name) == 0)),
        do: name
      ) -- @unmoved == []
    end)

    {{all, links}, shown} =
      while_stable(
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

    zero =
      for name <- Stats.Link64.__counters__(),
          Enum.all?(all, &(Map.fetch!(&1.link, name) == 0)),
          do: name

    assert Enum.sort(zero) == Enum.sort(@unmoved)
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

  # Errors of `sendto` are ignored.
  defp udp!(ns, times, to), do: exec!(ns, "python3", ["-c", @udp, "#{times}", to])

  # Counters of each link in /sys and by ip.
  defp counted(ns) do
    files = exec!(ns, "sh", ["-c", "grep . /sys/class/net/*/statistics/*"])

    files =
      for line <- String.split(files, "\n", trim: true) do
        ["", "sys", "class", "net", link, "statistics", rest] = String.split(line, "/")
        [name, value] = String.split(rest, ":")
        {link, name, String.to_integer(value)}
      end

    # /sys has no file of this counter; ip has a column where the counter is not zero.
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

  # Both readings, taken while no counter changes.
  defp while_stable(read, shown), do: unchanged(shown, read)

  # Every counter of `shown`, by its name in the struct.
  defp agree(link, struct, shown) do
    assert shown != []

    for {name, value} <- shown do
      mine = Map.fetch!(struct, String.to_existing_atom(to_string(name)))
      assert {link, name, mine} == {link, name, value}
    end
  end
end

defmodule Linx.Namespace.Rtnl.Stats.AfSpecTest do
  # Generated frames increase each counter by a different number; the counters are compared with
  # `ip` and the kernel's files. Counters that no driver of these tests increases are compared
  # with the C structs in test/linx/headers_test.exs, and in bytes in
  # test/linx/netlink/rtnl/stats_test.exs.
  use Linx.Test.NamespaceCase, async: true

  alias Linx.MAC
  alias Linx.Netlink.Rtnl.Stats
  alias Linx.Netlink.Socket
  alias Linx.Test.Frames

  setup %{ns: ns, path: path} do
    for {one, other} <- [{"v0", "v1"}, {"w0", "w1"}],
        do: ip!(ns, "link add #{one} type veth peer name #{other}")

    for link <- ~w(lo v0 v1 w0 w1), do: ip!(ns, "link set #{link} up")
    {:ok, sock} = Socket.open(0, {:path, path})
    %{sock: sock}
  end

  @tag :vm
  test "MPLS packets are counted", %{ns: ns, sock: sock} do
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

    # Forwarded; with an unknown label; with an expired TTL; larger than the MTU of w0.
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
          for(
            {direction, counters} <- shown,
            {name, value} <- counters,
            do: {"#{direction}_#{name}", value}
          )
        )

        Map.from_struct(mpls)
      end

    # w1 does not accept MPLS. MPLS does not count tx_dropped.
    assert [
             %{rx_packets: 14, rx_noroute: 3, rx_errors: 4},
             %{tx_packets: 2, tx_bytes: 88, tx_errors: 5},
             %{rx_dropped: 2}
           ] = seen
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

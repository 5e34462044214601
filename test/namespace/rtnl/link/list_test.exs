defmodule Linx.Namespace.Rtnl.Link.ListTest do
  # `Link.list/1` against `ip -json -details -statistics link`, every key of every link. The links
  # are created by `ip`, so that the test does not depend on this library's functions. An unknown
  # key fails the test.
  use Linx.Test.NamespaceCase, async: true

  alias Linx.Netlink.{Rtnl, Socket}
  alias Linx.Netlink.Rtnl.Link
  alias Linx.Test.LinkInfoComparison

  @everywhere [
    "link add v0 type veth peer name v1",
    "link set v0 alias words up",
    "link set v1 up group 7",
    "link property add dev v0 altname a-name-of-more-than-fifteen-bytes",
    "link add br0 type bridge ageing_time 1000 priority 7 mcast_querier 1 no_linklocal_learn 1",
    "link add brport type veth peer name brport1",
    "link set brport master br0",
    "link set brport type bridge_slave cost 9 isolated on hairpin on",
    "link set br0 up",
    "link add vx0 type vxlan id 42 group 239.1.1.1 dev v1 dstport 4789 ttl 5 tos 8 l3miss",
    "link add vx1 type vxlan id 43 remote 2001:db8::1 local 2001:db8::2 dstport 4790 flowlabel 0x12",
    "link add mv0 link v0 type macvlan mode bridge bcqueuelen 77",
    "link add mv1 link v1 type macvlan mode source",
    "link add mt0 link v0 type macvtap mode bridge",
    "link add ifb9 type ifb"
  ]

  @full [
    "link add du0 numtxqueues 3 numrxqueues 2 type dummy",
    "link add du1 type dummy",
    "link add du2 type dummy",
    "link add du3 type dummy",
    "link add vl0 link du0 type vlan id 7 protocol 802.1ad gvrp on egress-qos-map 1:2 ingress-qos-map 3:4",
    "link add iv0 link du1 type ipvlan mode l3s private",
    "link add it0 link du2 type ipvtap mode l2",
    "link add bo0 type bond mode 802.3ad miimon 100 ad_actor_sys_prio 5",
    "link set du3 master bo0",
    "link add bo1 type bond mode active-backup arp_interval 50 arp_ip_target 192.0.2.1,192.0.2.2 arp_validate all",
    "link add red type vrf table 1000",
    "link add du4 type dummy",
    "link set du4 master red",
    "link add gn0 type geneve id 5 remote 192.0.2.1 ttl 9",
    "link add gn1 type geneve external dstport 6082",
    "link add gr1 type gre local 192.0.2.1 remote 192.0.2.2 key 7 csum",
    "link add gt1 type gretap local 192.0.2.1 remote 192.0.2.3 nopmtudisc ttl 0",
    "link add er1 type erspan local 192.0.2.1 remote 192.0.2.4 key 7 erspan_ver 2 erspan_dir egress erspan_hwid 7 seq",
    "link add g61 type ip6gre local 2001:db8::1 remote 2001:db8::2 encaplimit 3",
    "link add gt61 type ip6gretap local 2001:db8::1 remote 2001:db8::3",
    "link add er61 type ip6erspan local 2001:db8::1 remote 2001:db8::4 key 7 erspan_ver 1 erspan 123 seq",
    "link add ip1 type ipip local 192.0.2.1 remote 192.0.2.2 ttl 9",
    "link add si1 type sit local 192.0.2.1 remote 192.0.2.3",
    "link add t61 type ip6tnl local 2001:db8::1 remote 2001:db8::2",
    "link add vt1 type vti local 192.0.2.1 remote 192.0.2.9 key 7",
    "link add vt61 type vti6 local 2001:db8::1 remote 2001:db8::9 okey 7",
    "link add xf0 type xfrm dev du0 if_id 7",
    "link add nk0 type netkit",
    "link add ms0 link du4 type macsec encrypt on",
    "link add h1 type dummy",
    "link add h2 type dummy",
    "link add hs0 type hsr slave1 h1 slave2 h2 version 1",
    "link add bu0 type bareudp dstport 6635 ethertype mpls_uc",
    "link add wg0 type wireguard",
    "link add nm0 type nlmon",
    "link add ca0 type vcan",
    "link add cx0 type vxcan peer name cx1",
    "link add ba0 type batadv",
    "link add te0 type team",
    "link add am0 type amt mode gateway local 192.0.2.1 discovery 192.0.2.2 dev du0",
    "tuntap add dev tu0 mode tun user 1000",
    "tuntap add dev ta0 mode tap vnet_hdr multi_queue"
  ]

  test "a list of links of kinds that every kernel has agrees with ip", %{ns: ns, path: path} do
    Enum.each(@everywhere, &ip!(ns, &1))
    assert agree(ns, path) >= 12
  end

  @tag :vm
  test "a list of one link of each kind agrees with ip", %{ns: ns, path: path} do
    for line <- @everywhere ++ @full do
      case System.cmd("ip", ["-n", ns | OptionParser.split(line)], stderr_to_stdout: true) do
        {_, 0} -> :ok
        {answer, _} -> IO.puts(:stderr, "\nNot compared: ip #{line}: #{answer}")
      end
    end

    assert agree(ns, path) >= 45
  end

  test "the counters agree with ip", %{ns: ns, path: path} do
    {:ok, sock} = Rtnl.open({:path, path})
    ip!(ns, "link set lo up")
    send = "import socket; socket.socket(2, 2).sendto(b'x' * 100, ('127.0.0.1', 9))"
    for _ <- 1..3, do: exec!(ns, "python3", ["-c", send])

    {:ok, lo} = Link.get(sock, "lo", stats: true)
    [%{"stats64" => stats}] = ip_json(ns, "-details -statistics link show dev lo")
    assert lo.stats64.rx_packets >= 3
    {:ok, later} = Link.get(sock, "lo", stats: true)
    stats(stats, lo.stats64, later.stats64)
    :ok = Socket.close(sock)
  end

  # Repeated: a comparison fails if two changes happen and `ip` shows only the first of them.
  defp agree(ns, path, tries \\ 20) do
    compared(ns, path)
  rescue
    error in ExUnit.AssertionError ->
      if tries > 0,
        do: agree(ns, path, tries - 1),
        else: reraise(error, __STACKTRACE__)
  end

  defp compared(ns, path) do
    {:ok, sock} = Rtnl.open({:path, path})
    # States and counters change between the reads: each value of `ip` agrees with the list before
    # or after it.
    {:ok, before} = Link.list(sock, stats: true, af_spec: true)
    shown = ip_json(ns, "-details -statistics link show")
    {:ok, links} = Link.list(sock, stats: true, af_spec: true)
    :ok = Socket.close(sock)

    assert length(links) == length(shown)

    for {earlier, link, expected} <- Enum.zip([before, links, shown]) do
      assert link.name == expected["ifname"]
      {counters, others} = Map.pop!(expected, "stats64")
      stats(counters, earlier.stats64, link.stats64)

      for {key, value} <- others do
        try do
          compare(value, key, earlier, by_index(before))
        rescue
          ExUnit.AssertionError -> compare(value, key, link, by_index(links))
        end
      end

      assert Link.decode(Link.encode(link)) == link
    end

    length(links)
  end

  defp by_index(links), do: Map.new(links, &{&1.index, &1})

  # Compares one key at the top level.
  defp compare(expected, key, link, links) do
    case key do
      "linkinfo" ->
        Enum.each(expected, fn {key, value} ->
          LinkInfoComparison.agree!(value, key, link, links)
        end)

      "flags" ->
        assert {link.name, Enum.sort(flags(link, links))} == {link.name, Enum.sort(expected)}

      _ ->
        assert {link.name, key, value(key, link, links)} == {link.name, key, expected}
    end
  end

  defp value("ifindex", link, _), do: link.index
  defp value("ifname", link, _), do: link.name
  defp value("link", %{link: 0}, _), do: nil
  defp value("link", link, links), do: name(links, link.link)
  defp value("link_index", link, _), do: link.link
  defp value("link_netnsid", link, _), do: link.link_netnsid
  defp value("link_type", link, _), do: type(link.type)
  defp value("operstate", link, _), do: link |> Link.operstate() |> upper()
  defp value("linkmode", link, _), do: upper(link.status.linkmode)
  defp value("group", %{group: 0}, _), do: "default"
  defp value("group", link, _), do: to_string(link.group)
  defp value("master", link, links), do: name(links, link.master)
  defp value("address", link, _), do: to_string(link.address)
  defp value("broadcast", link, _), do: to_string(link.broadcast)
  defp value("link_pointtopoint", link, _), do: :pointopoint in Link.flags(link)
  defp value("permaddr", link, _), do: to_string(link.hardware.perm_address)
  defp value("altnames", link, _), do: Link.alt_names(link)
  defp value("inet6_addr_gen_mode", link, _), do: to_string(link.af_spec.inet6.addr_gen_mode)
  defp value("parentbus", link, _), do: link.hardware.parent_dev_bus_name
  defp value("parentdev", link, _), do: link.hardware.parent_dev_name
  defp value("netns-immutable", link, _), do: link.status.netns_immutable
  defp value("ifalias", link, _), do: link.ifalias

  defp value("num_" <> _ = key, link, _),
    do: Map.fetch!(link.limits, String.to_existing_atom(key))

  defp value(key, link, _) when key in ~w(promiscuity allmulti),
    do: Map.fetch!(link.status, String.to_existing_atom(key))

  defp value(key, link, _) when key in ~w(mtu qdisc txqlen),
    do: Map.fetch!(link, String.to_existing_atom(key))

  defp value(key, link, _)
       when key in ~w(min_mtu max_mtu gso_max_size gso_max_segs tso_max_size tso_max_segs gro_max_size gso_ipv4_max_size gro_ipv4_max_size),
       do: Map.fetch!(link.limits, String.to_existing_atom(key))

  # The flags that ip lists: without IFF_RUNNING, with NO-CARRIER and M-DOWN, which ip derives.
  defp flags(link, links) do
    flags = Link.flags(link)
    below = link.link_netnsid == nil && links[link.link]
    no_carrier = if :up in flags and :running not in flags, do: ["NO-CARRIER"], else: []
    m_down = if below && not Link.up?(below), do: ["M-DOWN"], else: []
    no_carrier ++ m_down ++ (flags |> List.delete(:running) |> Enum.map(&upper/1))
  end

  defp name(links, index), do: links[index] && links[index].name

  defp upper(name), do: name |> to_string() |> String.upcase()

  # ARPHRD_* of include/uapi/linux/if_arp.h, as ip calls them.
  defp type(number) do
    Map.fetch!(
      %{
        1 => "ether",
        280 => "can",
        768 => "ipip",
        769 => "tunnel6",
        772 => "loopback",
        776 => "sit",
        778 => "gre",
        823 => "gre6",
        824 => "netlink",
        65_534 => "none"
      },
      number
    )
  end

  defp stats(expected, earlier, later) do
    for {direction, counters} <- expected, {name, value} <- counters do
      name = if name in ["multicast", "collisions"], do: name, else: "#{direction}_#{name}"
      key = String.to_existing_atom(name)

      assert {name, value} in for(
               count <- Map.fetch!(earlier, key)..Map.fetch!(later, key),
               do: {name, count}
             )
    end
  end
end

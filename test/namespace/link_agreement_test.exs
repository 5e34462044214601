defmodule Linx.Namespace.LinkAgreementTest do
  # `Link.list/1` against `ip -json -details -statistics link`, every key of every link. The links
  # are made by `ip`, so that nothing of ours is taken for granted. A key that is not known here
  # fails the test.
  use Linx.Test.NamespaceCase, async: true

  alias Linx.{IP, MAC}
  alias Linx.Netlink.{Rtnl, Socket}
  alias Linx.Netlink.Rtnl.{Link, LinkInfo}

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

  # Switches of a bridge, as ip calls them.
  @boolopts %{
    "no_linklocal_learn" => :no_ll_learn,
    "mcast_vlan_snooping" => :mcast_vlan_snooping,
    "mst_enabled" => :mst_enable,
    "mdb_offload_fail_notification" => :mdb_offload_fail_notification,
    "fdb_local_vlan_0" => :fdb_local_vlan_0
  }

  test "agrees with ip on links of the kinds every kernel has", %{ns: ns, path: path} do
    Enum.each(@everywhere, &ip!(ns, &1))
    assert agree(ns, path) >= 12
  end

  @tag :vm
  test "agrees with ip on one link of each kind", %{ns: ns, path: path} do
    for line <- @everywhere ++ @full do
      case System.cmd("ip", ["-n", ns | OptionParser.split(line)], stderr_to_stdout: true) do
        {_, 0} -> :ok
        {answer, _} -> IO.puts(:stderr, "\nNot compared: ip #{line}: #{answer}")
      end
    end

    assert agree(ns, path) >= 45
  end

  test "counts what ip counts", %{ns: ns, path: path} do
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

  test "shows the counters of IPv6 only when asked", %{path: path} do
    {:ok, sock} = Rtnl.open({:path, path})
    {:ok, lo} = Link.get(sock, "lo")
    assert lo.af_spec.inet6.stats == nil

    {:ok, lo} = Link.get(sock, "lo", stats: true)
    assert [count | _] = lo.af_spec.inet6.stats
    assert length(lo.af_spec.inet6.stats) == count

    {:ok, [lo]} = Link.list(sock, stats: true, af_spec: true)
    assert is_list(lo.af_spec.inet6.icmp6stats)
    :ok = Socket.close(sock)
  end

  test "the settings of IPv4 and IPv6 are those under /proc/sys", %{ns: ns, path: path} do
    {:ok, sock} = Rtnl.open({:path, path})
    {:ok, lo} = Link.get(sock, "lo")
    exec!(ns, "sh", ["-c", "echo 1 > /proc/sys/net/ipv4/conf/lo/forwarding"])
    exec!(ns, "sh", ["-c", "echo 7 > /proc/sys/net/ipv6/conf/lo/hop_limit"])
    assert Link.Inet.settings(lo.af_spec.inet).forwarding == 0
    {:ok, lo} = Link.get(sock, "lo")
    :ok = Socket.close(sock)

    # In milliseconds here, in seconds there.
    times = [
      :router_solicitation_interval,
      :router_solicitation_delay,
      :router_probe_interval,
      :router_solicitation_max_interval
    ]

    for {family, settings} <- [
          ipv4: Link.Inet.settings(lo.af_spec.inet),
          ipv6: Link.Inet6.settings(lo.af_spec.inet6)
        ] do
      assert map_size(settings) > 30

      for {name, value} <- settings, name not in times do
        file = "/proc/sys/net/#{family}/conf/lo/#{name}"

        case System.cmd("ip", ["netns", "exec", ns, "cat", file], stderr_to_stdout: true) do
          {text, 0} ->
            assert {file, value} == {file, setting(text)}

          # Not every setting has a file in every kernel.
          {_, _} ->
            assert name in [
                     :tag,
                     :medium_id,
                     :mc_forwarding,
                     :optimistic_dad,
                     :use_optimistic,
                     :router_probe_interval,
                     :accept_ra_rtr_pref,
                     :accept_ra_rt_info_min_plen,
                     :accept_ra_rt_info_max_plen,
                     :seg6_require_hmac,
                     :rpl_seg_enabled
                   ]
        end
      end
    end
  end

  defp setting(text) do
    # A setting of 32 bits without sign is read with one.
    <<value::signed-32>> = <<String.to_integer(String.trim(text))::32>>
    value
  end

  # Unless there were two changes meanwhile, of which `ip` saw the first alone.
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
    # States and counters move on meanwhile: what `ip` says is true before or after.
    {:ok, before} = Link.list(sock, stats: true, af_spec: true)
    theirs = ip_json(ns, "-details -statistics link show")
    {:ok, links} = Link.list(sock, stats: true, af_spec: true)
    :ok = Socket.close(sock)

    assert length(links) == length(theirs)

    for {earlier, link, their} <- Enum.zip([before, links, theirs]) do
      assert link.name == their["ifname"]
      {counters, others} = Map.pop!(their, "stats64")
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

  # One key at the top.
  defp compare(their, key, link, links) do
    case key do
      "linkinfo" ->
        Enum.each(their, fn {key, value} -> info(value, key, link, links) end)

      "flags" ->
        assert {link.name, Enum.sort(flags(link, links))} == {link.name, Enum.sort(their)}

      _ ->
        assert {link.name, key, ours(key, link, links)} == {link.name, key, their}
    end
  end

  defp ours("ifindex", link, _), do: link.index
  defp ours("ifname", link, _), do: link.name
  defp ours("link", %{link: 0}, _), do: nil
  defp ours("link", link, links), do: name(links, link.link)
  defp ours("link_index", link, _), do: link.link
  defp ours("link_netnsid", link, _), do: link.link_netnsid
  defp ours("link_type", link, _), do: type(link.type)
  defp ours("operstate", link, _), do: link |> Link.operstate() |> upper()
  defp ours("linkmode", link, _), do: upper(link.status.linkmode)
  defp ours("group", %{group: 0}, _), do: "default"
  defp ours("group", link, _), do: to_string(link.group)
  defp ours("master", link, links), do: name(links, link.master)
  defp ours("address", link, _), do: to_string(link.address)
  defp ours("broadcast", link, _), do: to_string(link.broadcast)
  defp ours("link_pointtopoint", link, _), do: :pointopoint in Link.flags(link)
  defp ours("permaddr", link, _), do: to_string(link.hardware.perm_address)
  defp ours("altnames", link, _), do: Link.alt_names(link)
  defp ours("inet6_addr_gen_mode", link, _), do: to_string(link.af_spec.inet6.addr_gen_mode)
  defp ours("parentbus", link, _), do: link.hardware.parent_dev_bus_name
  defp ours("parentdev", link, _), do: link.hardware.parent_dev_name
  defp ours("netns-immutable", link, _), do: link.status.netns_immutable == 1
  defp ours("ifalias", link, _), do: link.ifalias
  defp ours("num_" <> _ = key, link, _), do: Map.fetch!(link.limits, String.to_existing_atom(key))

  defp ours(key, link, _) when key in ~w(promiscuity allmulti),
    do: Map.fetch!(link.status, String.to_existing_atom(key))

  defp ours(key, link, _) when key in ~w(mtu qdisc txqlen),
    do: Map.fetch!(link, String.to_existing_atom(key))

  defp ours(key, link, _)
       when key in ~w(min_mtu max_mtu gso_max_size gso_max_segs tso_max_size tso_max_segs gro_max_size gso_ipv4_max_size gro_ipv4_max_size),
       do: Map.fetch!(link.limits, String.to_existing_atom(key))

  # ip's list: without IFF_RUNNING, with two of its own.
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

  defp stats(their, earlier, later) do
    for {direction, counters} <- their, {name, value} <- counters do
      name = if name in ["multicast", "collisions"], do: name, else: "#{direction}_#{name}"
      key = String.to_existing_atom(name)

      assert {name, value} in for(
               count <- Map.fetch!(earlier, key)..Map.fetch!(later, key),
               do: {name, count}
             )
    end
  end

  # One key of linkinfo.
  defp info(their, "info_kind", link, _), do: assert(link.linkinfo.kind == their)
  defp info(their, "info_slave_kind", link, _), do: assert(link.linkinfo.slave_kind == their)

  defp info(their, "info_data", link, links) do
    for {key, value} <- their do
      data = flat(link.linkinfo.info_data)
      mine = data_of(link.linkinfo.kind, key, data, links)

      assert same?(value, mine),
             "#{link.name}: #{key} is #{inspect(mine)}, for ip #{inspect(value)}"
    end
  end

  defp info(their, "info_slave_data", link, links) do
    for {key, value} <- their do
      data = flat(link.linkinfo.slave_data)
      mine = data_of({:port, link.linkinfo.slave_kind}, key, data, links)

      assert same?(value, mine),
             "#{link.name}: #{key} is #{inspect(mine)}, for ip #{inspect(value)}"
    end
  end

  # Fields of a struct and of the groups in it, by their links as strings.
  defp flat(%_{} = struct) do
    groups = [:mcast, :status, :ad, :udp]

    struct
    |> Map.from_struct()
    |> Enum.flat_map(fn {key, value} ->
      if key in groups and is_struct(value),
        do: Enum.to_list(Map.from_struct(value)),
        else: [{key, value}]
    end)
    |> Map.new(fn {key, value} -> {to_string(key), value} end)
  end

  # What ip calls otherwise, or says otherwise.
  defp data_of("vlan", "flags", %{"flags" => flags}, _), do: Enum.map(flags.flags, &upper/1)

  defp data_of("vlan", "protocol", %{"protocol" => protocol}, _),
    do: protocol |> upper() |> String.replace("AD", "ad")

  defp data_of("mac" <> tail, key, data, links) when tail in ["vlan", "vtap"],
    do: macvlan(key, data, links)

  defp data_of("ipv" <> _, "mode", data, _), do: Enum.at(~w(l2 l3 l3s), data["mode"])
  defp data_of("ipv" <> _, "bridge", data, _), do: data["flags"] == []
  defp data_of("ipv" <> _, flag, data, _), do: String.to_existing_atom(flag) in data["flags"]

  defp data_of("bridge", "vlan_protocol", data, _),
    do: data["vlan_protocol"] |> upper() |> String.replace("AD", "ad")

  defp data_of("bridge", key, %{"multi_boolopt" => %{flags: flags}}, _)
       when is_map_key(@boolopts, key),
       do: if(@boolopts[key] in flags, do: 1, else: 0)

  defp data_of("bridge", "mcast_querier_state_ip" <> version, data, links),
    do: {:querier, version, data["mcast_querier_state"], links}

  defp data_of("bridge", "group_fwd_mask", %{"group_fwd_mask" => 0}, _), do: "0"
  defp data_of({:port, "bridge"}, key, data, links), do: bridge_port(key, data, links)
  defp data_of("bond", "arp_missed_max", data, _), do: data["missed_max"]
  defp data_of("bond", "peer_notify_delay", data, _), do: data["peer_notif_delay"]
  defp data_of("bond", "arp_validate", %{"arp_validate" => :none}, _), do: nil

  defp data_of("bond", "ad_lacp_active", data, _),
    do: if(data["ad_lacp_active"] == 1, do: "on", else: "off")

  defp data_of("bond", "ad_info", %{"ad_info" => info}, _), do: info

  defp data_of("bond", key, data, links) when key in ["primary", "active_slave"],
    do: name(links, data[key])

  defp data_of({:port, "bond"}, key, data, _), do: bond_port(key, data)
  defp data_of("vxlan", key, data, links), do: vxlan(key, data, links)
  defp data_of("geneve", "external", data, _), do: data["collect_metadata"]
  defp data_of("netkit", key, data, _), do: data[key]
  defp data_of("macsec", "sci", data, _), do: Base.encode16(<<data["sci"]::64>>, case: :lower)

  defp data_of("macsec", "cipher_suite", %{"cipher_suite" => :default}, _), do: "GCM-AES-128"

  defp data_of("macsec", "cipher_suite", data, _),
    do: data["cipher_suite"] |> upper() |> String.replace("_", "-")

  defp data_of("hsr", "proto", data, _), do: if(data["protocol"] == :prp, do: 1, else: 0)
  defp data_of("hsr", "slave" <> _ = key, data, links), do: name(links, data[key])
  defp data_of("bareudp", "dstport", data, _), do: data["port"]
  defp data_of("bareudp", "srcportmin", data, _), do: data["srcport_min"]
  defp data_of("bareudp", "ethertype", %{"ethertype" => 0x8847}, _), do: "mpls_uc"
  defp data_of("bareudp", "multiproto", data, _), do: data["multiproto_mode"]
  defp data_of("tun", "type", data, _), do: data["type"]
  defp data_of("tun", "user", data, _), do: {:user, data["owner"]}
  defp data_of("tun", "numqueues", data, _), do: data["num_queues"]
  defp data_of("tun", "numdisabled", data, _), do: data["num_disabled_queues"]
  defp data_of("amt", key, data, links), do: amt(key, data, links)

  defp data_of(_kind, "link", data, links), do: name(links, data["link"])

  defp data_of(kind, key, data, _)
       when kind in ~w(gre gretap erspan ip6gre ip6gretap ip6erspan ipip sit ip6tnl vti vti6),
       do: tunnel(key, data)

  defp data_of(_kind, key, data, _), do: Map.fetch!(data, key)

  defp macvlan("mode", data, _),
    do:
      %{1 => "private", 2 => "vepa", 4 => "bridge", 8 => "passthru", 16 => "source"}[data["mode"]]

  defp macvlan("bcqueuelen", data, _), do: data["bc_queue_len"]
  defp macvlan("usedbcqueuelen", data, _), do: data["bc_queue_len_used"]
  defp macvlan(key, data, _), do: Map.fetch!(data, key)

  defp bridge_port(key, data, links) do
    case key do
      "hairpin" -> data["mode"]
      "root_block" -> data["protect"]
      "fastleave" -> data["fast_leave"]
      "flood" -> data["unicast_flood"]
      "proxy_arp" -> data["proxyarp"]
      "proxy_arp_wifi" -> data["proxyarp_wifi"]
      "mcast_to_unicast" -> data["mcast_to_ucast"]
      "group_fwd_mask" -> if data[key] == 0, do: "0", else: data[key]
      "group_fwd_mask_str" -> data["group_fwd_mask"]
      "backup_port" -> name(links, data[key])
      _ -> Map.fetch!(data, key)
    end
  end

  defp bond_port(key, data) do
    case key do
      "state" -> upper(data["state"])
      "mii_status" -> upper(data["mii_status"])
      "ad_actor_oper_port_state_str" -> :skip
      "ad_partner_oper_port_state_str" -> :skip
      _ -> Map.fetch!(data, key)
    end
  end

  defp vxlan(key, data, links) do
    case key do
      "remote" -> data["group"]
      "remote6" -> data["group6"]
      "external" -> data["collect_metadata"]
      "link" -> name(links, data["link"])
      _ -> Map.fetch!(data, key)
    end
  end

  defp tunnel(key, data) do
    flag = fn field, name -> name in data[field] end

    case key do
      "iseq" ->
        flag.("iflags", :seq)

      "icsum" ->
        flag.("iflags", :csum)

      "oseq" ->
        flag.("oflags", :seq)

      "ocsum" ->
        flag.("oflags", :csum)

      key when key in ["ikey", "okey"] ->
        IP.decode(<<data[key]::32>>)

      "external" ->
        data["collect_metadata"]

      "flowlabel" ->
        "0x" <>
          (Bitwise.band(data["flowinfo"], 0xFFFFF)
           |> Integer.to_string(16)
           |> String.pad_leading(5, "0"))

      "tclass" ->
        "0x" <>
          (Bitwise.bsr(data["flowinfo"], 20)
           |> Integer.to_string(16)
           |> String.pad_leading(2, "0"))

      "proto" ->
        %{0 => "any", 4 => "ipip", 41 => "ip6ip"}[data["proto"]]

      key when key in ["prefix", "relay_prefix"] ->
        IP.to_string(data["sixrd_" <> key])

      key when key in ["prefixlen", "relay_prefixlen"] ->
        data["sixrd_" <> key]

      "ip6_tnl_f_" <> name ->
        flag.("flags", String.to_existing_atom(name))

      _ ->
        Map.fetch!(data, key)
    end
  end

  defp amt(key, data, links) do
    case key do
      "link" -> name(links, data["link"])
      key when key in ["local", "remote", "discovery"] -> data[key <> "_ip"]
      _ -> Map.fetch!(data, key)
    end
  end

  # ip's way of writing against our values.
  defp same?(_their, :skip), do: true
  defp same?(same, same), do: true
  # Older versions of ip print the name.
  defp same?(user, {:user, id}) when is_integer(user), do: user == id

  defp same?(user, {:user, id}) do
    {entry, 0} = System.cmd("getent", ["passwd", user])
    Enum.at(String.split(entry, ":"), 2) == to_string(id)
  end

  # A flag without a value.
  defp same?(nil, true), do: true

  defp same?(on, value) when on in ["on", "off"] and is_integer(value),
    do: value == if(on == "on", do: 1, else: 0)

  defp same?(their, {:querier, version, state, links}) do
    field = if version == "v4", do: "ip", else: "ipv6"
    mine = fn name -> Map.fetch!(state, String.to_existing_atom(field <> name)) end

    Enum.all?(their, fn {key, value} ->
      case String.replace_prefix(key, "mcast_querier_ip#{version}_", "") do
        "addr" -> value == to_string(mine.("_address"))
        "port" -> value == name(links, mine.("_port"))
        "other_timer" -> is_integer(mine.("_other_timer"))
      end
    end)
  end

  # Timers run on, and ip has seconds.
  defp same?(timer, ours) when is_float(timer), do: is_integer(ours)

  defp same?(bool, ours) when is_boolean(bool),
    do: ours in if(bool, do: [1, true], else: [0, nil])

  defp same?("0x" <> hex, bytes) when is_binary(bytes),
    do: Base.decode16!(hex, case: :lower) == bytes

  defp same?("0x" <> hex, ours) when is_integer(ours), do: String.to_integer(hex, 16) == ours
  defp same?(text, %IP{} = ip), do: text == to_string(ip)
  defp same?(text, %MAC{} = mac), do: text == to_string(mac)
  # Octets of a bridge's identity come without leading zeros.
  defp same?(text, %LinkInfo.Bridge.Id{} = id) do
    mac =
      LinkInfo.Bridge.Id.address(id).bytes
      |> :binary.bin_to_list()
      |> Enum.map_join(":", &Integer.to_string(&1, 16))

    text ==
      String.downcase(
        String.pad_leading(Integer.to_string(id.priority, 16), 4, "0") <> "." <> mac
      )
  end

  defp same?(text, name) when is_binary(text) and is_atom(name),
    do: String.replace(text, "-", "_") == String.replace(to_string(name), "-", "_")

  defp same?(map, %_{} = struct) when is_map(map),
    do:
      Enum.all?(map, fn {key, value} ->
        same?(value, Map.fetch!(struct, String.to_existing_atom(key)))
      end)

  defp same?([_ | _] = theirs, [_ | _] = ours),
    do:
      length(theirs) == length(ours) and
        Enum.all?(Enum.zip(theirs, ours), fn {a, b} -> same?(a, b) end)

  defp same?(_their, _ours), do: false
end

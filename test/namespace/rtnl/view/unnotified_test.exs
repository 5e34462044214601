defmodule Linx.Namespace.Rtnl.View.UnnotifiedTest do
  # Every setting that `ip`, `bridge` or `sysctl` has is changed, of links that are up and of
  # links that are down, and the view is compared with a list. Each difference is in the
  # documentation of `View`, and each documented one occurs.
  use Linx.Test.NamespaceCase, async: true

  # Hundreds of commands, which take long on a busy processor.
  @moduletag timeout: :infinity

  alias Linx.Netlink.{Codec, Resource, Rtnl, Socket}
  alias Linx.Netlink.Rtnl.{Rule, View}
  alias Linx.Netlink.Rtnl.Link.{Inet, Inet6}
  alias Linx.Netlink.Rtnl.View.Unnotified
  alias Linx.Test.ViewComparison

  # Settings of a link of any kind.
  @link """
  link set x alias one
  link set x group 7
  link set x mtu 1400
  link set x address 02:00:00:00:00:77
  link set x broadcast ff:ff:ff:ff:ff:fe
  link set x txqueuelen 77
  link set x arp off
  link set x dynamic on
  link set x multicast off
  link set x allmulticast on
  link set x promisc on
  link set x mode dormant
  link set x mode default
  link set x addrgenmode none
  link set x gso_max_size 30000
  link set x gso_max_segs 100
  link set x gro_max_size 30000
  link property add dev x altname other
  link property del dev x altname other
  link set x master br
  link set x nomaster
  """

  @renaming """
  link set x name z
  link set z name x
  """

  # Settings of IPv4 and IPv6 for one link and for all links.
  @settings """
  sysctl net.ipv4.conf.x.forwarding=1
  sysctl net.ipv4.conf.x.rp_filter=2
  sysctl net.ipv4.conf.x.proxy_arp=1
  sysctl net.ipv4.conf.x.arp_ignore=1
  sysctl net.ipv4.conf.x.ignore_routes_with_linkdown=1
  sysctl net.ipv4.conf.all.forwarding=1
  sysctl net.ipv6.conf.x.proxy_ndp=1
  sysctl net.ipv6.conf.x.forwarding=1
  sysctl net.ipv6.conf.x.ignore_routes_with_linkdown=1
  sysctl net.ipv6.conf.x.hop_limit=9
  sysctl net.ipv6.conf.x.accept_ra=2
  sysctl net.ipv6.conf.all.forwarding=1
  sysctl net.ipv6.conf.x.disable_ipv6=1
  sysctl net.ipv6.conf.x.disable_ipv6=0
  """

  @bridge ~w(forward_delay=400 hello_time=300 max_age=900 ageing_time=1000 priority=77
    stp_state=1 group_fwd_mask=8 group_address=01:80:c2:00:00:07)
  @bridge_rare ~w(vlan_filtering=1 vlan_protocol=802.1ad vlan_default_pvid=7 vlan_stats_enabled=1
    mcast_router=2 mcast_snooping=0 mcast_query_use_ifaddr=1 mcast_querier=1 mcast_hash_max=1024
    mcast_last_member_count=5 mcast_startup_query_count=5 mcast_last_member_interval=500
    mcast_membership_interval=50000 mcast_querier_interval=30000 mcast_query_interval=20000
    mcast_query_response_interval=500 mcast_startup_query_interval=4000 mcast_stats_enabled=1
    mcast_igmp_version=3 mcast_mld_version=2 nf_call_iptables=1 nf_call_ip6tables=1
    nf_call_arptables=1 no_linklocal_learn=1)
  @port ~w(priority=7 cost=77 hairpin=on guard=on root_block=on fastleave=on learning=off
    flood=off proxy_arp=on proxy_arp_wifi=on bcast_flood=off group_fwd_mask=8 neigh_suppress=on
    isolated=on backup_port=q locked=on)
  @port_rare ~w(mcast_router=2 mcast_fast_leave=off mcast_flood=off mcast_to_unicast=on
    vlan_tunnel=on)

  @tunnel4 ["ttl 9", "tos 8", "remote 192.0.2.9", "local 192.0.2.7", "fwmark 7", "dev x0"]
  @tunnel6 ["hoplimit 9", "remote fd00::9", "local fd00::7", "fwmark 7"]
  @ends4 "remote 192.0.2.1 local 192.0.2.2"
  @ends6 "remote fd00::1 local fd00::2"

  # Kind, arguments before `type` at creation, options at creation, and changed options.
  @kinds [
    {"vlan", "link x0", "id 7",
     ["reorder_hdr off", "gvrp on", "mvrp on", "loose_binding on", "bridge_binding on"] ++
       ["ingress-qos-map 1:2", "egress-qos-map 1:2"]},
    {"macvlan", "link x0", "mode private", ["mode vepa", "bcqueuelen 7"]},
    {"macvlan", "link x0", "mode source", ["macaddr add 02:00:00:00:00:09", "macaddr flush"]},
    {"ipvlan", "link x0", "", ["mode l2", "private"]},
    {"vxlan", "", "id 7 dev x0 remote 192.0.2.1",
     ["ttl 9", "tos 8", "df set", "ageing 9", "nolearning", "remote 192.0.2.9"]},
    {"geneve", "", "id 7 remote 192.0.2.1", ["ttl 9", "tos 8", "df set"]},
    {"gre", "", @ends4, @tunnel4 ++ ["key 7", "csum", "nopmtudisc"]},
    {"ipip", "", @ends4, @tunnel4},
    {"sit", "", @ends4, @tunnel4},
    {"ip6tnl", "", @ends6, @tunnel6 ++ ["encaplimit 2"]},
    {"ip6gre", "", @ends6, @tunnel6 ++ ["key 7"]},
    {"vti", "", @ends4 <> " key 7", ["remote 192.0.2.9", "fwmark 7"]},
    {"macsec", "link x0", "", ["encrypt on", "protect off", "validate check", "encodingsa 1"]},
    {"bond", "", "mode active-backup miimon 100",
     ["updelay 200", "downdelay 200", "xmit_hash_policy 1", "resend_igmp 9", "num_grat_arp 9"] ++
       ["all_slaves_active 1", "min_links 1", "lp_interval 9", "primary_reselect 1"] ++
       ["fail_over_mac 1", "peer_notify_delay 200", "mode 802.3ad", "lacp_rate 1"] ++
       ["ad_select 1", "ad_user_port_key 7", "ad_actor_sys_prio 7", "mode balance-rr"] ++
       ["ad_actor_system 02:00:00:00:00:08", "packets_per_slave 7", "mode balance-tlb"] ++
       ["tlb_dynamic_lb 0"]}
  ]

  @tunnels ~w(vxlan geneve gre ipip sit ip6tnl ip6gre vti)

  # Changes of addresses, with a link that is up or down.
  @addresses for address <- ["192.0.2.1/24", "fd00::1/64", "fd00::2/64"],
                 change <- [
                   "metric 7",
                   "valid_lft 1000 preferred_lft 500",
                   "valid_lft forever preferred_lft forever",
                   "noprefixroute",
                   "preferred_lft 0",
                   "home",
                   "mngtmpaddr"
                 ],
                 do: "address change #{address} dev x #{change}"

  @rest """
  address change 192.0.2.1/24 broadcast 192.0.2.9 dev x
  route add 10.0.0.0/8 via 192.0.2.9
  route change 10.0.0.0/8 via 192.0.2.9 mtu 1300
  route replace 10.0.0.0/8 via 192.0.2.9 src 192.0.2.1
  -6 route add fd01::/64 via fd00::9
  -6 route change fd01::/64 via fd00::9 mtu 1300
  -6 route append fd01::/64 via fd00::8
  -6 route replace fd01::/64 via fd00::7 expires 100
  neighbour add 192.0.2.7 lladdr 02:00:00:00:00:01 dev x
  neighbour change 192.0.2.7 lladdr 02:00:00:00:00:02 dev x
  neighbour change 192.0.2.7 nud stale dev x
  neighbour change 192.0.2.7 router nud permanent dev x
  neighbour change 192.0.2.7 proto 9 nud permanent dev x
  neighbour add proxy 192.0.2.70 dev x
  neighbour del proxy 192.0.2.70 dev x
  neighbour add 192.0.2.66 nud none dev x use
  neighbour del 192.0.2.66 dev x
  rule add priority 5 table 9
  rule add priority 5 table 9 from 192.0.2.0/24
  rule del priority 5
  nexthop add id 5 via 192.0.2.9 dev x
  nexthop replace id 5 via 192.0.2.8 dev x
  nexthop add id 6 group 5
  nexthop add id 7 group 5 type resilient buckets 4 idle_timer 5
  nexthop replace id 7 group 5 type resilient buckets 4 idle_timer 9
  nexthop del id 7
  link set x down
  link set x up
  """

  @pair ["link add name x type veth peer name y", "link set y up", "link add name br type bridge"]
  @ports [
    "link add name x type bridge",
    "link add name p type veth peer name p1",
    "link add name q type veth peer name q1",
    "link set p1 up",
    "link set q1 up",
    "link set p master x",
    "link set q master x"
  ]

  defp lines(text), do: String.split(text, "\n", trim: true)
  defp assigned(pairs), do: Enum.map(pairs, &String.replace(&1, "=", " ", global: false))

  test "the documented differences are the only ones for settings of every kernel" do
    found = for up <- [false, true], do: common(up)
    assert [] != Enum.concat(found)
  end

  defp common(up) do
    ups = if up, do: ["link set x up"], else: []
    state = if up, do: :up, else: :down
    common = lines(@link) ++ if(up, do: [], else: lines(@renaming)) ++ lines(@settings)

    bridge = for option <- assigned(@bridge), do: "link set x type bridge #{option}"
    port = for option <- assigned(@port), do: "link set p type bridge_slave #{option}"
    ports_up = if up, do: ["link set x up", "link set p up", "link set q up"], else: []
    of_bridge = for option <- ["cost 9", "learning on"], do: "bridge link set dev p #{option}"

    addresses = [
      "address add 192.0.2.1/24 dev x",
      "address add fd00::1/64 dev x",
      "address add fd00::2/64 dev x nodad"
    ]

    changed(state, @pair ++ ups, common) ++
      changed(state, @ports ++ ports_up, bridge ++ port ++ of_bridge) ++
      changed(if(up, do: :up, else: :tentative), @pair ++ ups ++ addresses, @addresses) ++
      if(up, do: changed(:up, @pair ++ ups ++ addresses, lines(@rest)), else: [])
  end

  @tag :vm
  test "the documented differences are the only ones for all kinds of links, and each occurs" do
    found =
      for up <- [false, true] do
        state = if up, do: :up, else: :down
        ups = if up, do: ["link set x up"], else: []
        ports_up = if up, do: ["link set x up", "link set p up", "link set q up"], else: []
        lower = ["link add name x0 type dummy", "link set x0 up"]
        rare = for option <- assigned(@bridge_rare), do: "link set x type bridge #{option}"
        port = for option <- assigned(@port_rare), do: "link set p type bridge_slave #{option}"
        dummy = ["link add name x type dummy", "link add name br type bridge"]
        carrier = ["link set x carrier off", "link set x carrier on"]

        bond = [
          "link add name x type bond mode active-backup miimon 100",
          "link add name p type dummy",
          "link add name q type dummy",
          "link set p master x",
          "link set q master x"
        ]

        bonded = [
          "link set p type bond_slave queue_id 1",
          "link set p type bond_slave prio 7",
          "link set x type bond primary q",
          "link set x type bond active_slave p",
          "link set p carrier off",
          "link set p nomaster"
        ]

        stack =
          lower ++
            ["link add link x0 name x type macvlan mode bridge bcqueuelen 10"] ++
            [
              "link add link x0 name y type macvlan mode bridge",
              "link add name vr type vrf table 9"
            ] ++
            ["link add link x0 name v type vlan id 5"] ++
            if(up, do: for(name <- ~w(x y v vr), do: "link set #{name} up"), else: [])

        stacked = [
          "link set x type macvlan bcqueuelen 5000",
          "link set x0 carrier off",
          "link set x0 carrier on",
          "link set x0 down",
          "link set x0 up",
          "link set x0 mtu 1300",
          "link set x0 address 02:00:00:00:09:09",
          "link set x master vr",
          "link set x nomaster",
          "link set x promisc on",
          "link set v promisc on"
        ]

        kinds =
          for {kind, before, options, rows} <- @kinds do
            state = if not up and kind in @tunnels, do: :tunnel, else: state
            create = lower ++ ["link add #{before} name x type #{kind} #{options}"] ++ ups
            change = &"link set x type #{kind} #{on_top(kind, options, &1)}"
            changed(state, create, Enum.map(rows, change))
          end

        common(up) ++
          changed(state, @ports ++ ports_up, rare ++ port) ++
          changed(state, dummy ++ ups, lines(@link) ++ carrier) ++
          changed(state, bond ++ ups, bonded) ++
          changed(state, stack, stacked) ++ Enum.concat(kinds)
      end

    found = Enum.concat(found)
    listed = Unnotified.paths(:tunnel) ++ Unnotified.paths(:tentative)
    # Each documented difference occurs.
    assert Enum.reject(listed, fn path -> Enum.any?(found, &List.starts_with?(&1, path)) end) ==
             []
  end

  # A change of a tunnel sets all options: those that stay are repeated.
  defp on_top(kind, options, row) when kind in @tunnels do
    [key | _] = String.split(row)

    stays =
      for [name, value] <- options |> String.split() |> Enum.chunk_every(2),
          name != key,
          do: "#{name} #{value}"

    Enum.join(stays ++ [row], " ")
  end

  defp on_top(_kind, _options, row), do: row

  # Makes one change after the other, and returns the differences between the view and a list. A
  # permitted difference is gone after a refresh.
  defp changed(state, setup, rows) do
    ns = netns!()
    # The defaults of IPv6.
    sysctl!(ns, "net/ipv6/conf/default/addr_gen_mode": 0, "net/ipv6/conf/default/accept_dad": 1)
    Enum.each(setup, &run!(ns, &1))
    {:ok, view} = View.start_link(netns: {:path, path(ns)})
    {:ok, sock} = Rtnl.open({:path, path(ns)})
    allowed = Unnotified.paths(state)

    found =
      for row <- rows, run(ns, row) == :ok, difference <- after_it(view, sock, allowed) do
        assert {row, state, difference, Enum.any?(allowed, &List.starts_with?(difference, &1))} ==
                 {row, state, difference, true}

        difference
      end

    :ok = View.stop(view)
    :ok = Socket.close(sock)
    Enum.uniq(found)
  end

  defp after_it(view, sock, allowed) do
    await_notifications(view, sock)

    case differences(view, sock, allowed, 100) do
      [] ->
        []

      found ->
        assert after_refresh(view, sock, found, 10) == []
        found
    end
  end

  # The differences after a refresh. The kernel may change a value again after the refresh: IPv6
  # sends router solicitations for seconds.
  defp after_refresh(view, sock, found, tries) do
    :ok = View.refresh(view)
    left = Enum.filter(differences(view, sock, [], 10), &(&1 in found))
    if left == [] or tries == 0, do: left, else: after_refresh(view, sock, found, tries - 1)
  end

  # Waits until the view has read all earlier notifications, and made the lists that they require.
  defp await_notifications(view, sock) do
    priority = 40_000 + System.unique_integer([:positive])
    mark? = fn view -> Enum.any?(View.rules(view), &(&1.priority == priority)) end
    :ok = Rule.add(sock, table: 99, priority: priority)
    {:ok, true} = View.await(view, mark?, 60_000)
    :ok = Rule.delete(sock, table: 99, priority: priority)
    {:ok, true} = View.await(view, &(not mark?.(&1)), 60_000)
    ViewComparison.await_resync(view)
  end

  # The kernel makes some changes later, such as those of a carrier, and notifies of them later.
  defp differences(view, sock, allowed, tries) do
    found = compare(view, sock)

    surprises =
      Enum.reject(found, fn path -> Enum.any?(allowed, &List.starts_with?(path, &1)) end)

    if surprises == [] or tries == 0 do
      found
    else
      Process.sleep(50)
      differences(view, sock, allowed, tries - 1)
    end
  end

  defp compare(view, sock) do
    {_version, all} = View.all(view)
    {:ok, listed} = Resource.list_all(Rtnl.resources(), sock)

    Enum.uniq(
      for {resource, theirs} <- listed,
          is_map_key(all, resource.plural),
          ours = Map.new(all[resource.plural], &{Resource.key(resource, &1), &1}),
          key <- Enum.uniq(Map.keys(theirs) ++ Map.keys(ours)),
          path <- differ(Codec.comparable(ours[key]), Codec.comparable(theirs[key])),
          do: [resource.plural | path]
    )
  end

  defp differ(same, same), do: []
  defp differ(nil, _theirs), do: [[:missing]]
  defp differ(_ours, nil), do: [[:left]]
  defp differ(a, b), do: fields(a, b)

  defp fields(same, same), do: []

  # The settings of IPv4 and IPv6 by their names. The kernel notifies of some of them.
  defp fields(%module{conf: ours} = a, %module{conf: theirs} = b)
       when module in [Inet, Inet6] and ours != theirs do
    {ours, theirs} = {module.settings(a), module.settings(b)}
    names = for {name, value} <- ours, theirs[name] != value, do: name

    settings =
      if Enum.any?(names, &(&1 in Unnotified.notified_settings())),
        do: [[:notified, names]],
        else: [[:conf]]

    settings ++ fields(%{a | conf: nil}, %{b | conf: nil})
  end

  defp fields(%module{} = a, %module{} = b) do
    for {name, value} <- Map.from_struct(a),
        path <- fields(value, Map.fetch!(b, name)),
        do: [name | path]
  end

  defp fields(_a, _b), do: [[]]

  defp run!(ns, line), do: assert({line, run(ns, line)} == {line, :ok})

  # The kernel or the installed `ip` may lack a setting.
  defp run(ns, line) do
    args =
      case String.split(line) do
        ["sysctl" | words] -> ["netns", "exec", ns, "sysctl", "-q", "-w" | words]
        ["bridge" | words] -> ["netns", "exec", ns, "bridge" | words]
        words -> ["-n", ns | words]
      end

    case System.cmd("ip", args, stderr_to_stdout: true) do
      {_output, 0} -> :ok
      {output, _status} -> {:error, output}
    end
  end
end

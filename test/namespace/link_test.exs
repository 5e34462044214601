defmodule Linx.Namespace.LinkTest do
  # The verbs of `Linx.Netlink.Rtnl.Link`, judged by `ip -json -details`.
  use Linx.Test.NamespaceCase, async: true

  alias Linx.MAC
  alias Linx.Netlink.{Attr, Batch, Error, Request, Rtnl, Socket}
  alias Linx.Netlink.Rtnl.{Link, LinkInfo}

  setup %{path: path} do
    {:ok, sock} = Rtnl.open({:path, path})
    on_exit(fn -> Socket.close(sock) end)
    :ok = Link.create_veth(sock, "v0", "v1")
    %{sock: sock}
  end

  describe "reading" do
    test "a link is found by name, alternative name and index", %{ns: ns, sock: sock} do
      ip!(ns, "link property add dev v0 altname short")
      ip!(ns, ["link", "property", "add", "dev", "v0", "altname", String.duplicate("x", 127)])
      %{"ifindex" => index} = show(ns, "v0")

      for ref <- ["v0", "short", String.duplicate("x", 127), index] do
        assert {:ok, %Link{name: "v0", index: ^index}} = Link.get(sock, ref)
      end
    end

    test "what is not there is ENODEV, by name and index", %{sock: sock} do
      assert Link.get(sock, "none") == {:error, enodev(~s(no such interface "none"))}
      assert Link.get(sock, 4711) == {:error, enodev("no such interface 4711")}
      long = String.duplicate("y", 40)
      assert Link.get(sock, long) == {:error, enodev(~s(no such interface "#{long}"))}
    end

    test "a link exists or not, by name, alternative name and index", %{ns: ns, sock: sock} do
      ip!(ns, "link property add dev v0 altname short")
      %{"ifindex" => index} = show(ns, "v0")
      for ref <- ["v0", "short", index, "lo"], do: assert(Link.exists?(sock, ref) == true)
      for ref <- ["none", 4711, String.duplicate("y", 40)], do: refute(Link.exists?(sock, ref))
      assert Link.exists?(sock, "") == {:error, {:bad_name, ""}}
      assert Link.exists?(sock, "v0", stats: true) == {:error, {:unknown_option, :stats}}
      Socket.close(sock)
      assert {:error, {:send, _reason}} = Link.exists?(sock, "v0")
    end

    test "the values of a link have the names that ip has", %{ns: ns, sock: sock} do
      ip!(ns, "link add br0 type bridge")
      ip!(ns, "link set v0 master br0 up")

      for shown <- ip_json(ns, "-details link show") do
        {:ok, link} = Link.get(sock, shown["ifname"])
        assert Link.kind(link) == shown["linkinfo"]["info_kind"]
        assert Link.slave_kind(link) == shown["linkinfo"]["info_slave_kind"]
        assert Link.up?(link) == "UP" in shown["flags"]
        assert Link.carrier?(link) == "LOWER_UP" in shown["flags"]
        assert Link.flag?(link, :loopback) == "LOOPBACK" in shown["flags"]
        assert to_string(Link.hardware_type(link)) == shown["link_type"]
      end
    end

    test "a list is as long as ip's, and can be of one kind or one master", %{ns: ns, sock: sock} do
      ip!(ns, "link add br0 type bridge")
      ip!(ns, "link set v0 master br0")

      {:ok, all} = Link.list(sock)
      assert Enum.map(all, & &1.name) == names(ns, "link show")

      {:ok, veths} = Link.list(sock, kind: :veth)
      assert Enum.map(veths, & &1.name) == names(ns, "link show type veth")

      {:ok, ports} = Link.list(sock, master: "br0")
      assert Enum.map(ports, & &1.name) == ["v0"]

      assert Link.list(sock, kind: "veth", master: "br0") == {:ok, ports}
      assert Link.list(sock, kind: "no such kind") == {:ok, []}
      assert Link.list(sock, master: "none") == {:error, enodev(~s(no such interface "none"))}
    end

    test "the ports of a bridge are read from its own messages too", %{ns: ns, sock: sock} do
      ip!(ns, "link add br0 type bridge")
      ip!(ns, "link set v0 master br0")
      ip!(ns, "link set v0 type bridge_slave cost 9")

      {:ok, links} = Request.dump(sock, 18, %Link{family: 7})
      assert %Link{protinfo: %LinkInfo.BridgePort{cost: 9}} = Enum.find(links, &(&1.name == "v0"))
    end
  end

  describe "changing" do
    for {name, verb, value, expected} <- [
          {"the MTU", :set_mtu, 1400, %{"mtu" => 1400}},
          {"the queue length", :set_txqlen, 77, %{"txqlen" => 77}},
          {"the group", :set_group, 7, %{"group" => "7"}},
          {"the description", :set_alias, "two words", %{"ifalias" => "two words"}},
          {"the address", :set_address, "02:00:00:00:00:2a", %{"address" => "02:00:00:00:00:2a"}}
        ] do
      test "#{name} is set", %{ns: ns, sock: sock} do
        assert Link.unquote(verb)(sock, "v0", unquote(value)) == :ok
        expected = unquote(Macro.escape(expected))
        assert Map.take(show(ns, "v0"), Map.keys(expected)) == expected
      end
    end

    test "an address is taken as a struct too, and a description away", %{ns: ns, sock: sock} do
      :ok = Link.set_address(sock, "v0", %MAC{bytes: <<2, 0, 0, 0, 0, 7>>})
      :ok = Link.set_alias(sock, "v0", "words")
      assert %{"address" => "02:00:00:00:00:07", "ifalias" => "words"} = show(ns, "v0")
      :ok = Link.set_alias(sock, "v0", "")
      refute Map.has_key?(show(ns, "v0"), "ifalias")
    end

    test "one flag changes and the others stay", %{ns: ns, sock: sock} do
      :ok = Link.set_up(sock, "v0")
      assert "UP" in show(ns, "v0")["flags"]

      for {verb, flag} <- [
            set_promisc: "PROMISC",
            set_allmulticast: "ALLMULTI",
            set_multicast: "MULTICAST"
          ] do
        before = show(ns, "v0")["flags"] -- [flag]
        :ok = apply(Link, verb, [sock, "v0", true])
        assert Enum.sort(show(ns, "v0")["flags"]) == Enum.sort([flag | before])
        :ok = apply(Link, verb, [sock, "v0", false])
        assert show(ns, "v0")["flags"] == before
      end

      :ok = Link.set(sock, "v0", arp: false, dynamic: true)
      assert Enum.all?(["NOARP", "DYNAMIC", "UP"], &(&1 in show(ns, "v0")["flags"]))
      :ok = Link.set_down(sock, "v0")
      assert "NOARP" in show(ns, "v0")["flags"] and "UP" not in show(ns, "v0")["flags"]
    end

    test "several things are changed at once", %{ns: ns, sock: sock} do
      opts = [
        mtu: 1300,
        txqlen: 9,
        gso_max_size: 5000,
        gso_max_segs: 50,
        gro_max_size: 6000,
        addr_gen_mode: :none,
        linkmode: :dormant
      ]

      assert Link.set(sock, "v0", opts) == :ok

      assert %{
               "mtu" => 1300,
               "txqlen" => 9,
               "gso_max_size" => 5000,
               "gso_max_segs" => 50,
               "gro_max_size" => 6000,
               "inet6_addr_gen_mode" => "none",
               "linkmode" => "DORMANT"
             } = show(ns, "v0")

      :ok = Link.set(sock, "v0", gso_ipv4_max_size: 5001, gro_ipv4_max_size: 5002)

      {:ok, link} = Link.get(sock, "v0")
      assert %{gso_ipv4_max_size: 5001, gro_ipv4_max_size: 5002} = link.limits

      # Few drivers let a protocol hold their links down.
      :ok = Link.create_vxlan(sock, "vx0", 7)
      :ok = Link.set(sock, "vx0", proto_down: true)
      assert show(ns, "vx0")["proto_down"] == true
    end

    test "what user space says about the state is set", %{ns: ns, sock: sock} do
      :ok = Link.set(sock, "v0", linkmode: :dormant)
      for link <- ["v0", "v1"], do: :ok = Link.set_up(sock, link)
      eventually(fn -> show(ns, "v0")["operstate"] == "DORMANT" end)
      :ok = Link.set(sock, "v0", operstate: :up)
      assert show(ns, "v0")["operstate"] == "UP"
    end

    test "a link gets an IPv6 token", %{ns: ns, sock: sock} do
      :ok = Link.set_up(sock, "v0")
      :ok = Link.set(sock, "v0", token: "::7")
      assert ip!(ns, "token get dev v0") =~ "::7"

      assert Link.set(sock, "v0", token: "10.0.0.7") ==
               {:error, {:bad_option, :token, "10.0.0.7"}}
    end

    @tag :vm
    test "a dummy's carrier is switched", %{ns: ns, sock: sock} do
      :ok = Link.create_dummy(sock, "d0", up: true)
      :ok = Link.set(sock, "d0", carrier: false)
      assert "NO-CARRIER" in show(ns, "d0")["flags"]
      :ok = Link.set(sock, "d0", carrier: true)
      refute "NO-CARRIER" in show(ns, "d0")["flags"]
    end

    test "a link gets another name", %{ns: ns, sock: sock} do
      assert Link.set_name(sock, "v0", "lan") == :ok
      assert show(ns, "lan")["link"] == "v1"
      assert Link.set_name(sock, "lan", "v1") == {:error, %Error{errno: :eexist, code: 17}}
    end

    test "a link joins a bridge and leaves it", %{ns: ns, sock: sock} do
      :ok = Link.create_bridge(sock, "br0")
      assert Link.set_master(sock, "v0", "br0") == :ok
      assert show(ns, "v0")["master"] == "br0"
      assert Link.unset_master(sock, "v0") == :ok
      refute Map.has_key?(show(ns, "v0"), "master")
      assert Link.unset_master(sock, "v0") == :ok
    end

    test "alternative names come and go", %{ns: ns, sock: sock} do
      assert Link.add_alt_name(sock, "v0", "a rather long name, with blanks") == :ok
      assert Link.add_alt_name(sock, "v0", "other") == :ok
      assert show(ns, "v0")["altnames"] == ["a rather long name, with blanks", "other"]

      {:ok, link} = Link.get(sock, "other")
      assert Link.alt_names(link) == ["a rather long name, with blanks", "other"]

      assert {:error, %Error{errno: :eexist}} = Link.add_alt_name(sock, "v1", "other")
      assert Link.delete_alt_name(sock, "v0", "other") == :ok
      assert show(ns, "v0")["altnames"] == ["a rather long name, with blanks"]
      assert {:error, %Error{errno: :enoent}} = Link.delete_alt_name(sock, "v0", "other")
    end

    test "a link moves to another namespace by path, descriptor and pid", %{ns: ns, sock: sock} do
      there = netns!()
      {:ok, fd} = Socket.Native.open_netns(path(there))

      sleeper =
        Port.open({:spawn_executable, "/usr/sbin/ip" |> existing("/sbin/ip")},
          args: ["netns", "exec", there, "sleep", "60"]
        )

      {:os_pid, pid} = Port.info(sleeper, :os_pid)

      eventually(fn ->
        File.read_link("/proc/#{pid}/ns/net") != File.read_link("/proc/self/ns/net")
      end)

      for target <- [{:path, path(there)}, {:fd, fd}, pid, {:pid, pid}] do
        assert Link.move_to_netns(sock, "v0", target) == :ok
        assert "v0" in names(there, "link show")
        refute "v0" in names(ns, "link show")
        ip!(there, ["link", "set", "v0", "netns", ns])
      end

      Socket.Native.close_fd(fd)
      System.cmd("kill", [to_string(pid)])
    end

    test "a port of a bridge is set up", %{ns: ns, sock: sock} do
      :ok = Link.create_bridge(sock, "br0", up: true)
      :ok = Link.set_master(sock, "v0", "br0")
      for link <- ["v0", "v1"], do: :ok = Link.set_up(sock, link)
      eventually(fn -> show(ns, "v0")["linkinfo"]["info_slave_data"]["state"] == "forwarding" end)

      for {opts, expected} <- [
            {[state: :learning], %{"state" => "learning"}},
            {[priority: 7], %{"priority" => 7}},
            {[cost: 9], %{"cost" => 9}},
            {[mode: true], %{"hairpin" => true}},
            {[guard: true], %{"guard" => true}},
            {[protect: true], %{"root_block" => true}},
            {[fast_leave: true], %{"fastleave" => true}},
            {[learning: false], %{"learning" => false}},
            {[unicast_flood: false], %{"flood" => false}},
            {[proxyarp: true], %{"proxy_arp" => true}},
            {[proxyarp_wifi: true], %{"proxy_arp_wifi" => true}},
            {[multicast_router: 2], %{"multicast_router" => 2}},
            {[mcast_flood: false], %{"mcast_flood" => false}},
            {[mcast_to_ucast: true], %{"mcast_to_unicast" => true}},
            {[vlan_tunnel: true], %{"vlan_tunnel" => true}},
            {[bcast_flood: false], %{"bcast_flood" => false}},
            {[group_fwd_mask: 8], %{"group_fwd_mask_str" => "0x8"}},
            {[neigh_suppress: true], %{"neigh_suppress" => true}},
            {[isolated: true], %{"isolated" => true}},
            {[locked: true], %{"locked" => true}}
          ] do
        assert {^opts, :ok} = {opts, Link.set(sock, "v0", port: opts)}
        data = show(ns, "v0")["linkinfo"]["info_slave_data"]
        assert {opts, Map.take(data, Map.keys(expected))} == {opts, expected}
      end

      # What this `ip` does not show.
      :ok = Link.set_master(sock, "v1", "br0")

      :ok =
        Link.set(sock, "v0",
          port: [
            backup_port: "v1",
            mcast_max_groups: 9,
            mcast_eht_hosts_limit: 8,
            neigh_vlan_suppress: true,
            locked: true,
            learning: true,
            mab: true,
            backup_nhid: 77
          ]
        )

      # IFLA_LINKINFO, IFLA_INFO_SLAVE_DATA, and IFLA_BRPORT_* of BACKUP_PORT,
      # MCAST_EHT_HOSTS_LIMIT, MAB, MCAST_MAX_GROUPS, NEIGH_VLAN_SUPPRESS and BACKUP_NHID.
      backup = show(ns, "v1")["ifindex"]
      data = sock |> attrs("v0") |> nest(18) |> nest(5)

      for {id, value} <- [
            {34, <<backup::native-32>>},
            {37, <<8::native-32>>},
            {40, <<1>>},
            {42, <<9::native-32>>},
            {43, <<1>>},
            {44, <<77::native-32>>}
          ],
          do: assert(List.keyfind(data, id, 0) == {id, value})

      assert Link.set(sock, "v0", port: [flush: true]) == :ok
      assert Link.set(sock, "v0", port: [colour: 1]) == {:error, {:unknown_option, :colour}}
      assert Link.set(sock, "br0", port: [cost: 1]) == {:error, {:bad_option, :port, [cost: 1]}}
    end

    # What the kernel says, undecoded.
    defp attrs(sock, name) do
      query = [<<0::128>>, Attr.encode([{3, name <> <<0>>}])]
      {:ok, [%{payload: <<_::128, attrs::binary>>}]} = Request.talk(sock, 18, 0, query)
      Attr.decode(attrs)
    end

    defp nest(attrs, id) do
      [nest] = for {type, bytes} <- attrs, Bitwise.band(type, 0x3FFF) == id, do: bytes
      Attr.decode(nest)
    end

    @tag :vm
    test "a port of a bond is set up", %{ns: ns, sock: sock} do
      :ok = Link.create_dummy(sock, "d0")
      :ok = Link.create_dummy(sock, "d1")
      :ok = Link.create_bond(sock, "bo0", mode: :active_backup, miimon: 100)
      for d <- ["d0", "d1"], do: :ok = Link.set_master(sock, d, "bo0")

      :ok = Link.set(sock, "d0", port: [queue_id: 3, prio: -7])
      assert %{"queue_id" => 3} = show(ns, "d0")["linkinfo"]["info_slave_data"]
      {:ok, d0} = Link.get(sock, "d0")
      assert d0.linkinfo.slave_data.prio == -7

      :ok = Link.set(sock, "bo0", primary: "d1", active_slave: "d1")

      assert %{"primary" => "d1", "active_slave" => "d1"} =
               show(ns, "bo0")["linkinfo"]["info_data"]

      :ok = Link.set(sock, "bo0", primary: nil)
      refute Map.has_key?(show(ns, "bo0")["linkinfo"]["info_data"], "primary")
    end

    test "what a bridge has learned is flushed", %{ns: ns, sock: sock} do
      :ok = Link.create_bridge(sock, "br0", up: true)
      :ok = Link.set(sock, "v0", master: "br0", up: true)
      :ok = Link.set_up(sock, "v1")
      eventually(fn -> show(ns, "v0")["linkinfo"]["info_slave_data"]["state"] == "forwarding" end)
      exec!(ns, "bridge", "fdb add 02:00:00:00:00:99 dev v0 master dynamic")
      assert exec!(ns, "bridge", "fdb show br br0") =~ "02:00:00:00:00:99"
      :ok = Link.set(sock, "br0", fdb_flush: true)
      refute exec!(ns, "bridge", "fdb show br br0") =~ "02:00:00:00:00:99"
    end
  end

  describe "creating" do
    test "a link has what it was created with", %{ns: ns, sock: sock} do
      :ok = Link.create_bridge(sock, "br0")

      opts = [
        index: 99,
        address: "02:00:00:00:00:0a",
        broadcast: "ff:ff:ff:ff:ff:fe",
        mtu: 1400,
        txqlen: 7,
        group: 8,
        master: "br0",
        num_tx_queues: 3,
        num_rx_queues: 4,
        up: true,
        multicast: false,
        arp: false,
        promisc: true,
        allmulticast: true,
        dynamic: true,
        gso_max_size: 9000,
        gso_max_segs: 10,
        gro_max_size: 9001,
        peer: [name: "x1", address: "02:00:00:00:00:0b", mtu: 1300]
      ]

      assert Link.create(sock, "x0", :veth, opts) == :ok

      assert %{
               "ifindex" => 99,
               "address" => "02:00:00:00:00:0a",
               "broadcast" => "ff:ff:ff:ff:ff:fe",
               "mtu" => 1400,
               "txqlen" => 7,
               "group" => "8",
               "master" => "br0",
               "num_tx_queues" => 3,
               "gso_max_size" => 9000,
               "gso_max_segs" => 10,
               "gro_max_size" => 9001,
               "link" => "x1",
               "flags" => flags
             } = shown = show(ns, "x0")

      # A kernel for one processor has no such thing.
      assert Map.get(shown, "num_rx_queues", 4) == 4

      for flag <- ["UP", "NOARP", "PROMISC", "ALLMULTI", "DYNAMIC"], do: assert(flag in flags)
      refute "MULTICAST" in flags
      assert %{"address" => "02:00:00:00:00:0b", "mtu" => 1300} = show(ns, "x1")
    end

    test "each end of a veth can be made in a namespace of its own", %{ns: ns, sock: sock} do
      [left, right] = [netns!(), netns!()]

      assert Link.create_veth(sock, "left", "right",
               netns: {:path, path(left)},
               mtu: 1400,
               peer: [netns: {:path, path(right)}, address: "02:00:00:00:00:0b", mtu: 1300]
             ) == :ok

      assert show(left, "left")["mtu"] == 1400
      assert %{"mtu" => 1300, "address" => "02:00:00:00:00:0b"} = show(right, "right")
      assert names(ns, "link show") -- ["lo", "v0", "v1"] == []
    end

    test "a link can be made elsewhere on a parent that is here", %{sock: sock} do
      there = netns!()
      assert Link.create_macvlan(sock, "mv0", "v0", :bridge, netns: {:path, path(there)}) == :ok
      assert %{"link_index" => _, "link_netnsid" => _} = show(there, "mv0")
    end

    test "the modes of a macvlan have names", %{ns: ns, sock: sock} do
      assert Link.create_macvlan(sock, "mv0", "v0") == :ok
      assert show(ns, "mv0")["linkinfo"]["info_data"]["mode"] == "bridge"
      assert Link.create_macvlan(sock, "mv1", "v0", :private) == :ok
      assert show(ns, "mv1")["linkinfo"]["info_data"]["mode"] == "private"
      assert Link.create_macvtap(sock, "mt0", "v0", :vepa) == :ok
      assert show(ns, "mt0")["linkinfo"]["info_data"]["mode"] == "vepa"

      {:ok, mv} = Link.get(sock, "mv0")
      assert {mv.linkinfo.kind, mv.linkinfo.info_data.mode} == {"macvlan", 4}
    end

    test "the constructors make their kinds", %{ns: ns, sock: sock} do
      assert Link.create_ifb(sock, "a") == :ok
      assert Link.create_vxlan(sock, "b", 42, port: 4789) == :ok
      assert kind(ns, "a") == "ifb"
      assert kind(ns, "b") == "vxlan"
    end

    @tag :vm
    test "the constructors of less usual kinds make theirs", %{ns: ns, sock: sock} do
      four = [local: "192.0.2.1", remote: "192.0.2.2"]
      six = [local: "2001:db8::1", remote: "2001:db8::2"]
      assert Link.create_dummy(sock, "a") == :ok
      assert Link.create_vlan(sock, "b", "a", 7) == :ok
      assert Link.create_ipvlan(sock, "c", "v0", :l2) == :ok
      assert Link.create_bond(sock, "d") == :ok
      assert Link.create_vrf(sock, "e", 100) == :ok
      assert Link.create_geneve(sock, "f", id: 7, remote: "192.0.2.1") == :ok
      assert Link.create_gre(sock, "g", four) == :ok
      assert Link.create_gretap(sock, "h", four) == :ok
      assert Link.create_ip6gre(sock, "i", six) == :ok
      assert Link.create_ipip(sock, "j", four) == :ok
      assert Link.create_sit(sock, "k", four) == :ok

      kinds = ~w(dummy vlan ipvlan bond vrf geneve gre gretap ip6gre ipip sit)
      assert Enum.map(~w(a b c d e f g h i j k), &kind(ns, &1)) == kinds

      case Link.create_wireguard(sock, "l") do
        :ok -> assert kind(ns, "l") == "wireguard"
        {:error, %Error{errno: :eopnotsupp}} -> IO.puts(:stderr, "\nNot tested: no wireguard.")
      end
    end

    test "a tun and a tap are made, with what else they are to have", %{ns: ns, sock: sock} do
      assert Link.create_tun(sock, "tun0") == :ok

      assert Link.create(sock, "tap0", :tap,
               owner: 1000,
               group: 100,
               vnet_hdr: true,
               multi_queue: true,
               mtu: 1400
             ) == :ok

      tun = show(ns, "tun0")["linkinfo"]

      assert %{"type" => "tun", "pi" => false, "vnet_hdr" => false, "persist" => true} =
               tun["info_data"]

      assert %{"mtu" => 1400, "linkinfo" => %{"info_kind" => "tun", "info_data" => tap}} =
               show(ns, "tap0")

      assert %{"type" => "tap", "pi" => false, "vnet_hdr" => true, "multi_queue" => true} = tap

      {:ok, %{linkinfo: %{info_data: %{owner: 1000, group: 100}}}} = Link.get(sock, "tap0")
      assert Link.create_tap(sock, "tap1", pi: true) == :ok
      assert show(ns, "tap1")["linkinfo"]["info_data"]["pi"] == true

      # Taken, and refused: nothing is left behind.
      assert {:error, %Error{errno: :ebusy}} = Link.create_tun(sock, "tap0")
      assert {:error, %Error{}} = Link.create_tun(sock, "tun1", mtu: 1_000_000)

      assert Link.create_tun(sock, "tun1", master: "none") ==
               {:error, enodev(~s(no such interface "none"))}

      assert Link.create_tun(sock, "tun1", colour: 1) == {:error, {:unknown_option, :colour}}
      assert Link.create_tun(sock, "tun%d", mtu: 1400) == {:error, {:bad_name, "tun%d"}}
      refute "tun1" in names(ns, "link show")
      assert Link.delete(sock, "tun0") == :ok
    end

    test "the link that was made or changed is told", %{ns: ns, sock: sock} do
      assert {:ok, %Link{name: "x0", index: index}} = Link.create_bridge(sock, "x%d", echo: true)
      assert show(ns, "x0")["ifindex"] == index
      assert {:ok, %Link{name: "x0", mtu: 1400}} = Link.set(sock, "x0", mtu: 1400, echo: true)

      assert {:ok, %Link{name: "t0", mtu: 1300}} =
               Link.create_tap(sock, "t0", mtu: 1300, echo: true)

      assert {:ok, %Link{name: "t1"}} = Link.create_tun(sock, "t1", echo: true)
    end

    test "many links are made in one batch", %{ns: ns, sock: sock} do
      {:ok, results} =
        Batch.run(sock, fn batch ->
          [
            Link.create_bridge(batch, "b0"),
            Link.create_macvlan(batch, "m0", "v0"),
            Link.create_macvlan(batch, "m1", "none"),
            Link.set(batch, "v0", mtu: 1400),
            Link.create_bridge(batch, "v1"),
            Link.add_alt_name(batch, "v0", "other"),
            Link.create_tun(batch, "t0"),
            Link.create_veth(batch, "x", "y", peer: [netns: {:path, path(ns)}])
          ]
        end)

      assert [
               :ok,
               :ok,
               {:error, %Error{errno: :enodev}},
               :ok,
               {:error, %Error{errno: :eexist}},
               :ok | refused
             ] = results

      assert refused == [
               error: {:bad_option, :kind, "tun"},
               error: {:bad_option, :netns, {:path, path(ns)}}
             ]

      assert Enum.sort(names(ns, "link show")) == ["b0", "lo", "m0", "v0", "v1"]
      assert %{"mtu" => 1400, "altnames" => ["other"]} = show(ns, "v0")
    end

    test "a name may leave the number to the kernel", %{ns: ns, sock: sock} do
      for _ <- 1..2, do: assert(Link.create_bridge(sock, "lan%d") == :ok)
      assert Enum.filter(names(ns, "link show"), &(&1 =~ "lan")) == ["lan0", "lan1"]
    end

    test "a link is deleted, a veth with its other end", %{ns: ns, sock: sock} do
      assert Link.delete(sock, "v1") == :ok
      assert names(ns, "link show") == ["lo"]
    end
  end

  describe "bad input changes nothing" do
    setup %{ns: ns} do
      before = ip_json(ns, "-details link show")
      on_exit(fn -> :ok end)
      %{before: before}
    end

    test "an unknown link", %{ns: ns, sock: sock, before: before} do
      error = {:error, enodev(~s(no such interface "none"))}

      for {verb, args} <- [
            delete: [],
            set_up: [],
            set_down: [],
            set_mtu: [1400],
            set_name: ["new"],
            set_address: ["02:00:00:00:00:01"],
            set_master: ["v0"],
            unset_master: [],
            set_txqlen: [1],
            set_group: [1],
            set_alias: ["x"],
            set_promisc: [true],
            set_multicast: [true],
            add_alt_name: ["x"],
            delete_alt_name: ["x"],
            move_to_netns: [1],
            set: [[mtu: 1400]]
          ] do
        assert {verb, apply(Link, verb, [sock, "none" | args])} == {verb, error}
      end

      assert Link.set_master(sock, "v0", "none") == error
      assert Link.create_bridge(sock, "x", master: "none") == error
      assert ip_json(ns, "-details link show") == before
    end

    test "a missing parent", %{ns: ns, sock: sock, before: before} do
      error = {:error, enodev(~s(no such parent interface "none"))}
      assert Link.create_macvlan(sock, "x", "none") == error
      assert Link.create_ipvlan(sock, "x", "none") == error
      assert Link.create_vlan(sock, "x", "none", 7) == error
      assert Link.create_vxlan(sock, "x", 7, parent: "none") == error
      assert ip_json(ns, "-details link show") == before
    end

    test "a namespace that is not there, or none", %{ns: ns, sock: sock, before: before} do
      for verb <- [
            &Link.move_to_netns(sock, "v0", &1),
            &Link.create_bridge(sock, "x", netns: &1),
            &Link.create_veth(sock, "x", "y", netns: {:path, path(ns)}, peer: [netns: &1])
          ] do
        assert verb.({:path, "/run/netns/none"}) == {:error, {:open, 2}}
        assert verb.({:path, "/etc/passwd"}) == {:error, {:setns, 22}}
        assert verb.({:path, "a\0b"}) == {:error, {:bad_path, "a\0b"}}
        assert {:error, %Error{}} = verb.({:pid, 0x3FFFFFF})
      end

      # No descriptor of the one that is there is left open.
      refute path(ns) in for({_fd, target} <- Linx.Test.Descriptors.list(), do: target)
      assert ip_json(ns, "-details link show") == before
    end

    test "options that the kind does not have", %{ns: ns, sock: sock, before: before} do
      assert Link.set(sock, "v0", ageing_time: 7) == {:error, {:unknown_option, :ageing_time}}
      assert Link.set(sock, "lo", ageing_time: 7) == {:error, {:unknown_option, :ageing_time}}
      assert Link.set(sock, "v0", peer: "x") == {:error, {:unknown_option, :peer}}
      assert ip_json(ns, "-details link show") == before
    end

    test "what the kernel refuses comes with its words and our field", %{
      ns: ns,
      sock: sock,
      before: before
    } do
      assert {:error, %Error{errno: :eexist}} = Link.create_bridge(sock, "v0")
      assert {:error, %Error{errno: :eopnotsupp}} = Link.create(sock, "x", "no such kind")

      assert {:error, %Error{errno: :einval, message: "mtu greater than device maximum"}} =
               Link.set_mtu(sock, "v0", 70_000)

      assert {:error,
              %Error{
                errno: :einval,
                message: "Local and remote address must be from the same family"
              }} = Link.create_vxlan(sock, "x", 7, local: "192.0.2.1", remote: "2001:db8::1")

      # The kernel says by a policy that this is 0 or 1.
      assert {:error, %Error{errno: :erange, attribute: [:linkinfo, :info_data, :localbypass]}} =
               Link.create(sock, "x", :vxlan, info_data: %LinkInfo.Vxlan{id: 7, localbypass: 2})

      assert ip_json(ns, "-details link show") == before
    end

    test "no privilege is EPERM", %{ns: ns} do
      code = """
      alias Linx.Netlink.Rtnl
      {:ok, sock} = Rtnl.open()
      {:ok, _} = Rtnl.Link.list(sock)
      {:error, create} = Rtnl.Link.create_bridge(sock, "x")
      {:error, change} = Rtnl.Link.set_mtu(sock, "v0", 1400)
      {:error, delete} = Rtnl.Link.delete(sock, "v0")
      IO.puts(Enum.map_join([create, change, delete], ",", & &1.errno))
      """

      ebin = Application.app_dir(:linx, "ebin")
      lose = ["--bounding-set", "-net_admin", "--inh-caps", "-net_admin"]
      answer = exec!(ns, "setpriv", lose ++ ["elixir", "-pa", ebin, "-e", code])
      assert String.trim(answer) == "eperm,eperm,eperm"
    end
  end

  defp show(ns, name) do
    [link] = ip_json(ns, ["-details", "link", "show", "dev", name])
    link
  end

  defp names(ns, args), do: ns |> ip_json(args) |> Enum.map(& &1["ifname"])
  defp kind(ns, name), do: show(ns, name)["linkinfo"]["info_kind"]
  defp enodev(message), do: %Error{errno: :enodev, code: 19, message: message}
  defp existing(path, other), do: if(File.exists?(path), do: path, else: other)
end

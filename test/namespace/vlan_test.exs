defmodule Linx.Namespace.VlanTest do
  use Linx.Test.NamespaceCase, async: true

  alias Linx.Netlink.{Attr, Batch, Error, Request, Socket}
  alias Linx.Netlink.Rtnl.{Link, Vlan}
  alias Linx.Test.{Frames, JSON}

  # The bridges of some kernels know no VLANs.
  @moduletag :vm

  setup %{ns: ns, path: path} do
    ip!(ns, "link add br0 type bridge vlan_filtering 1 mcast_vlan_snooping 1")
    ip!(ns, "link add v0 type veth peer name v1")
    ip!(ns, "link add vx0 type vxlan dstport 4789 local 192.0.2.1 external")
    for port <- ~w(v0 vx0), do: ip!(ns, "link set #{port} master br0")
    for link <- ~w(br0 v0 v1 vx0), do: ip!(ns, "link set #{link} up")
    ip!(ns, "link set vx0 type bridge_slave vlan_tunnel on")
    {:ok, sock} = Socket.open(0, {:path, path})
    %{sock: sock}
  end

  describe "adding" do
    for {text, link, vids, opts, expected} <- [
          {"one", "v0", 10, [], [%{"vlan" => 10}]},
          {"a range", "v0", {10, 19}, [], [%{"vlan" => 10, "vlanEnd" => 19}]},
          {"a range as Elixir writes it", "v0", 10..19, [], [%{"vlan" => 10, "vlanEnd" => 19}]},
          {"a range of one", "v0", {10, 10}, [], [%{"vlan" => 10}]},
          {"all there are", "v0", {2, 4094}, [], [%{"vlan" => 2, "vlanEnd" => 4094}]},
          {"that of frames without tag", "v0", 10, [pvid: true, untagged: true],
           [%{"vlan" => 10, "flags" => ["PVID", "Egress Untagged"]}]},
          {"those sent without tag", "v0", {10, 19}, [pvid: false, untagged: true],
           [%{"vlan" => 10, "vlanEnd" => 19, "flags" => ["Egress Untagged"]}]},
          {"one of the bridge itself", "br0", 10, [], [%{"vlan" => 10}]},
          {"some with their state", "v0", {10, 19}, [state: :learning],
           [%{"vlan" => 10, "vlanEnd" => 19, "state" => "learning"}]},
          {"some with a multicast router", "v0", {10, 11}, [mcast_router: 2],
           [%{"vlan" => 10, "vlanEnd" => 11, "mcast_router" => 2}]}
        ] do
      test text, %{ns: ns, sock: sock} do
        {link, vids} = {unquote(link), unquote(Macro.escape(vids))}
        assert Vlan.add(sock, link, vids, unquote(opts)) == :ok

        for {expected, shown} <- Enum.zip(unquote(Macro.escape(expected)), added(ns, link)),
            key <- ~w(vlan vlanEnd flags state mcast_router),
            key in ~w(vlan vlanEnd flags) or is_map_key(expected, key),
            do: assert({key, shown[key]} == {key, expected[key]})

        assert Vlan.delete(sock, link, vids) == :ok
        assert added(ns, link) == []
        # It is no error to take none.
        assert Vlan.delete(sock, link, vids) == :ok
      end
    end

    # What bridge shows after each of the steps, VLAN 1 of every port among it.
    for {text, steps} <- [
          {"some of a range, and deleting some",
           [
             {:add, "v0", {10, 19}, [untagged: true], ["1 pu", "10-19 u"]},
             {:delete, "v0", {12, 14}, [], ["1 pu", "10-11 u", "15-19 u"]},
             {:delete, "v0", 10, [], ["1 pu", "11 u", "15-19 u"]},
             {:delete, "v0", 19..19, [], ["1 pu", "11 u", "15-18 u"]},
             {:add, "v0", 12..14, [], ["1 pu", "11 u", "12-14", "15-18 u"]},
             {:add, "v0", {12, 14}, [untagged: true], ["1 pu", "11-18 u"]},
             # Beyond the range at both ends.
             {:delete, "v0", {2, 16}, [], ["1 pu", "17-18 u"]},
             {:delete, "v0", {1, 4094}, [], []}
           ]},
          {"another for frames without tag, which takes the place of the first",
           [
             {:add, "v0", 10, [pvid: true], ["1 u", "10 p"]},
             {:add, "v0", {10, 11}, [], ["1 u", "10-11"]},
             {:add, "v0", 1, [pvid: true, untagged: true], ["1 pu", "10-11"]},
             {:delete, "v0", 1, [], ["10-11"]}
           ]},
          {"the last there is",
           [
             {:add, "v0", {4093, 4094}, [], ["1 pu", "4093-4094"]},
             {:add, "v0", 4094, [pvid: true], ["1 u", "4093", "4094 p"]}
           ]},
          {"those of the bridge itself apart from those of its ports",
           [
             {:add, "v0", {10, 12}, [], ["1 pu", "10-12"]},
             {:add, "br0", {11, 12}, [untagged: true], ["1 pu", "11-12 u"]},
             {:add, "vx0", 12, [], ["1 pu", "12"]},
             {:delete, "v0", 11, [], ["1 pu", "10", "12"]},
             {:delete, "br0", 12, [], ["1 pu", "11 u"]},
             {:delete, "vx0", 1, [], ["12"]},
             {:add, "br0", 10, [pvid: true], ["1 u", "10 p", "11 u"]},
             {:add, "v0", 10, [pvid: false], ["1 pu", "10", "12"]}
           ]}
        ] do
      test text, %{ns: ns, sock: sock} do
        for {verb, link, vids, opts, expected} = step <- unquote(Macro.escape(steps)) do
          assert {step, apply(Vlan, verb, [sock, link, vids, opts])} == {step, :ok}
          assert {step, texts(ns, link)} == {step, expected}
        end

        assert texts(ns, "v1") == []
      end
    end

    test "again changes it, and takes away the flags that are not given", %{ns: ns, sock: sock} do
      :ok = Vlan.add(sock, "v0", 10, pvid: true, untagged: true, state: :blocking)
      :ok = Vlan.add(sock, "v0", 10)
      assert [%{"vlan" => 10, "state" => "blocking"} = shown] = added(ns, "v0")
      refute is_map_key(shown, "flags")
    end

    test "to a link that is no port fails", %{sock: sock} do
      assert {:error, %Error{errno: :einval}} = Vlan.add(sock, "v1", 10)
      assert {:error, %Error{errno: :enodev}} = Vlan.add(sock, "v9", 10)
      assert {:error, %Error{errno: :einval}} = Vlan.add(sock, "v0", {10, 19}, pvid: true)
    end
  end

  describe "changing" do
    setup %{sock: sock} do
      for link <- ~w(v0 vx0), do: :ok = Vlan.add(sock, link, {10, 19})
      :ok
    end

    test "some splits the range", %{ns: ns, sock: sock} do
      assert Vlan.set(sock, "v0", {12, 13}, state: :blocking, mcast_router: 0) == :ok

      assert [
               %{"vlan" => 10, "vlanEnd" => 11, "state" => "forwarding"},
               %{"vlan" => 12, "vlanEnd" => 13, "state" => "blocking", "mcast_router" => 0},
               %{"vlan" => 14, "vlanEnd" => 19, "state" => "forwarding"}
             ] = added(ns, "v0")

      {:ok, [vlans]} = Vlan.list(sock, "v0")
      assert Enum.map(vlans.entry, &Vlan.vids/1) == [1..1, 10..11, 12..13, 14..19]
    end

    # The bridge of Debian 12 does not show these: they are looked for in the kernel's bytes.
    test "what older tools do not show", %{ns: ns, sock: sock} do
      ip!(ns, "link set v0 type bridge_slave neigh_suppress on")

      for {key, value, read, bytes} <- [
            {:mcast_max_groups, 0x12345, 0x12345,
             <<8::native-16, 8::native-16, 0x12345::native-32>>},
            {:neigh_suppress, true, 1, <<5::native-16, 9::native-16, 1>>},
            {:neigh_forward_grat, true, 1, <<5::native-16, 10::native-16, 1>>}
          ] do
        refute dumped(sock) =~ bytes

        # All of the range: the kernel shows `mcast_max_groups` of its first VLAN for the others.
        case Vlan.set(sock, "v0", {10, 19}, [{key, value}]) do
          :ok ->
            assert dumped(sock) =~ bytes
            assert {key, Map.fetch!(entry(sock, "v0", 10), key)} == {key, read}
            assert {key, Map.fetch!(entry(sock, "v0", 1), key)} == {key, 0}

          # Kernels before 6.3, 6.4 and 7.
          {:error, reason} ->
            assert %Error{errno: :einval} = reason
        end
      end
    end

    test "how many groups there are at most", %{ns: ns, sock: sock} do
      # Kernels before 6.3 do not count.
      if entry(sock, "v0", 10).mcast_n_groups do
        for {vid, groups} <- [{10, 3}, {11, 5}], n <- 1..groups do
          bridge!(ns, "mdb add dev br0 port v0 grp 239.1.1.#{n} permanent vid #{vid}")
        end

        assert %{mcast_n_groups: 3} = entry(sock, "v0", 10)
        assert %{mcast_n_groups: 5} = entry(sock, "v0", 11)
        assert %{mcast_n_groups: 0} = entry(sock, "v0", 12)

        assert Vlan.set(sock, "v0", 12, mcast_max_groups: 1) == :ok
        bridge!(ns, "mdb add dev br0 port v0 grp 239.1.1.1 permanent vid 12")

        refused =
          catch_error(bridge!(ns, "mdb add dev br0 port v0 grp 239.1.1.2 permanent vid 12"))

        assert Exception.message(refused) =~ "mcast_max_groups=1"
        assert %{mcast_n_groups: 1, mcast_max_groups: 1} = entry(sock, "v0", 12)
      end
    end

    test "the tunnels of VLANs", %{ns: ns, sock: sock} do
      assert Vlan.set(sock, "vx0", {10, 19}, tunnel_id: 5010) == :ok

      assert [%{"vlan" => 10, "vlanEnd" => 19, "tunid" => 5010, "tunidEnd" => 5019}] =
               tunnels(ns, "vx0")

      assert Vlan.set(sock, "vx0", 12..18, tunnel_id: nil) == :ok
      assert [%{"tunid" => 5010, "tunidEnd" => 5011}, %{"tunid" => 5019}] = tunnels(ns, "vx0")

      {:ok, [vlans]} = Vlan.list(sock, "vx0")

      assert for(%{tunnel_info: %{id: id}} = entry <- vlans.entry, do: {Vlan.vids(entry), id}) ==
               [
                 {10..11, 5010},
                 {19..19, 5019}
               ]
    end

    test "the last tunnels there are", %{ns: ns, sock: sock} do
      assert Vlan.set(sock, "vx0", {10, 19}, tunnel_id: 0xFFFFF6) == :ok
      assert [%{"tunid" => 0xFFFFF6, "tunidEnd" => 0xFFFFFF}] = tunnels(ns, "vx0")
      # A tunnel is taken away before there is another.
      assert {:error, %Error{errno: :eexist}} = Vlan.set(sock, "vx0", 10, tunnel_id: 7)
      assert Vlan.set(sock, "vx0", 10, tunnel_id: nil) == :ok
      assert Vlan.set(sock, "vx0", 10, tunnel_id: 7) == :ok
      assert [%{"vlan" => 10, "tunid" => 7}, %{"vlan" => 11}] = tunnels(ns, "vx0")
    end

    # {option, [{value, what bridge shows}], links}
    @shown [
      {:state,
       [
         {:disabled, "disabled"},
         {:listening, "listening"},
         {:learning, "learning"},
         {:blocking, "blocking"},
         {3, "forwarding"}
       ], ["v0", "br0"]},
      {:mcast_router, [{0, 0}, {2, 2}, {1, 1}], ["v0", "br0"]}
    ]

    # Options that it does not show, or not so: the tests around this one.
    @others [:mcast_max_groups, :neigh_suppress, :neigh_forward_grat, :tunnel_id]

    test "each option, of ports and of the bridge itself", %{ns: ns, sock: sock} do
      :ok = Vlan.add(sock, "br0", {10, 19})

      for {key, values, links} <- @shown, {value, shown} <- values, link <- links do
        assert {key, value, link, Vlan.set(sock, link, 14, [{key, value}])} ==
                 {key, value, link, :ok}

        [it] =
          for %{"vlan" => first} = it <- shown(ns, link),
              14 in first..(it["vlanEnd"] || first),
              do: it

        assert {key, value, link, it[to_string(key)]} == {key, value, link, shown}

        read = if is_integer(value) and key == :state, do: :forwarding, else: value
        assert {link, Map.fetch!(entry(sock, link, 14), key)} == {link, read}
      end

      tested = Enum.map(@shown, &elem(&1, 0)) ++ @others
      assert Enum.sort(tested) == Enum.sort(Keyword.keys(Vlan.Entry.__options__()))
    end

    test "those that are not there fails", %{sock: sock} do
      assert {:error, %Error{errno: :enoent}} = Vlan.set(sock, "v0", 20, state: :blocking)
    end
  end

  test "listing gives what bridge gives", %{ns: ns, sock: sock} do
    :ok = Vlan.add(sock, "v0", {10, 19})
    :ok = Vlan.add(sock, "v0", {30, 39}, untagged: true)
    :ok = Vlan.add(sock, "v0", 40, pvid: true)
    :ok = Vlan.add(sock, "br0", 10)

    {:ok, all} = Vlan.list(sock)
    names = Map.new(ip_json(ns, "link show"), &{&1["ifindex"], &1["ifname"]})

    for vlans <- all do
      ours =
        for %{info: info} = entry <- vlans.entry do
          first..last//_ = Vlan.vids(entry)
          {first, last, :pvid in info.flags, :untagged in info.flags, to_string(entry.state)}
        end

      theirs =
        for shown <- shown(ns, names[vlans.ifindex]) do
          flags = shown["flags"] || []
          last = shown["vlanEnd"] || shown["vlan"]
          {shown["vlan"], last, "PVID" in flags, "Egress Untagged" in flags, shown["state"]}
        end

      assert ours == theirs
    end

    assert all |> Enum.map(&names[&1.ifindex]) |> Enum.sort() == ~w(br0 v0 vx0)
    assert {:ok, [one]} = Vlan.list(sock, "v0")
    assert inspect(one) in Enum.map(all, &inspect/1)
    assert {:error, %Error{errno: :einval}} = Vlan.list(sock, "v1")
  end

  test "more than fits a message is listed as one", %{ns: ns, sock: sock} do
    :ok = Vlan.add(sock, "v0", {2, 4094})
    # Every other one differs from its neighbours.
    {:ok, results} =
      Batch.run(sock, fn batch ->
        for vid <- 2..4094//2, do: Vlan.set(batch, "v0", vid, state: :blocking)
      end)

    assert Enum.uniq(results) == [:ok]

    assert {:ok, [%Vlan{entry: entries}]} = Vlan.list(sock, "v0")
    assert Enum.map(entries, & &1.info.vid) == Enum.to_list(1..4094)
    assert length(shown(ns, "v0")) == 4094

    {:ok, messages} = Request.talk(sock, 114, 0x300, <<7, 0::56>>)
    assert length(messages) > 3
  end

  test "counters are listed VLAN by VLAN", %{ns: ns, sock: sock} do
    ip!(ns, "link set br0 type bridge vlan_stats_enabled 1")
    :ok = Vlan.add(sock, "br0", {10, 11})
    ip!(ns, "link set br0 type bridge mcast_querier 1")
    exec!(ns, "bash", ["-c", "ip address add 10.0.0.1/24 dev br0; echo > /dev/udp/10.0.0.9/9"])

    {:ok, [vlans]} = Vlan.list(sock, link: "br0", stats: true)
    assert Enum.map(vlans.entry, &Vlan.vids/1) == [1..1, 10..10, 11..11]

    shown = ns |> bridge!("-json -statistics vlan show dev br0") |> JSON.decode!()
    assert [%{"vlans" => [%{"tx_packets" => sent} | _]}] = shown
    assert_in_delta hd(vlans.entry).stats.tx_packets, sent, 5
    assert sent > 0
  end

  test "what holds throughout the bridge", %{ns: ns, sock: sock} do
    :ok = Vlan.add(sock, "v0", {10, 19})

    set = [
      mcast_snooping: false,
      mcast_igmp_version: 3,
      mcast_mld_version: 2,
      mcast_last_member_cnt: 5,
      mcast_startup_query_cnt: 6,
      mcast_last_member_intvl: 700,
      mcast_membership_intvl: 27_000,
      mcast_querier_intvl: 26_500,
      mcast_query_intvl: 13_500,
      mcast_query_response_intvl: 1100,
      mcast_startup_query_intvl: 4000,
      mcast_querier: true
    ]

    for {key, value} = option <- set do
      assert Vlan.set_global(sock, "br0", {12, 14}, [option]) == :ok

      # bridge spells these in full.
      name =
        key
        |> to_string()
        |> String.replace("intvl", "interval")
        |> String.replace("_cnt", "_count")

      number = if is_boolean(value), do: if(value, do: 1, else: 0), else: value

      assert [%{"vlanEnd" => 14, ^name => ^number}] = Enum.filter(global(ns), &(&1["vlan"] == 12))

      {:ok, [vlans]} = Vlan.list_global(sock, "br0")
      options = Enum.find(vlans.global_options, &(&1.id == 12))
      assert {key, Map.fetch!(options, key)} == {key, number}
    end

    {:ok, [vlans]} = Vlan.list_global(sock)
    assert Enum.map(vlans.global_options, &Vlan.vids/1) == [1..1, 10..11, 12..14, 15..19]

    # That of spanning trees is below.
    assert Keyword.keys(Vlan.GlobalOptions.__options__()) -- Keyword.keys(set) == [:msti]
  end

  describe "several spanning trees" do
    # A bridge whose ports have VLANs does not change to them, so not br0.
    setup %{sock: sock} do
      mst = [vlan_filtering: true, multi_boolopt: [mst_enable: true], up: true]
      :ok = Link.create_bridge(sock, "br1", mst)

      for {port, peer} <- [{"w0", "w1"}, {"w2", "w3"}] do
        :ok = Link.create_veth(sock, port, peer, up: true)
        :ok = Link.set(sock, port, master: "br1")
        :ok = Link.set_up(sock, peer)
        :ok = Vlan.add(sock, port, {10, 19})
      end

      :ok
    end

    test "are a switch of the bridge", %{ns: ns, sock: sock} do
      # IFLA_BR_MULTI_BOOLOPT, and BR_BOOLOPT_MST_ENABLE in it.
      for {bridge, on} <- [{"br0", 0}, {"br1", 1}] do
        [%{"ifindex" => index}] = ip_json(ns, "link show dev #{bridge}")
        query = <<0::32, index::native-32, 0::64>>
        {:ok, [%{payload: bytes}]} = Request.talk(sock, 18, 0, query)

        [_, <<switches::native-32, _::binary>>] =
          :binary.split(bytes, <<12::native-16, 46::native-16>>)

        assert {bridge, Bitwise.bsr(switches, 2) |> Bitwise.band(1)} == {bridge, on}
      end

      assert Link.create_bridge(sock, "br2") == :ok
      assert Link.set(sock, "br2", multi_boolopt: [mst_enable: true]) == :ok

      assert {:error, %Error{errno: :ebusy}} =
               Link.set(sock, "br0", multi_boolopt: [mst_enable: true])
    end

    test "hold the VLANs that they are given", %{sock: sock} do
      for {vids, msti} <- [{{12, 14}, 7}, {15, 4095}, {{16, 17}, 1}, {17, 0}],
          do: assert(Vlan.set_global(sock, "br1", vids, msti: msti) == :ok)

      # BRIDGE_VLANDB_GOPTS_ID, _RANGE and _MSTI, which the bridge of Debian 12 does not show.
      raw =
        for %{1 => id, 18 => <<msti::native-16>>} = it when msti != 0 <- raw_global(sock),
            <<first::native-16>> = id,
            <<last::native-16>> = Map.get(it, 2, id),
            do: {first..last, msti}

      assert raw == [{12..14, 7}, {15..15, 4095}, {16..16, 1}]

      {:ok, [vlans]} = Vlan.list_global(sock, "br1")

      assert for(
               %{msti: msti} = it when msti != 0 <- vlans.global_options,
               do: {Vlan.vids(it), msti}
             ) == raw
    end

    test "have each port in a state of its own", %{ns: ns, sock: sock} do
      for {vids, msti} <- [{{12, 14}, 7}, {15, 4095}],
          do: :ok = Vlan.set_global(sock, "br1", vids, msti: msti)

      assert states(ns, "w0", 11..15) == ~w(forwarding disabled disabled disabled disabled)

      for {state, number} <- [listening: 1, learning: 2, forwarding: 3, blocking: 4, disabled: 0] do
        assert Vlan.set_mst(sock, "w0", 7, state: state) == :ok
        assert Vlan.set_mst(sock, "w2", 4095, state: number) == :ok

        name = to_string(state)
        assert states(ns, "w0", 11..15) == ["forwarding", name, name, name, "disabled"]
        assert states(ns, "w2", 14..15) == ["disabled", name]

        # The bridge of Debian 12 does not show these: they are looked for in the kernel's bytes.
        for msti <- [7, 4095], do: assert(trees(sock) =~ tree(msti, number))

        {:ok, ports} = Vlan.list_mst(sock)

        assert for(
                 port <- ports,
                 tree <- port.af_spec.mst,
                 do: {port.name, tree.msti, tree.state}
               ) ==
                 [
                   {"w0", 0, :forwarding},
                   {"w0", 7, state},
                   {"w0", 4095, :disabled},
                   {"w2", 0, :forwarding},
                   {"w2", 7, :disabled},
                   {"w2", 4095, state}
                 ]
      end

      {:ok, [w0, w2]} = Vlan.list_mst(sock)

      for {filter, ports} <- [
            {"br1", [w0, w2]},
            {"w2", [w2]},
            {w0.index, [w0]},
            {[link: "w0", timeout: 1000], [w0]},
            {"br0", []},
            {"v0", []},
            {"w1", []}
          ] do
        {:ok, list} = Vlan.list_mst(sock, filter)

        assert for(it <- list, do: {it.index, it.af_spec.mst}) ==
                 for(it <- ports, do: {it.index, it.af_spec.mst})
      end

      assert {:error, %Error{errno: :enodev}} = Vlan.list_mst(sock, "v9")
    end

    test "are set in a batch", %{ns: ns, sock: sock} do
      for msti <- 1..4, do: :ok = Vlan.set_global(sock, "br1", 10 + msti, msti: msti)

      {:ok, results} =
        Batch.run(sock, fn batch ->
          for {state, msti} <- [learning: 1, forwarding: 2, blocking: 3, listening: 5],
              do: Vlan.set_mst(batch, "w0", msti, state: state)
        end)

      # In the last there is no VLAN.
      assert results == [:ok, :ok, :ok, :ok]
      assert states(ns, "w0", 11..14) == ~w(learning forwarding blocking disabled)
    end

    test "are of ports, and of bridges that have them", %{sock: sock} do
      assert {:error, %Error{errno: :ebusy}} = Vlan.set_mst(sock, "v0", 7, state: :blocking)
      assert {:error, %Error{errno: :eopnotsupp}} = Vlan.set_mst(sock, "w1", 7, state: :blocking)
      assert {:error, %Error{errno: :eopnotsupp}} = Vlan.set_mst(sock, "br1", 7, state: :blocking)
      assert {:error, %Error{errno: :enodev}} = Vlan.set_mst(sock, "v9", 7, state: :blocking)
    end

    test "have the numbers that the kernel takes", %{sock: sock} do
      {:ok, %{index: index}} = Link.get(sock, "w0")

      for {msti, result} <- [{0, :erange}, {1, :ok}, {4095, :ok}, {4096, :erange}] do
        tree = %Link.BridgeMst{msti: msti, state: :blocking}
        body = %Link{family: 7, index: index, af_spec: %Link.BridgeAfSpec{mst: [tree]}}

        case Request.run(sock, 19, 0, body, []) do
          :ok -> assert {msti, result} == {msti, :ok}
          {:error, %Error{errno: errno}} -> assert {msti, result} == {msti, errno}
        end
      end
    end
  end

  test "the ports of multicast routers", %{ns: ns, sock: sock} do
    [%{"ifindex" => index}] = ip_json(ns, "link show dev v0")

    for state <- [0, 1] do
      :ok = Vlan.add(sock, "v0", 20, mcast_router: state)
      assert options(sock, 20).mcast_router_ports == nil
    end

    # The type is the port's own.
    for {number, type} <- [{0, :disabled}, {1, :temp_query}, {2, :perm}, {3, :temp}] do
      ip!(ns, "link set v0 type bridge_slave mcast_router #{number}")
      :ok = Vlan.add(sock, "v0", 20, mcast_router: 2)
      assert %{router: [router]} = options(sock, 20).mcast_router_ports

      assert %{ifindex: ^index, vid: 20, type: ^type, timer: 0, inet_timer: 0, inet6_timer: 0} =
               router
    end
  end

  test "the queriers and the routers that speak up", %{ns: ns, sock: sock} do
    :ok = Vlan.add(sock, "v0", {20, 21})
    [%{"ifindex" => index}] = ip_json(ns, "link show dev v0")
    assert options(sock, 20).mcast_router_ports == nil

    Frames.send!(ns, "v1", [{1, Frames.igmp(0x11, 100, "0.0.0.0", vid: 20)}])
    heard = fn key -> Map.get(options(sock, 20).mcast_querier_state || %{}, key) == index end
    eventually(fn -> heard.(:ip_port) end)
    # The two are told apart by how long ago it was.
    Process.sleep(1500)
    before = System.monotonic_time(:millisecond)
    Frames.send!(ns, "v1", [{1, Frames.mld(130, "::", delay: 1000, vid: 20)}])
    eventually(fn -> heard.(:ipv6_port) end)

    assert %{mcast_querier_state: querier, mcast_router_ports: %{router: [router]}} =
             options(sock, 20)

    # In hundredths of a second, of 255 seconds; the kernel's tick is one, and is rounded.
    passed = div(System.monotonic_time(:millisecond) - before, 10)
    assert {"#{querier.ip_address}", "#{querier.ipv6_address}"} == {"10.0.0.9", "fe80::77"}
    assert querier.ipv6_other_timer in (25_500 - passed - 4)..25_500
    assert querier.ip_other_timer <= querier.ipv6_other_timer - 146

    assert %{ifindex: ^index, vid: 20, type: :temp_query} = router
    assert router.inet6_timer in (25_500 - passed - 4)..25_500
    assert router.inet_timer <= router.inet6_timer - 146
    assert router.timer == router.inet6_timer

    # What bridge says of it, in seconds, a moment later.
    [%{"router_ports" => [%{"port" => "v0", "type" => "temp", "timer" => timer}]}] =
      for %{"vlan" => 20} = it <- global(ns, "-statistics"), do: it

    passed = div(System.monotonic_time(:millisecond) - before, 10)
    timer = round(String.to_float(String.trim(timer)) * 100)
    assert timer in (25_500 - passed - 4)..router.timer
    assert options(sock, 21).mcast_router_ports == nil
  end

  defp bridge!(ns, args), do: exec!(ns, "bridge", args)

  defp shown(ns, link) do
    shown = ns |> bridge!("-json -details vlan show dev #{link}") |> JSON.decode!()
    for %{"ifname" => ^link, "vlans" => vlans} <- shown, vlan <- vlans, do: vlan
  end

  # The ranges of the same flags, p for PVID and u for Egress Untagged.
  defp texts(ns, link) do
    all =
      for %{"vlan" => first} = it <- shown(ns, link), vid <- first..(it["vlanEnd"] || first) do
        flags = it["flags"] || []

        {vid,
         if("PVID" in flags, do: "p", else: "") <>
           if("Egress Untagged" in flags, do: "u", else: "")}
      end

    # VLANs of a range differ by one, as their places do.
    for range <-
          all
          |> Enum.with_index()
          |> Enum.chunk_by(fn {{vid, flags}, at} -> {vid - at, flags} end) do
      {{first, flags}, _} = hd(range)
      {{last, _}, _} = List.last(range)
      String.trim("#{first}#{if last > first, do: "-#{last}"} #{flags}")
    end
  end

  # But for VLAN 1, which every port is given.
  defp added(ns, link), do: Enum.reject(shown(ns, link), &(&1["vlan"] == 1))

  defp tunnels(ns, link) do
    shown = ns |> bridge!("-json vlan tunnelshow dev #{link}") |> JSON.decode!()
    for %{"ifname" => ^link, "tunnels" => tunnels} <- shown, tunnel <- tunnels, do: tunnel
  end

  defp entry(sock, link, vid) do
    {:ok, [vlans]} = Vlan.list(sock, link)
    Enum.find(vlans.entry, &(vid in Vlan.vids(&1)))
  end

  defp options(sock, vid) do
    {:ok, [vlans]} = Vlan.list_global(sock, "br0")
    Enum.find(vlans.global_options, &(vid in Vlan.vids(&1)))
  end

  defp global(ns, more \\ "") do
    shown = ns |> bridge!("-json -details #{more} vlan global show dev br0") |> JSON.decode!()
    for %{"ifname" => "br0", "vlans" => vlans} <- shown, vlan <- vlans, do: vlan
  end

  # BRIDGE_VLANDB_GLOBAL_OPTIONS of all bridges, undecoded.
  defp raw_global(sock) do
    query = <<7, 0::56, 8::native-16, 1::native-16, 2::native-32>>
    {:ok, messages} = Request.talk(sock, 114, 0x300, query)

    for %{payload: <<_::64, options::binary>>} <- messages,
        {0x8002, nest} <- Attr.decode(options),
        do: Map.new(Attr.decode(nest))
  end

  # Of each VLAN, by the ranges that bridge shows.
  defp states(ns, link, vids) do
    shown = shown(ns, link)

    for vid <- vids do
      [state] = for it <- shown, vid in it["vlan"]..(it["vlanEnd"] || it["vlan"]), do: it["state"]
      state
    end
  end

  # IFLA_EXT_MASK with RTEXT_FILTER_MST.
  defp trees(sock) do
    query = <<7, 0::120, 8::native-16, 29::native-16, 0x80::native-32>>
    {:ok, messages} = Request.talk(sock, 18, 0x300, query)
    Enum.map_join(messages, & &1.payload)
  end

  # IFLA_BRIDGE_MST_ENTRY_MSTI and _STATE.
  defp tree(msti, state),
    do: <<6::native-16, 1::native-16, msti::native-16, 0::16, 5::native-16, 2::native-16, state>>

  defp dumped(sock) do
    {:ok, messages} = Request.talk(sock, 114, 0x300, <<7, 0::56>>)
    Enum.map_join(messages, & &1.payload)
  end
end

defmodule Linx.Namespace.Rtnl.LinkInfo.BridgePortTest do
  # Ports of bridges, compared with the kernel's files of the port and, for options without a file,
  # with its bytes.
  use Linx.Test.NamespaceCase, async: true

  alias Linx.MAC
  alias Linx.Netlink.{Attr, Request, Rtnl}
  alias Linx.Netlink.Rtnl.Link
  alias Linx.Netlink.Rtnl.LinkInfo.{Bridge, BridgePort}
  alias Linx.Test.Frames

  setup %{ns: ns, path: path} do
    {:ok, sock} = Rtnl.open({:path, path})

    for {one, other} <- [{"v0", "v1"}, {"w0", "w1"}, {"x0", "x1"}],
        do: ip!(ns, "link add #{one} type veth peer name #{other}")

    %{sock: sock}
  end

  # {option, [{value, value read, content of the file}], file}
  @files [
    # The states that the kernel keeps without a spanning tree.
    {:state, [{:learning, :learning, "2"}, {1, :listening, "1"}, {3, :forwarding, "3"}], "state"},
    {:priority, [{7, 7, "7"}, {63, 63, "63"}, {0, 0, "0"}], "priority"},
    {:cost, [{300, 300, "300"}, {65_535, 65_535, "65535"}, {1, 1, "1"}], "path_cost"},
    {:mode, [{true, true, "1"}, {false, false, "0"}], "hairpin_mode"},
    {:guard, [{true, true, "1"}, {false, false, "0"}], "bpdu_guard"},
    {:protect, [{true, true, "1"}, {false, false, "0"}], "root_block"},
    {:fast_leave, [{true, true, "1"}, {false, false, "0"}], "multicast_fast_leave"},
    {:learning, [{false, false, "0"}, {true, true, "1"}], "learning"},
    {:unicast_flood, [{false, false, "0"}, {true, true, "1"}], "unicast_flood"},
    {:proxyarp, [{true, true, "1"}, {false, false, "0"}], "proxyarp"},
    {:proxyarp_wifi, [{true, true, "1"}, {false, false, "0"}], "proxyarp_wifi"},
    {:multicast_router,
     [{:perm, :perm, "2"}, {3, :temp, "3"}, {:disabled, :disabled, "0"}, {1, :temp_query, "1"}],
     "multicast_router"},
    {:mcast_flood, [{false, false, "0"}, {true, true, "1"}], "multicast_flood"},
    {:mcast_to_ucast, [{true, true, "1"}, {false, false, "0"}], "multicast_to_unicast"},
    {:bcast_flood, [{false, false, "0"}, {true, true, "1"}], "broadcast_flood"},
    {:group_fwd_mask, [{0x4008, 0x4008, "0x4008"}, {0, 0, "0x0"}], "group_fwd_mask"},
    {:neigh_suppress, [{true, true, "1"}, {false, false, "0"}], "neigh_suppress"},
    {:isolated, [{true, true, "1"}, {false, false, "0"}], "isolated"},
    {:backup_port, [{"w0", :w0, "w0"}, {nil, nil, nil}], "backup_port"}
  ]

  # {option, options it needs, [{value, value read, bytes}], IFLA_BRPORT_*}
  @bytes [
    {:vlan_tunnel, [], [{true, true, <<1>>}, {false, false, <<0>>}], 29},
    {:mcast_eht_hosts_limit, [],
     [{0x12345, 0x12345, <<0x12345::native-32>>}, {1, 1, <<1::native-32>>}], 37},
    {:locked, [], [{true, true, <<1>>}, {false, false, <<0>>}], 39},
    {:mab, [learning: true, locked: true], [{true, true, <<1>>}, {false, false, <<0>>}], 40},
    {:mcast_max_groups, [], [{0x12345, 0x12345, <<0x12345::native-32>>}, {0, 0, <<0::32>>}], 42},
    {:neigh_vlan_suppress, [], [{true, true, <<1>>}, {false, false, <<0>>}], 43},
    {:backup_nhid, [], [{0x12345, 0x12345, <<0x12345::native-32>>}, {0, nil, nil}], 44},
    {:neigh_forward_grat, [], [{true, true, <<1>>}, {false, false, <<0>>}], 45}
  ]

  describe "options" do
    setup %{ns: ns} do
      for link <- ~w(v0 v1 w0 w1), do: ip!(ns, "link set #{link} up")
      # The kernel handles a change of the carrier up to a second later, and then enables ports.
      for link <- ~w(v0 v1 w0 w1), do: carrier(ns, link)
      ip!(ns, "link add br0 up type bridge forward_delay 0")
      for port <- ~w(v0 w0), do: ip!(ns, "link set #{port} master br0")
      :ok
    end

    test "options agree with the kernel's files", %{ns: ns, sock: sock} do
      {:ok, %{index: w0}} = Link.get(sock, "w0")

      for {key, values, file} <- @files, {value, read, text} <- values do
        assert {key, value, Link.set(sock, "v0", port: [{key, value}])} == {key, value, :ok}
        read = if read == :w0, do: w0, else: read
        assert {key, value, file(ns, "v0", file)} == {key, value, text}
        assert {key, value, Map.fetch!(port(sock, "v0"), key)} == {key, value, read}
      end
    end

    test "options without a file agree with the kernel's bytes", %{sock: sock} do
      :ok = Link.set(sock, "v0", port: [backup_port: "w0"])

      for {key, needed, values, id} <- @bytes,
          # A kernel reports each option that it has, except IFLA_BRPORT_BACKUP_NHID, which is as
          # old as IFLA_BRPORT_NEIGH_VLAN_SUPPRESS (43).
          is_map_key(raw(sock, "v0"), if(key == :backup_nhid, do: 43, else: id)),
          {value, read, bytes} <- values do
        opts = needed ++ [{key, value}]
        assert {key, value, Link.set(sock, "v0", port: opts)} == {key, value, :ok}
        assert {key, value, raw(sock, "v0")[id]} == {key, value, bytes}
        assert {key, value, Map.fetch!(port(sock, "v0"), key)} == {key, value, read}
      end
    end

    test "each option is tested", %{sock: sock} do
      tested = Enum.map(@files, &elem(&1, 0)) ++ Enum.map(@bytes, &elem(&1, 0))
      # `:flush` is an action, see port_test.exs. `:learning_sync` is for other drivers: a bridge
      # accepts it, and has no such attribute.
      others = [:flush, :learning_sync]
      assert Enum.sort(Keyword.keys(BridgePort.__options__())) == Enum.sort(tested ++ others)

      assert Link.set(sock, "v0", port: [learning_sync: true]) == :ok
      refute is_map_key(raw(sock, "v0"), 11)
      assert port(sock, "v0").learning_sync == nil
    end

    test "wrong options are refused before anything is changed", %{ns: ns, sock: sock} do
      read = port(sock, "v0")

      for {key, values} <- [
            state: [:odd, 5, -1, "forwarding", nil],
            priority: [64, -1, 7.0, "7", nil],
            cost: [0, 65_536, 1.0, nil],
            multicast_router: [4, -1, true],
            group_fwd_mask: [0x10000, -1, 8.0],
            backup_port: [0, 1.0, true],
            backup_nhid: [-1, 0x100000000, nil],
            mcast_eht_hosts_limit: [0, 0x100000000],
            mcast_max_groups: [-1, 0x100000000, 1.0],
            learning: [1, 0, nil, :on],
            mab: [1, "on"],
            flush: [1, nil]
          ],
          value <- values do
        opts = [isolated: true] ++ [{key, value}]

        assert {key, Link.set(sock, "v0", port: opts)} ==
                 {key, {:error, {:bad_option, key, value}}}
      end

      assert {:error, {:unknown_option, :odd}} =
               Link.set(sock, "v0", port: [isolated: true, odd: 1])

      assert {:error, {:bad_option, :port, 7}} = Link.set(sock, "v0", port: 7)
      assert {:error, {:bad_option, :port, [cost: 7]}} = Link.set(sock, "x0", port: [cost: 7])
      assert file(ns, "v0", "isolated") == "0"
      assert %{port(sock, "v0") | status: nil} == %{read | status: nil}
    end

    test "the multicast groups and hosts of a port are counted", %{ns: ns, sock: sock} do
      ip!(ns, "link set br0 type bridge mcast_igmp_version 3")
      ip!(ns, "link set v0 type bridge_slave fastleave on")
      before = port(sock, "v0").status

      if before.mcast_n_groups do
        # Two hosts join a group with one source, one host joins another group with two.
        for {host, group, sources} <- [
              {"10.0.0.7", "239.1.1.1", ["10.0.1.1"]},
              {"10.0.0.8", "239.1.1.1", ["10.0.1.1"]},
              {"10.0.0.7", "239.1.1.2", ["10.0.1.1", "10.0.1.2"]}
            ] do
          Frames.send!(ns, "v1", [{1, Frames.igmp3(host, group, sources)}])
        end

        eventually(fn -> port(sock, "v0").status.mcast_eht_hosts_cnt >= 3 end)

        {status, shown} =
          unchanged(fn -> exec!(ns, "bridge", "mdb show") end, fn -> port(sock, "v0").status end)

        assert status.mcast_eht_hosts_cnt == 3
        assert status.mcast_n_groups == length(Regex.scan(~r/ port v0 /, shown))
        assert status.mcast_n_groups >= before.mcast_n_groups + 5
      end
    end
  end

  test "the spanning tree's fields agree with the kernel's files", %{ns: ns, sock: sock} do
    # br1 is the root bridge; br2 reaches it through br0.
    for {bridge, priority, ports} <- [
          {"br0", 9, ~w(v0 w0 x0)},
          {"br1", 1, ~w(v1 w1)},
          {"br2", 20, ~w(x1)}
        ] do
      ip!(
        ns,
        "link add #{bridge} type bridge stp_state 1 priority #{priority} forward_delay 3000"
      )

      for port <- ports do
        ip!(ns, "link set #{port} master #{bridge}")
        ip!(ns, "link set #{port} type bridge_slave cost 300 priority 7")
        ip!(ns, "link set #{port} up")
      end
    end

    for bridge <- ~w(br0 br1 br2), do: ip!(ns, "link set #{bridge} up")

    # For half a minute the ports listen, except for w0: it leads to the root as v0 does, and is
    # blocked. br2 learns of the root from br0.
    eventually(fn ->
      ports = Map.new(~w(v0 w0 x0 v1 w1 x1), &{&1, port(sock, &1)})

      ports["x1"].status.designated_cost == 300 and
        for({port, %{state: state}} <- ports, state != :listening, do: {port, state}) ==
          [{"w0", :blocking}]
    end)

    seen = for port <- ~w(v0 w0 x0 v1 w1 x1), do: {port, status(ns, sock, port)}
    # x1 has the cost of the path through br0; its root is not its designated bridge.
    %{status: x1} = Map.new(seen)["x1"]
    assert x1.designated_cost == 300
    assert x1.root_id != x1.bridge_id
    assert {x1.id, x1.no, x1.designated_port} == {7 * 1024 + 1, 1, 7 * 1024 + 3}

    for timer <- [:message_age_timer, :forward_delay_timer, :hold_timer],
        do: runs(ns, sock, timer)
  end

  # The port, compared with the files. The comparison is repeated if a field has changed.
  defp status(ns, sock, port, tries \\ 100) do
    %BridgePort{status: status} = read = port(sock, port)
    {:enum, states} = elem(BridgePort.__options__()[:state], 0)

    mine = [
      state: "#{states[read.state]}",
      priority: "#{read.priority}",
      path_cost: "#{read.cost}",
      designated_root: id(status.root_id),
      designated_bridge: id(status.bridge_id),
      designated_port: "#{status.designated_port}",
      designated_cost: "#{status.designated_cost}",
      port_id: hex(status.id),
      port_no: hex(status.no),
      change_ack: if(status.topology_change_ack, do: "1", else: "0"),
      config_pending: if(status.config_pending, do: "1", else: "0")
    ]

    shown = for {name, _} <- mine, do: {name, file(ns, port, "#{name}")}

    if mine != shown and tries > 0 do
      status(ns, sock, port, tries - 1)
    else
      assert {port, mine} == {port, shown}
      read
    end
  end

  # A running timer: the value of the file lies between two readings.
  defp runs(ns, sock, timer) do
    eventually(fn ->
      Enum.any?(~w(v0 v1), fn port ->
        first = Map.fetch!(port(sock, port).status, timer)
        shown = String.to_integer(file(ns, port, "#{timer}"))
        last = Map.fetch!(port(sock, port).status, timer)
        last > 0 and shown in last..first//1
      end)
    end)
  end

  defp hex(number), do: "0x" <> String.downcase(Integer.to_string(number, 16))

  defp id(%Bridge.Id{priority: priority} = id) do
    mac = id |> Bridge.Id.address() |> MAC.to_string() |> String.replace(":", "")
    String.pad_leading(String.downcase(Integer.to_string(priority, 16)), 4, "0") <> "." <> mac
  end

  defp port(sock, name) do
    {:ok, %{linkinfo: %{slave_kind: "bridge", slave_data: port}}} = Link.get(sock, name)
    port
  end

  defp file(ns, port, name) do
    case exec!(ns, "sh", ["-c", "cat /sys/class/net/#{port}/brport/#{name}"]) |> String.trim() do
      "" -> nil
      text -> text
    end
  end

  # The attributes of IFLA_INFO_SLAVE_DATA, undecoded.
  defp raw(sock, name) do
    query = [<<0::128>>, Attr.encode([{3, name <> <<0>>}])]
    {:ok, [%{payload: <<_::128, attrs::binary>>}]} = Request.talk(sock, 18, 0, query)
    attrs |> nest(18) |> nest(5) |> Attr.decode() |> Map.new()
  end

  defp nest(attrs, id) do
    [nest] = for {type, bytes} <- Attr.decode(attrs), Bitwise.band(type, 0x3FFF) == id, do: bytes
    nest
  end
end

defmodule Linx.Netlink.Rtnl.LinkTest do
  use ExUnit.Case, async: true

  alias Linx.{IP, LinkAddress, MAC}
  alias Linx.Netlink.Attr
  alias Linx.Netlink.Rtnl.{Link, LinkInfo, Route}
  alias Linx.Netlink.Rtnl.LinkInfo.{Bridge, Gre, Macvlan, Veth, Vlan, Vxlan}
  alias Linx.Netlink.Rtnl.Stats.Link64

  doctest Link
  doctest Bridge.Id
  doctest LinkInfo.Macsec
  doctest Macvlan
  doctest LinkInfo.Ipvlan

  # Arguments are checked before the socket is used, so no socket is needed.
  @no_socket :no_socket

  describe "on the wire" do
    test "the header is struct ifinfomsg" do
      link = %Link{family: 1, type: 2, index: 3, flags: 4, change: 5}

      assert Link.encode(link) ==
               <<1, 0, 2::native-16, 3::native-signed-32, 4::native-32, 5::native-32>>
    end

    test "attributes have the kernel's numbers and widths" do
      link = %Link{
        address: %MAC{bytes: <<2, 0, 0, 0, 0, 1>>},
        name: "eth0",
        mtu: 1500,
        link: 7,
        master: 8,
        net_ns_pid: 9,
        txqlen: 10,
        operstate: :up,
        link_netnsid: -1
      }

      assert <<_header::binary-16, attributes::binary>> = Link.encode(link)

      assert Attr.decode(attributes) |> Enum.sort() == [
               {1, <<2, 0, 0, 0, 0, 1>>},
               {3, "eth0\0"},
               {4, <<1500::native-32>>},
               {5, <<7::native-32>>},
               {10, <<8::native-32>>},
               {13, <<10::native-32>>},
               {16, <<6>>},
               {19, <<9::native-32>>},
               {37, <<-1::native-signed-32>>}
             ]
    end

    test "attributes of grouped structs are on one level with the others" do
      link = %Link{
        limits: %Link.Limits{max_mtu: 9000},
        hardware: %Link.Hardware{parent_dev_name: "0000:00:03.0"},
        request: %Link.Request{net_ns_fd: 3}
      }

      <<_header::binary-16, attributes::binary>> = bytes = Link.encode(link)

      assert Attr.decode(attributes) |> Enum.sort() ==
               [{28, <<3::native-32>>}, {51, <<9000::native-32>>}, {56, "0000:00:03.0\0"}]

      assert Link.decode(bytes) == link
    end

    test "the data of a kind decode to the module of that kind" do
      for {kind, data} <- [
            {"macvlan", %Macvlan{mode: 4}},
            {"macvtap", %Macvlan{mode: 4}},
            {"veth", %Veth{peer: %Link{name: "far"}}},
            {"vlan", %Vlan{id: 7, protocol: :"802.1ad"}},
            {"ip6gre",
             %Gre{remote: %IP{family: :inet6, bytes: <<1::128>>}, ikey: 7, iflags: [:key]}}
          ] do
        link = %Link{linkinfo: %LinkInfo{kind: kind, info_data: data}}
        assert Link.decode(Link.encode(link)) == link
      end
    end

    test "the data of the oldest kinds lack NLA_F_NESTED, the data of others have it" do
      assert %{2 => _} = info_attributes("vlan", %Vlan{id: 7})
      assert %{0x8002 => _} = info_attributes("bridge", %Bridge{stp_state: :kernel})
    end

    test "data of an unknown kind are bytes" do
      bytes = <<0::128>> <> Attr.encode([{18, Attr.encode([{1, "new\0"}, {2, "raw"}])}])
      assert Link.decode(bytes).linkinfo == %LinkInfo{kind: "new", info_data: "raw"}
    end

    test "ports, protocols and keys are in network byte order" do
      assert LinkInfo.Vxlan.encode(%Vxlan{port: 4789}) ==
               <<6::native-16, 15::native-16, 4789::16, 0, 0>>

      assert Vlan.encode(%Vlan{protocol: :"802.1q"}) ==
               <<6::native-16, 5::native-16, 0x8100::16, 0, 0>>

      assert Gre.encode(%Gre{ikey: 1}) == <<8::native-16, 4::native-16, 1::32>>
    end

    test "attributes of AF_BRIDGE messages decode to structs of bridges" do
      vlan = Attr.encode([{2, <<2::native-16, 7::native-16>>}])
      bytes = <<7, 0::120>> <> Attr.encode([{0x801A, vlan}, {0x800C, Attr.encode([{1, <<3>>}])}])

      assert %Link{
               af_spec: %Link.BridgeAfSpec{vlan_info: [%Link.BridgeVlan{flags: [:pvid], vid: 7}]},
               protinfo: %LinkInfo.BridgePort{state: :forwarding}
             } = Link.decode(bytes)
    end

    test "every struct is a flat map of at most 32 keys" do
      for module <- modules(), function_exported?(module, :__codec__, 0) do
        assert map_size(struct(module)) <= 32, "#{inspect(module)} has more than 31 fields"
      end
    end
  end

  describe "Link64" do
    test "decodes the counters that are present and ignores additional ones" do
      assert %Link64{rx_packets: nil} = Link64.decode(<<>>)

      assert %Link64{rx_packets: 1, tx_packets: nil} =
               Link64.decode(<<1::native-64, 2::native-32>>)

      all = for n <- 1..26, into: <<>>, do: <<n::native-64>>
      assert %Link64{rx_packets: 1, rx_otherhost_dropped: 25} = Link64.decode(all)
    end

    test "encodes to 200 bytes, nil as 0" do
      assert Link64.encode(%Link64{}) == <<0::1600>>
      assert <<0::native-64, 5::native-64, 0::1472>> = Link64.encode(%Link64{tx_packets: 5})
    end

    test "decodes and encodes inside a link as it does alone" do
      counters = for n <- 1..25, into: <<>>, do: <<n * 0x100000000::native-64>>

      for length <- 0..200//4, part = binary_part(counters, 0, length) do
        assert Link.decode(<<0::128>> <> Attr.encode([{23, part}])).stats64 == Link64.decode(part)
      end

      stats = Link64.decode(counters)
      <<_header::binary-16, attributes::binary>> = Link.encode(%Link{stats64: stats})
      assert Attr.decode(attributes) == [{23, counters}]
    end

    test "lists its counters in the order of the kernel's struct" do
      assert [:rx_packets, :tx_packets, :rx_bytes | _] = Link64.__counters__()
      assert length(Link64.__counters__()) == 25
    end
  end

  describe "before the socket is used," do
    test "invalid names are refused" do
      for name <- ["", "a\0b", "a/b", "a b", "a:b", ".", "..", "sixteen bytes it", "a\xA0"] do
        assert Link.create(@no_socket, name, :dummy) == {:error, {:bad_name, name}}
        assert Link.set_name(@no_socket, "eth0", name) == {:error, {:bad_name, name}}
      end

      assert Link.create_veth(@no_socket, "a", "b\0") == {:error, {:bad_name, "b\0"}}
      assert Link.get(@no_socket, "a\0b") == {:error, {:bad_name, "a\0b"}}
      assert Link.set_up(@no_socket, "a\0b") == {:error, {:bad_name, "a\0b"}}

      long = String.duplicate("x", 128)
      assert Link.add_alt_name(@no_socket, "eth0", long) == {:error, {:bad_name, long}}
      assert Link.add_alt_name(@no_socket, "eth0", "") == {:error, {:bad_name, ""}}
      assert Link.delete_alt_name(@no_socket, "eth0", "a\0") == {:error, {:bad_name, "a\0"}}
    end

    test "invalid modes are refused" do
      assert Link.create_macvlan(@no_socket, "m", "eth0", :odd) == {:error, {:bad_mode, :odd}}
      assert Link.create_ipvlan(@no_socket, "i", "eth0", :odd) == {:error, {:bad_mode, :odd}}
      assert Link.create_bond(@no_socket, "b", mode: 7) == {:error, {:bad_mode, 7}}
    end

    test "invalid addresses are refused" do
      assert Link.set_address(@no_socket, "eth0", "nonsense") == {:error, {:bad_mac, "nonsense"}}
      assert Link.create_dummy(@no_socket, "d", address: "02:") == {:error, {:bad_mac, "02:"}}

      assert Link.create_dummy(@no_socket, "d", address: 2) ==
               {:error, {:bad_option, :address, 2}}

      assert Link.create_gre(@no_socket, "g", remote: "10.1") == {:error, {:bad_address, "10.1"}}

      assert Link.create_gre(@no_socket, "g", remote: "::1") ==
               {:error, {:bad_option, :remote, "::1"}}

      assert Link.create_ip6gre(@no_socket, "g", remote: "10.0.0.1") ==
               {:error, {:bad_option, :remote, "10.0.0.1"}}
    end

    test "unknown, missing, mistyped and out-of-range options are refused" do
      for {kind, opts, reason} <- [
            {:dummy, [id: 7], {:unknown_option, :id}},
            {:dummy, [name: "x"], {:unknown_option, :name}},
            {:dummy, [alias: "x"], {:unknown_option, :alias}},
            {:dummy, [mtu: 0], {:bad_option, :mtu, 0}},
            {:dummy, [up: 1], {:bad_option, :up, 1}},
            {:dummy, [master: ~c"br0"], {:bad_option, :master, ~c"br0"}},
            {:dummy, [info_data: %Vlan{}], {:bad_option, :info_data, %Vlan{}}},
            {:vlan, [id: 7], {:missing_option, :parent}},
            {:vlan, [parent: "eth0"], {:missing_option, :id}},
            {:vlan, [parent: "eth0", id: 4095], {:bad_option, :id, 4095}},
            {:vlan, [parent: "eth0", id: 1, flags: [gvrp: 1]], {:bad_option, :flags, [gvrp: 1]}},
            {:vlan, [parent: "eth0", id: 1, egress_qos: [{1}]],
             {:bad_option, :egress_qos, [{1}]}},
            {:vrf, [], {:missing_option, :table}},
            {:vxlan, [id: 0x1000000], {:bad_option, :id, 0x1000000}},
            {:vxlan, [id: 1, port_range: {9, 8}], {:bad_option, :port_range, {9, 8}}},
            {:vxlan, [id: 1, df: :maybe], {:bad_option, :df, :maybe}},
            {:vxlan, [id: 1, reserved_bits: <<0>>], {:bad_option, :reserved_bits, <<0>>}},
            {:bridge, [fdb_flush: true], {:unknown_option, :fdb_flush}},
            {:veth, [peer: [mtu: 0]], {:bad_option, :mtu, 0}},
            {:macvlan, [parent: "eth0", macaddr_data: ["x"]], {:bad_mac, "x"}},
            {:macvlan, [parent: "eth0", flags: [:odd]], {:bad_option, :flags, [:odd]}}
          ] do
        assert Link.create(@no_socket, "x", kind, opts) == {:error, reason}
      end

      assert Link.set(@no_socket, "x", index: 7) == {:error, {:unknown_option, :index}}
      assert Link.list(@no_socket, color: 1) == {:error, {:unknown_option, :color}}
      assert Link.get(@no_socket, "x", kind: "veth") == {:error, {:unknown_option, :kind}}
      assert Link.set_alias(@no_socket, "x", String.duplicate("x", 256)) |> elem(0) == :error
    end

    test "invalid namespaces are refused" do
      assert Link.move_to_netns(@no_socket, "x", {:path, "a\0"}) == {:error, {:bad_path, "a\0"}}
      assert Link.move_to_netns(@no_socket, "x", {:path, ""}) == {:error, {:bad_path, ""}}
      assert Link.move_to_netns(@no_socket, "x", -1) == {:error, {:bad_option, :netns, -1}}
    end

    test "arguments of a wrong type raise FunctionClauseError" do
      assert_raise FunctionClauseError, fn -> Link.create_vlan(@no_socket, "v", "eth0", 4095) end
      assert_raise FunctionClauseError, fn -> Link.create_vlan(@no_socket, "v", "eth0", 0) end
      assert_raise FunctionClauseError, fn -> Link.set_mtu(@no_socket, "v", 0) end
      assert_raise FunctionClauseError, fn -> apply(Link, :set_mtu, [@no_socket, "v", "1500"]) end
    end
  end

  describe "accessors return" do
    test "flags and the operational state by name" do
      assert Link.flags(%Link{flags: 0x11043}) == [
               :up,
               :broadcast,
               :running,
               :multicast,
               :lower_up
             ]

      assert Link.flags(%Link{flags: nil}) == []
      assert Link.operstate(%Link{}) == :unknown
      assert Link.operstate(%Link{operstate: 99}) == :unknown
      refute Link.up?(%Link{flags: 0x1042})
    end

    test "settings of the address families by name" do
      assert %{forwarding: 1, mc_forwarding: 0} == Link.Inet.settings(%Link.Inet{conf: [1, 0]})
      assert Link.Inet6.settings(%Link.Inet6{conf: [0, 64, 1500]})[:hop_limit] == 64
      assert Link.Inet6.settings(nil) == %{}
    end
  end

  test "options that set bits of another option add to it, in any order" do
    given = [key: 7, iflags: [:seq], okey: 8, oflags: [:csum]]

    for opts <- [given, Enum.reverse(given), [iflags: [:seq]] ++ List.delete_at(given, 1)] do
      {:ok, draft} = Link.Options.cast_new("g0", "gre", opts)
      {:ok, draft} = Link.Options.resolve(draft, @no_socket, [])
      {:ok, link} = Link.Options.to_request(draft, %Link{}, &{:ok, &1})
      %Gre{iflags: iflags, oflags: oflags} = Gre.decode(Gre.encode(link.linkinfo.info_data))
      assert {Enum.sort(iflags), Enum.sort(oflags)} == {[:key, :seq], [:csum, :key]}
    end
  end

  describe "addresses of other lengths than six bytes" do
    # struct ifinfomsg, IFLA_IFNAME, IFLA_ADDRESS, IFLA_BROADCAST, IFLA_PERM_ADDRESS and, under
    # IFLA_LINKINFO and IFLA_INFO_SLAVE_DATA, IFLA_BOND_SLAVE_PERM_HWADDR of an InfiniBand port of
    # a bond (ARPHRD_INFINIBAND 32, 20 bytes).
    test "are read and written unchanged" do
      guid = <<0x80, 0, 0, 0x48, 0xFE, 0x80, 0::48, 2, 0xC9, 3, 0, 0, 0, 0, 1>>
      all = <<0, 0xFF, 0xFF, 0xFF, 0xFF, 0x12, 0x40, 0x1B, 0xFF, 0xFF, 0::64, 0xFFFF::16>>

      info = Attr.encode([{4, "bond\0"}, {5, Attr.encode([{4, guid}])}])

      bytes =
        <<0, 0, 32::native-16, 9::native-32, 0x1043::native-32, 0::32>> <>
          Attr.encode([{1, guid}, {3, "ib0\0"}, {18, info}, {2, all}, {54, guid}])

      link = Link.decode(bytes)
      assert link.address == %LinkAddress{bytes: guid}
      assert link.broadcast == %LinkAddress{bytes: all}
      assert link.hardware.perm_address == %LinkAddress{bytes: guid}
      assert link.linkinfo.slave_data.perm_hwaddr == %LinkAddress{bytes: guid}
      assert Link.decode(Link.encode(link)) == link

      assert to_string(link.address) ==
               "80:00:00:48:fe:80:00:00:00:00:00:00:02:c9:03:00:00:00:00:01"
    end

    test "are gateways of MPLS routes" do
      via = fn bytes -> <<17::native-16, bytes::binary>> end

      for {bytes, gateway} <- [
            {<<2, 0, 0, 0, 0, 9>>, %MAC{bytes: <<2, 0, 0, 0, 0, 9>>}},
            {<<192, 0, 2, 9>>, %LinkAddress{bytes: <<192, 0, 2, 9>>}},
            {<<1::160>>, %LinkAddress{bytes: <<1::160>>}},
            {<<>>, nil}
          ] do
        assert Route.gateway(%Route{via: via.(bytes)}) == gateway
        assert Route.Path.gateway(%Route.Path{via: via.(bytes)}) == gateway
      end
    end
  end

  describe "addresses and names that are numbers on the wire" do
    test "are returned as one value, or nil when truncated" do
      id = Bridge.Id.decode(<<0x80, 0, 2, 0, 0, 0, 0, 7>>)
      assert {id.priority, Bridge.Id.address(id)} == {0x8000, %MAC{bytes: <<2, 0, 0, 0, 0, 7>>}}
      assert Bridge.Id.address(Bridge.Id.decode(<<0x80, 0, 2, 0, 0>>)) == nil

      vf = Link.Vf.Address.decode(<<1::native-32, 2, 0, 0, 0, 0, 9, 0::208>>)
      assert {vf.vf, Link.Vf.Address.address(vf)} == {1, %MAC{bytes: <<2, 0, 0, 0, 0, 9>>}}
      assert Link.Vf.Address.address(Link.Vf.Address.decode(<<1::native-32>>)) == nil
      assert Link.Vf.Address.encode(vf) == <<1::native-32, 2, 0, 0, 0, 0, 9, 0::208>>

      # struct ifla_vf_mac and struct ifla_vf_broadcast of an InfiniBand card.
      guid = <<0x80, 0, 0, 0x66, 0xFE, 0x80, 0::48, 0x24, 0x8A, 7, 3, 0, 0xA4, 0x3E, 0x7C>>
      vf = Link.Vf.Address.decode(<<1::native-32, guid::binary, 0::96>>)
      assert Link.Vf.Address.address(vf, 20) == %LinkAddress{bytes: guid}
      all = Link.Vf.Broadcast.decode(<<guid::binary, 0::96>>)
      assert Link.Vf.Broadcast.address(all, 20) == %LinkAddress{bytes: guid}
      assert Link.Vf.Broadcast.address(Link.Vf.Broadcast.decode(<<1>>), 20) == nil

      limits = LinkInfo.Can.BittimingConst.decode("sja1000" <> <<0::72>> <> <<0::256>>)
      assert LinkInfo.Can.BittimingConst.name(limits) == "sja1000"
      assert LinkInfo.Can.BittimingConst.name(LinkInfo.Can.BittimingConst.decode("sja")) == nil
    end
  end

  describe "inspect" do
    test "shows name, index, state, MTU and kind" do
      link = %Link{name: "eth0", index: 2, flags: 1, mtu: 1500, linkinfo: %LinkInfo{kind: "veth"}}
      assert inspect(link) == ~s(#Linx.Netlink.Rtnl.Link<"eth0" (2\) UP MTU=1500 kind=veth>)
    end

    test "leaves out unknown fields" do
      assert inspect(%Link{}) == "#Linx.Netlink.Rtnl.Link<(0) DOWN>"
      assert inspect(%Link{linkinfo: %LinkInfo{}}) == "#Linx.Netlink.Rtnl.Link<(0) DOWN>"
    end
  end

  describe "documentation" do
    test "lists every option of a kind" do
      # The options of `Link` itself are documented in `Link.Options`, one of these modules.
      for module <- modules() -- [Link], function_exported?(module, :__options__, 0) do
        {:docs_v1, _, _, _, %{"en" => text}, _, _} = Code.fetch_docs(module)
        for {name, _row} <- module.__options__(), do: assert(text =~ "  * `:#{name}` - ")
      end
    end
  end

  defp info_attributes(kind, data) do
    info = LinkInfo.encode(%LinkInfo{kind: kind, info_data: data})
    Map.new(Attr.decode(info))
  end

  defp modules do
    {:ok, modules} = :application.get_key(:linx, :modules)

    for module <- modules,
        inspect(module) =~ ~r/^Linx.Netlink.Rtnl.(Link|LinkInfo|Stats.Link64)(\.|$)/,
        do: Code.ensure_loaded!(module)
  end
end

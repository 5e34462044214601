defmodule Linx.Netlink.Rtnl.VlanTest do
  use ExUnit.Case, async: true

  import Linx.Test.Bytes, only: [sigil_X: 2]

  alias Linx.Netlink.Attr
  alias Linx.Netlink.Rtnl.Link.BridgeRouterPort
  alias Linx.Netlink.Rtnl.Vlan
  alias Linx.Netlink.Rtnl.Vlan.{Entry, GlobalOptions, Info, Query, RouterPorts}
  alias Linx.Netlink.Rtnl.Vlan.{Stats, TunnelInfo}

  doctest Vlan

  # Arguments are checked before the socket is used, so no socket is needed.
  @no_socket :no_socket

  # VLAN 1 and the VLANs made by `bridge vlan add dev vx0 vid 13-15 tunnel_info id 5013-5015`, as
  # Linux 7.2 dumps them, without `struct nlmsghdr`.
  @port ~X"""
  07 00 00 00  05 00 00 00                              # bridge, index 5
  3c 00 01 80                                           # BRIDGE_VLANDB_ENTRY
  08 00 01 00  06 00 01 00                              # INFO: pvid, untagged, 1
  05 00 03 00  03 00 00 00                              # STATE: forwarding
  05 00 09 00  00 00 00 00  05 00 0a 00  00 00 00 00    # NEIGH_SUPPRESS, NEIGH_FORWARD_GRAT
  05 00 06 00  01 00 00 00                              # MCAST_ROUTER
  08 00 07 00  00 00 00 00  08 00 08 00  00 00 00 00    # MCAST_N_GROUPS, MCAST_MAX_GROUPS
  50 00 01 80                                           # BRIDGE_VLANDB_ENTRY
  08 00 01 00  00 00 0d 00  06 00 02 00  0f 00 00 00    # INFO: 13, RANGE: to 15
  05 00 03 00  03 00 00 00                              # STATE: forwarding
  0c 00 04 80  08 00 01 00  95 13 00 00                 # TUNNEL_INFO: ID 5013
  05 00 09 00  00 00 00 00  05 00 0a 00  00 00 00 00
  05 00 06 00  01 00 00 00
  08 00 07 00  00 00 00 00  08 00 08 00  00 00 00 00
  """

  # VLANs 10 to 11 after `bridge vlan global set vid 10-11 mcast_querier 1`, from the same kernel.
  @global ~X"""
  07 00 00 00  04 00 00 00                              # bridge, index 4
  b4 00 02 80                                           # BRIDGE_VLANDB_GLOBAL_OPTIONS
  06 00 01 00  0a 00 00 00  06 00 02 00  0b 00 00 00    # ID 10, RANGE to 11
  05 00 03 00  01 00 00 00                              # MCAST_SNOOPING
  05 00 04 00  03 00 00 00  08 00 06 00  02 00 00 00    # MCAST_IGMP_VERSION, LAST_MEMBER_CNT
  08 00 07 00  02 00 00 00  05 00 0f 00  01 00 00 00    # STARTUP_QUERY_CNT, MCAST_QUERIER
  20 00 11 80  08 00 01 00  00 00 00 00                 # MCAST_QUERIER_STATE
               14 00 05 00  fe 80 00 00  00 00 00 00
               cc ca dc ff  fe 31 02 d2
  0c 00 08 00  64 00 00 00  00 00 00 00                 # MCAST_LAST_MEMBER_INTVL
  0c 00 0a 00  90 65 00 00  00 00 00 00                 # MCAST_MEMBERSHIP_INTVL
  0c 00 0b 00  9c 63 00 00  00 00 00 00                 # MCAST_QUERIER_INTVL
  0c 00 0c 00  70 17 00 00  00 00 00 00                 # MCAST_QUERY_INTVL
  0c 00 0d 00  e8 03 00 00  00 00 00 00                 # MCAST_QUERY_RESPONSE_INTVL
  0c 00 0e 00  35 0c 00 00  00 00 00 00                 # MCAST_STARTUP_QUERY_INTVL
  05 00 05 00  01 00 00 00  06 00 12 00  00 00 00 00    # MCAST_MLD_VERSION, MSTI
  """

  describe "on the wire" do
    test "the VLANs of a port decode to the kernel's fields" do
      assert %Vlan{family: 7, ifindex: 5, entry: [one, many], global_options: nil} =
               Vlan.decode(@port)

      assert one == %Entry{
               info: %Info{flags: [:pvid, :untagged], vid: 1},
               state: :forwarding,
               neigh_suppress: false,
               neigh_forward_grat: false,
               mcast_router: :temp_query,
               mcast_n_groups: 0,
               mcast_max_groups: 0
             }

      assert %Entry{info: %Info{flags: []}, tunnel_info: %TunnelInfo{id: 5013}} = many
      assert Enum.map([one, many], &Vlan.vids/1) == [1..1, 13..15]
    end

    test "global options of a bridge decode to the kernel's fields" do
      assert %Vlan{entry: nil, global_options: [options]} = Vlan.decode(@global)

      assert %GlobalOptions{
               mcast_snooping: true,
               mcast_igmp_version: 3,
               mcast_mld_version: 1,
               mcast_last_member_cnt: 2,
               mcast_last_member_intvl: 100,
               mcast_membership_intvl: 26_000,
               mcast_querier_intvl: 25_500,
               mcast_query_intvl: 6000,
               mcast_query_response_intvl: 1000,
               mcast_startup_query_cnt: 2,
               mcast_startup_query_intvl: 3125,
               mcast_querier: true,
               msti: 0
             } = options

      assert to_string(options.mcast_querier_state.ipv6_address) == "fe80::ccca:dcff:fe31:2d2"
      assert Vlan.vids(options) == 10..11
    end

    test "further attributes have the kernel's numbers" do
      entry = %Entry{
        stats: %Stats{rx_bytes: 1, rx_packets: 2, tx_bytes: 3, tx_packets: 4},
        tunnel_info: %TunnelInfo{cmd: 17},
        mcast_n_groups: 7,
        mcast_max_groups: 8,
        neigh_suppress: 9,
        neigh_forward_grat: 10
      }

      assert [
               {7, <<7::native-32>>},
               {8, <<8::native-32>>},
               {9, <<9>>},
               {10, <<10>>},
               {0x8004, tunnel},
               {0x8005, stats}
             ] = entry |> Entry.encode() |> Attr.decode() |> Enum.sort()

      assert Attr.decode(tunnel) == [{2, <<17::native-32>>}]
      assert Attr.decode(stats) == for(n <- 1..4, do: {n, <<n::native-64>>})
    end

    test "the ports of multicast routers are in two levels of nested attributes" do
      # The payload of MCAST_ROUTER_PORTS after `bridge vlan set vid 20 dev v0 mcast_router 2`.
      ports = ~X"""
      34 00 02 00  30 00 01 00  03 00 00 00               # MDBA_ROUTER, MDBA_ROUTER_PORT: index 3
      08 00 01 00  00 00 00 00  05 00 02 00  01 00 00 00  # MDBA_ROUTER_PATTR_TIMER, _TYPE
      08 00 03 00  00 00 00 00  08 00 04 00  00 00 00 00  # _INET_TIMER, _INET6_TIMER
      06 00 05 00  14 00 00 00                            # _VID
      """

      assert RouterPorts.decode(ports) == %RouterPorts{
               router: [
                 %BridgeRouterPort{
                   ifindex: 3,
                   timer: 0,
                   type: :temp_query,
                   inet_timer: 0,
                   inet6_timer: 0,
                   vid: 20
                 }
               ]
             }
    end

    test "a query has the attribute BRIDGE_VLANDB_DUMP_FLAGS" do
      assert Query.encode(%Query{family: 7, ifindex: 3, flags: [:stats, :global]}) ==
               <<7, 0, 0, 0, 3::native-32, 8::native-16, 1::native-16, 3::native-32>>
    end

    test "a decoded message encodes to the same size, and decodes to the same values" do
      for bytes <- [@port, @global] do
        assert bytes |> Vlan.decode() |> Vlan.encode() |> Vlan.decode() == Vlan.decode(bytes)
        assert bytes |> Vlan.decode() |> Vlan.encode() |> byte_size() == byte_size(bytes)
      end
    end

    test "a truncated message decodes or raises ArgumentError" do
      for bytes <- [@port, @global], size <- 0..byte_size(bytes) do
        try do
          assert %Vlan{} = Vlan.decode(binary_part(bytes, 0, size))
        rescue
          ArgumentError -> :ok
        end
      end
    end
  end

  describe "before the socket is used," do
    test "invalid VLAN IDs are refused" do
      for vids <- [
            0,
            -1,
            4095,
            0x10001,
            {1, 4095},
            {0, 5},
            {4095, 4095},
            {0, 0},
            {5, 4},
            0..5,
            4094..4095,
            1..9//2,
            5..4//-1,
            5..4//1,
            10.0,
            {10.0, 19},
            {10, 19.0},
            {10.0, 10.0},
            "1",
            {"1", "2"},
            nil,
            {10, nil},
            {},
            {1, 2, 3},
            [10, 11]
          ] do
        reason = {:bad_option, :vids, vids}
        assert Vlan.add(@no_socket, "v0", vids) == {:error, reason}
        assert Vlan.delete(@no_socket, "v0", vids) == {:error, reason}
        assert Vlan.set(@no_socket, "v0", vids, state: :blocking) == {:error, reason}
        assert Vlan.set_global(@no_socket, "br0", vids, msti: 1) == {:error, reason}
      end
    end

    test "invalid instances and states of spanning trees are refused" do
      for msti <- [0, -1, 4096, 7.0, "7", nil, {1, 2}, 1..2] do
        assert Vlan.set_mst(@no_socket, "v0", msti, state: :blocking) ==
                 {:error, {:bad_option, :msti, msti}}
      end

      for {opts, reason} <- [
            {[], {:missing_option, :state}},
            {[state: :odd], {:bad_option, :state, :odd}},
            {[state: 5], {:bad_option, :state, 5}},
            {[state: -1], {:bad_option, :state, -1}},
            {[state: nil], {:bad_option, :state, nil}},
            {[state: :blocking, odd: 1], {:unknown_option, :odd}}
          ] do
        assert Vlan.set_mst(@no_socket, "v0", 7, opts) == {:error, reason}
      end

      for msti <- [-1, 4096, 1.0, nil] do
        assert Vlan.set_global(@no_socket, "br0", 10, msti: msti) ==
                 {:error, {:bad_option, :msti, msti}}
      end

      assert Vlan.list_mst(@no_socket, odd: 1) == {:error, {:unknown_option, :odd}}
      assert Vlan.list_mst(@no_socket, stats: true) == {:error, {:unknown_option, :stats}}
    end

    test "invalid options are refused" do
      for {opts, reason} <- [
            {[odd: 1], {:unknown_option, :odd}},
            {[pvid: 1], {:bad_option, :pvid, 1}},
            {[untagged: nil], {:bad_option, :untagged, nil}},
            {[state: :odd], {:bad_option, :state, :odd}},
            {[mcast_router: 3], {:bad_option, :mcast_router, 3}},
            {[mcast_router: :temp], {:bad_option, :mcast_router, :temp}},
            {[tunnel_id: 0x1000000], {:bad_option, :tunnel_id, 0x1000000}},
            {[neigh_suppress: 1], {:bad_option, :neigh_suppress, 1}}
          ] do
        assert Vlan.add(@no_socket, "v0", 10, opts) == {:error, reason}
      end

      # The tunnel ID of the last VLAN in the range exceeds 24 bits.
      for vids <- [{10, 19}, 10..19] do
        assert Vlan.set(@no_socket, "vx0", vids, tunnel_id: 0xFFFFF7) ==
                 {:error, {:bad_option, :tunnel_id, 0xFFFFF7}}
      end

      assert Vlan.set(@no_socket, "v0", 10, pvid: true) == {:error, {:unknown_option, :pvid}}
      assert Vlan.delete(@no_socket, "v0", 10, pvid: true) == {:error, {:unknown_option, :pvid}}

      assert Vlan.set_global(@no_socket, "br0", 10, mcast_igmp_version: 1) ==
               {:error, {:bad_option, :mcast_igmp_version, 1}}

      assert Vlan.list(@no_socket, odd: 1) == {:error, {:unknown_option, :odd}}
      assert Vlan.list(@no_socket, stats: 1) == {:error, {:bad_option, :stats, 1}}
      assert Vlan.list_global(@no_socket, stats: true) == {:error, {:unknown_option, :stats}}
    end
  end

  test "inspect shows the VLANs" do
    assert inspect(Vlan.decode(@port)) ==
             "#Linx.Netlink.Rtnl.Vlan<ifindex=5 1 pvid untagged, 13-15>"

    assert inspect(Vlan.decode(@global)) == "#Linx.Netlink.Rtnl.Vlan<ifindex=4 10-11>"
    assert inspect(%Vlan{}) == "#Linx.Netlink.Rtnl.Vlan<ifindex=0>"
  end
end

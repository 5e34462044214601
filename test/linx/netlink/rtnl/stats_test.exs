defmodule Linx.Netlink.Rtnl.StatsTest do
  use ExUnit.Case, async: true

  import Linx.Test.Bytes, only: [sigil_X: 2]

  alias Linx.Netlink.Attr
  alias Linx.Netlink.Rtnl.Stats
  alias Linx.Netlink.Rtnl.Stats.{AfSpec, Link64, Offload, Setting, Xstats}
  alias Linx.Netlink.Rtnl.Stats.Xstats.Bridge

  doctest Stats

  # Arguments are checked before the socket is used, so no socket is needed.
  @no_socket :no_socket

  # Statistics of a port of the bridge made by `ip link add br0 type bridge
  # mcast_stats_enabled 1`, requested with filter mask 5, as Linux 6.18 dumps them, without
  # `struct nlmsghdr`. `@zero` is one counter of value zero.
  @zero "0000000000000000"
  @port ~X"""
        00 00 00 00  03 00 00 00  05 00 00 00   # family, index 3, filter mask
        cc 00 01 00                             # IFLA_STATS_LINK_64
        09 00 00 00  00 00 00 00  16 00 00 00  00 00 00 00   # 9 packets received, 22 sent
        d6 02 00 00  00 00 00 00  f4 06 00 00  00 00 00 00   # 726 and 1780 bytes
        """ <>
          Base.decode16!(String.duplicate(@zero, 21)) <>
          ~X"""
          30 01 03 00  2c 01 01 00                # IFLA_STATS_LINK_XSTATS_SLAVE, of a bridge
          f4 00 02 00                             # BRIDGE_XSTATS_MCAST
          """ <>
          Base.decode16!(String.duplicate(@zero, 13)) <>
          ~X"""
          02 00 00 00  00 00 00 00                # 2 IGMPv3 reports sent
          """ <>
          Base.decode16!(String.duplicate(@zero, 9)) <>
          ~X"""
          04 00 00 00  00 00 00 00                # 4 MLDv2 reports received
          04 00 00 00  00 00 00 00                # and 4 sent
          """ <>
          Base.decode16!(String.duplicate(@zero, 5)) <>
          ~X"""
          34 00 04 00                             # BRIDGE_XSTATS_STP
          """ <>
          Base.decode16!(String.duplicate(@zero, 6))

  describe "on the wire" do
    test "the counters of a link decode from their positions in the kernel's struct" do
      assert %Stats{ifindex: 3, filter_mask: 5, link: %Link64{} = link} = Stats.decode(@port)

      assert {link.rx_packets, link.tx_packets, link.rx_bytes, link.tx_bytes} ==
               {9, 22, 726, 1780}

      assert link.rx_otherhost_dropped == 0
    end

    test "the counters of a bridge port decode from their positions in the kernel's structs" do
      assert %Stats{link_xstats: nil, link_xstats_slave: %Xstats{bond: nil, bridge: bridge}} =
               Stats.decode(@port)

      assert %Bridge{vlan: nil, mcast: mcast, stp: %Bridge.Stp{tx_bpdu: 0}} = bridge

      assert %Bridge.Mcast{
               igmp_v3reports_tx: 2,
               mld_v2reports_rx: 4,
               mld_v2reports_tx: 4,
               mld_parse_errors: 0
             } = mcast
    end

    test "counters are kept by encoding and decoding" do
      # The kernel does not set NLA_F_NESTED here, and the encoder does: bytes are not compared.
      assert @port |> Stats.decode() |> Stats.encode() |> Stats.decode() == Stats.decode(@port)
    end

    test "every group has the kernel's attribute numbers" do
      vlan = %Bridge.Vlan{
        rx_bytes: 1,
        rx_packets: 2,
        tx_bytes: 3,
        tx_packets: 4,
        vid: 5,
        flags: []
      }

      stats = %Stats{
        link_xstats: %Xstats{
          bridge: %Bridge{vlan: [vlan, %{vlan | flags: [:pvid]}]},
          bond: %Xstats.Bond{"3ad": %Xstats.Bond.Lacp{lacpdu_rx: 1, marker_unknown_rx: 9}}
        },
        link_offload_xstats: %Offload{
          cpu_hit: %Link64{rx_packets: 1},
          hw_s_info: %Offload.HwInfos{l3_stats: %Offload.HwInfo{request: 1, used: 0}},
          l3_stats: %Offload.Hw64{multicast: 9}
        },
        af_spec: %AfSpec{mpls: %AfSpec.Mpls{link: %AfSpec.Mpls.Link{rx_noroute: 9}}}
      }

      <<0::96, attributes::binary>> = Stats.encode(stats)
      assert [{0x8002, xstats}, {0x8004, offload}, {0x8005, af_spec}] = Attr.decode(attributes)

      assert [{0x8001, bridge}, {0x8002, bond}] = Attr.decode(xstats)
      assert [{1, one}, {1, _two}] = Attr.decode(bridge)

      assert one ==
               <<1::native-64, 2::native-64, 3::native-64, 4::native-64, 5::native-16, 0::48>>

      assert [{0x8001, lacp}] = Attr.decode(bond)
      assert Attr.decode(lacp) == [{0, <<1::native-64>>}, {8, <<9::native-64>>}]

      assert [{1, <<_::1600>>}, {0x8002, info}, {3, <<0::512, 9::native-64>>}] =
               Attr.decode(offload)

      assert Attr.decode(info) == [{0x8003, Attr.encode([{1, <<1>>}, {2, <<0>>}])}]

      assert [{0x801C, mpls}] = Attr.decode(af_spec)
      assert Attr.decode(mpls) == [{1, <<0::512, 9::native-64>>}]

      assert %{stats | link_offload_xstats: nil} ==
               %{Stats.decode(Stats.encode(stats)) | link_offload_xstats: nil}
    end

    # Counters that no available driver increments: bytes written by hand, in which the value of
    # each counter is its position in the C struct. Counters that are incremented are compared in
    # test/namespace/rtnl/stats.
    for {module, size, places} <- [
          {Link64, 25,
           rx_packets: 1,
           rx_over_errors: 12,
           rx_missed_errors: 16,
           tx_heartbeat_errors: 20,
           tx_window_errors: 21,
           rx_compressed: 22,
           tx_compressed: 23},
          {Offload.Hw64, 9,
           rx_packets: 1,
           tx_packets: 2,
           rx_bytes: 3,
           tx_bytes: 4,
           rx_errors: 5,
           tx_errors: 6,
           rx_dropped: 7,
           tx_dropped: 8,
           multicast: 9},
          {AfSpec.Mpls.Link, 9, tx_dropped: 8},
          {Bridge.Mcast, 30,
           mcast_bytes_rx: 27, mcast_bytes_tx: 28, mcast_packets_rx: 29, mcast_packets_tx: 30}
        ] do
      test "#{inspect(module)} has the positions of its C struct" do
        bytes = for place <- 1..unquote(size), into: <<>>, do: <<place::native-64>>
        struct = unquote(module).decode(bytes)

        for {name, place} <- unquote(places),
            do: assert({name, Map.fetch!(struct, name)} == {name, place})

        assert unquote(module).encode(struct) == bytes
      end
    end

    test "counters of hardware and of bonds have the kernel's attribute numbers" do
      link64 = for place <- 1..25, into: <<>>, do: <<place::native-64>>
      hw64 = for place <- 101..109, into: <<>>, do: <<place::native-64>>

      # IFLA_OFFLOAD_XSTATS_CPU_HIT, _HW_S_INFO with _REQUEST and _USED of group 3, _L3_STATS.
      info = Attr.encode([{0x8003, Attr.encode([{1, <<0>>}, {2, <<1>>}])}])
      offload = Attr.encode([{1, link64}, {0x8002, info}, {3, hw64}])

      # BOND_3AD_STAT_* of BOND_XSTATS_3AD of LINK_XSTATS_TYPE_BOND.
      lacp = Attr.encode(for id <- 0..8, do: {id, <<id + 201::native-64>>})
      bond = Attr.encode([{2, Attr.encode([{1, lacp}])}])

      stats = Stats.decode(<<0::96>> <> Attr.encode([{4, offload}, {2, bond}]))

      assert %Offload{cpu_hit: hit, hw_s_info: info, l3_stats: l3} = stats.link_offload_xstats
      assert {hit.rx_packets, hit.tx_compressed, hit.rx_otherhost_dropped} == {1, 23, 25}
      assert info.l3_stats == %Offload.HwInfo{request: false, used: true}
      assert {l3.rx_packets, l3.multicast} == {101, 109}

      assert stats.link_xstats.bond == %Xstats.Bond{
               "3ad": %Xstats.Bond.Lacp{
                 lacpdu_rx: 201,
                 lacpdu_tx: 202,
                 lacpdu_unknown_rx: 203,
                 lacpdu_illegal_rx: 204,
                 marker_rx: 205,
                 marker_tx: 206,
                 marker_resp_rx: 207,
                 marker_resp_tx: 208,
                 marker_unknown_rx: 209
               }
             }
    end

    test "a setting encodes to an attribute of one byte" do
      assert Setting.encode(%Setting{ifindex: 3, set_offload_xstats_l3_stats: 1}) ==
               <<0::32, 3::native-32, 0::32, 5::native-16, 2::native-16, 1, 0, 0, 0>>
    end

    test "truncated statistics decode or raise ArgumentError" do
      for size <- 0..byte_size(@port) do
        try do
          assert %Stats{} = stats = Stats.decode(binary_part(@port, 0, size))
          assert is_binary(inspect(stats))
        rescue
          ArgumentError -> :ok
        end
      end
    end
  end

  test "invalid options are errors before the socket is used" do
    for {opts, reason} <- [
          {[odd: 1], {:unknown_option, :odd}},
          {[groups: []], {:bad_option, :groups, []}},
          {[groups: :link_64], {:bad_option, :groups, :link_64}},
          {[groups: [:link_64, :odd]], {:bad_option, :groups, [:link_64, :odd]}}
        ] do
      assert Stats.get(@no_socket, "lo", opts) == {:error, reason}
      assert Stats.list(@no_socket, opts) == {:error, reason}
    end

    for {opts, reason} <- [
          {[], {:missing_option, :l3_stats}},
          {[odd: 1], {:unknown_option, :odd}},
          {[l3_stats: 1], {:bad_option, :l3_stats, 1}}
        ] do
      assert Stats.set(@no_socket, "lo", opts) == {:error, reason}
    end
  end

  test "inspect shows packets and bytes" do
    assert inspect(Stats.decode(@port)) ==
             "#Linx.Netlink.Rtnl.Stats<ifindex=3 rx=9p/726B tx=22p/1780B>"

    assert inspect(%Stats{ifindex: 2, link: %Link64{}}) ==
             "#Linx.Netlink.Rtnl.Stats<ifindex=2 rx=0p/0B tx=0p/0B>"

    assert inspect(%Stats{ifindex: 2}) == "#Linx.Netlink.Rtnl.Stats<ifindex=2>"
  end
end

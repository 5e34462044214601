defmodule Linx.Netlink.Rtnl.RouteTest do
  # Routes as bytes and as values.
  use ExUnit.Case, async: true

  import Linx.Test.Bytes, only: [sigil_X: 2]

  alias Linx.IP
  alias Linx.Netlink.Attr
  alias Linx.Netlink.Rtnl.{Protocol, Route}
  alias Linx.Netlink.Rtnl.Route.{Cacheinfo, Lookup, Metrics, MfcStats, Mpls, Path}

  doctest Route
  doctest Mpls
  doctest Path
  doctest Protocol

  # The route made by `ip route add 10.5.0.0/16 nexthop via 10.0.0.2 dev v0 weight 3
  # nexthop via inet6 fe80::2 dev v0`, as Linux 6.18 dumps it, without `struct nlmsghdr`.
  @multipath ~X"""
  02 10 00 00  fe 03 00 01  00 00 00 00   # inet /16, main, boot, universe, unicast
  08 00 0f 00  fe 00 00 00                # RTA_TABLE
  08 00 01 00  0a 05 00 00                # RTA_DST
  34 00 09 00                             # RTA_MULTIPATH
  10 00 00 02  03 00 00 00                #   16 bytes, weight 3, index 3
  08 00 05 00  0a 00 00 02                #   RTA_GATEWAY
  20 00 00 00  03 00 00 00                #   32 bytes, weight 1, index 3
  16 00 12 00  0a 00 fe 80  00 00 00 00   #   RTA_VIA, inet6
               00 00 00 00  00 00 00 00
               00 02 00 00
  """

  # The route made by `ip route add 10.9.0.0/16 via 10.0.0.2 metric 50 mtu lock 1400 congctl reno
  # table 5000 src 10.0.0.1 realms 3/4 proto static`.
  @metrics ~X"""
  02 10 00 00  fc 04 00 01  00 00 00 00   # inet /16, compat, static, universe, unicast
  08 00 0f 00  88 13 00 00                # RTA_TABLE
  08 00 01 00  0a 09 00 00                # RTA_DST
  08 00 06 00  32 00 00 00                # RTA_PRIORITY
  20 00 08 00                             # RTA_METRICS
  08 00 01 00  04 00 00 00                #   RTAX_LOCK
  08 00 02 00  78 05 00 00                #   RTAX_MTU
  09 00 10 00  72 65 6e 6f  00 00 00 00   #   RTAX_CC_ALGO, three bytes of padding
  08 00 07 00  0a 00 00 01                # RTA_PREFSRC
  08 00 05 00  0a 00 00 02                # RTA_GATEWAY
  08 00 04 00  03 00 00 00                # RTA_OIF
  08 00 0b 00  04 00 03 00                # RTA_FLOW
  """

  # The route made by `ip route add fd06::/64 from fd00::/16 dev v0 expires 500 pref high`.
  @inet6 ~X"""
  0a 40 10 00  fe 03 00 01  00 00 00 00   # inet6 /64 from /16, main, boot, universe, unicast
  08 00 0f 00  fe 00 00 00                # RTA_TABLE
  14 00 01 00  fd 06 00 00  00 00 00 00   # RTA_DST
               00 00 00 00  00 00 00 00
  14 00 02 00  fd 00 00 00  00 00 00 00   # RTA_SRC
               00 00 00 00  00 00 00 00
  08 00 06 00  00 04 00 00                # RTA_PRIORITY
  08 00 04 00  03 00 00 00                # RTA_OIF
  24 00 0c 00  00 00 00 00  00 00 00 00   # RTA_CACHEINFO
               50 c3 00 00  00 00 00 00
               00 00 00 00  00 00 00 00
               00 00 00 00  00 00 00 00
  05 00 14 00  01 00 00 00                # RTA_PREF, three bytes of padding
  """

  @captured [@multipath, @metrics, @inet6]

  describe "on the wire" do
    test "routes decode to the kernel's fields" do
      assert %Route{
               family: 2,
               dst_len: 16,
               table: 254,
               protocol: 3,
               type: 1,
               oif: nil,
               multipath: [first, second]
             } = Route.decode(@multipath)

      assert first == %Path{
               len: 16,
               flags: [],
               hops: 2,
               ifindex: 3,
               gateway: ip("10.0.0.2")
             }

      assert {Path.gateway(first), Path.weight(first)} == {ip("10.0.0.2"), 3}
      assert {Path.gateway(second), Path.weight(second)} == {ip("fe80::2"), 1}

      assert Route.decode(@metrics) == %Route{
               family: 2,
               dst_len: 16,
               table: 252,
               protocol: 4,
               type: 1,
               dst: ip("10.9.0.0"),
               oif: 3,
               gateway: ip("10.0.0.2"),
               priority: 50,
               table_ext: 5000,
               prefsrc: ip("10.0.0.1"),
               metrics: %Metrics{lock: [:mtu], mtu: 1400, cc_algo: "reno"},
               flow: 0x30004
             }

      assert Route.decode(@inet6) == %Route{
               family: 10,
               dst_len: 64,
               src_len: 16,
               table: 254,
               protocol: 3,
               type: 1,
               dst: ip("fd06::"),
               src: ip("fd00::"),
               oif: 3,
               priority: 1024,
               table_ext: 254,
               pref: :high,
               cacheinfo: %Cacheinfo{expires: 50_000}
             }
    end

    test "a decoded route encodes to the same attributes" do
      for bytes <- @captured do
        assert bytes |> Route.decode() |> Route.encode() |> attributes() == attributes(bytes)
      end
    end

    test "a truncated route decodes or raises ArgumentError" do
      for bytes <- @captured, size <- 0..byte_size(bytes) do
        try do
          assert %Route{} = Route.decode(binary_part(bytes, 0, size))
        rescue
          ArgumentError -> :ok
        end
      end
    end

    test "attributes have the kernel's numbers and widths" do
      route = %Route{
        flags: 0x1000,
        via: <<10::native-16, 1::128>>,
        expires: 7,
        nh_id: 8,
        lookup: %Lookup{
          iif: 1,
          mark: 2,
          uid: 3,
          ip_proto: :tcp,
          sport: 4,
          dport: 5,
          flowlabel: 6
        },
        mfc_stats: %MfcStats{packets: 1, bytes: 2, wrong_if: 3},
        encap_type: :xfrm,
        mpls: %Mpls{newdst: [0x64100], ttl_propagate: true}
      }

      assert <<_header::binary-8, 0x1000::native-32, attributes::binary>> = Route.encode(route)

      assert attributes |> Attr.decode() |> Enum.sort() == [
               {3, <<1::native-32>>},
               {16, <<2::native-32>>},
               {17, <<1::native-64, 2::native-64, 3::native-64>>},
               {18, <<10::native-16, 1::128>>},
               {19, <<0x64100::32>>},
               {21, <<10::native-16>>},
               {23, <<7::native-32>>},
               {25, <<3::native-32>>},
               {26, <<1>>},
               {27, <<6>>},
               {28, <<4::16>>},
               {29, <<5::16>>},
               {30, <<8::native-32>>},
               {31, <<6::32>>}
             ]

      assert Route.decode(Route.encode(route)) == route
    end

    test "every struct is a flat map of at most 32 keys" do
      for module <- [Route, Path, Metrics, Lookup, Mpls] do
        assert map_size(struct(module)) <= 32
      end
    end

    test "the fields of 0.2.0 come first, in their order" do
      %{header: header, attrs: attrs} = Route.__codec__()

      assert Enum.map(header, &elem(&1, 1)) ==
               ~w(family dst_len src_len tos table protocol scope type flags)a

      assert Enum.take(attrs, 5) == [
               {1, :dst, IP},
               {4, :oif, :u32},
               {5, :gateway, IP},
               {6, :priority, :u32},
               {15, :table_ext, :u32}
             ]
    end
  end

  test "paths are the list of RTA_MULTIPATH, a list of one gateway, or empty" do
    assert Route.paths(Route.decode(@multipath)) == Route.decode(@multipath).multipath

    assert [%Path{ifindex: 3, flags: [:onlink]} = hop] =
             Route.paths(%Route{oif: 3, gateway: ip("10.0.0.1"), flags: 0x1004})

    assert Path.gateway(hop) == ip("10.0.0.1")
    assert Route.paths(%Route{type: 6}) == []
  end

  test "inspect shows the fields that distinguish routes" do
    dst = ip("10.5.0.0")

    for {route, text} <- [
          {%Route{
             dst: dst,
             dst_len: 24,
             gateway: ip("10.0.0.1"),
             oif: 2,
             table: 100,
             priority: 50,
             protocol: 4
           }, "10.5.0.0/24 via 10.0.0.1 oif=2 table=100 metric=50 proto=4"},
          {%Route{table: 254, protocol: 3}, "default"},
          {%Route{table: 254, dst_len: 8, protocol: 3}, "?"},
          {%Route{table: 0, table_ext: 5000, protocol: 3}, "default table=5000"},
          {%Route{table: 254, protocol: 3, via: <<10::native-16, 1::128>>}, "default via ::1"},
          {%Route{table: 254, protocol: 3, multipath: [%Path{}, %Path{}], nh_id: 7},
           "default nexthops=2 nhid=7"},
          {%Route{table: 254, protocol: 3, dst: dst, dst_len: 16, type: 6},
           "10.5.0.0/16 type=blackhole"},
          {%Route{
             family: 28,
             table: 254,
             protocol: 3,
             dst: %IP{family: :inet, bytes: <<0x64100::32>>},
             dst_len: 20
           }, "label 100"}
        ] do
      assert inspect(route) == "#Linx.Netlink.Rtnl.Route<#{text}>"
    end
  end

  defp ip(text) do
    {:ok, ip} = IP.parse(text)
    ip
  end

  defp attributes(<<header::binary-12, attributes::binary>>) do
    # The kernel sets NLA_F_NESTED in few nested attributes, so the flag is removed.
    {header, attributes |> Attr.decode() |> Enum.map(&unmarked/1) |> Enum.sort()}
  end

  defp unmarked({type, payload}), do: {rem(type, 0x8000), payload}
end

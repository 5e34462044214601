defmodule Linx.Netlink.Rtnl.RouteTest do
  use ExUnit.Case, async: true

  import Linx.Netlink.Bytes, only: [sigil_X: 2]

  alias Linx.IP
  alias Linx.Netlink.Attr
  alias Linx.Netlink.Rtnl.Route

  alias Linx.Netlink.Rtnl.Route.{
    Cacheinfo,
    Mpls,
    Query,
    Lookup,
    Metrics,
    MfcStats,
    Path,
    Requests
  }

  doctest Route
  doctest Mpls
  doctest Path

  # What is checked before the socket is used needs none.
  @no_socket :no_socket

  # Of `ip route add 10.5.0.0/16 nexthop via 10.0.0.2 dev v0 weight 3
  # nexthop via inet6 fe80::2 dev v0`, as Linux 6.18 dumps it, past `struct nlmsghdr`.
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

  # Of `ip route add 10.9.0.0/16 via 10.0.0.2 metric 50 mtu lock 1400 congctl reno table 5000
  # src 10.0.0.1 realms 3/4 proto static`.
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

  # Of `ip route add fd06::/64 from fd00::/16 dev v0 expires 500 pref high`.
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

  defp ip(text) do
    {:ok, ip} = IP.parse(text)
    ip
  end

  describe "on the wire" do
    test "the kernel's routes are read" do
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

    test "what is read is written with the same attributes" do
      for bytes <- @captured do
        assert bytes |> Route.decode() |> Route.encode() |> attributes() == attributes(bytes)
      end
    end

    test "cut anywhere, it is a route or an ArgumentError" do
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
        mpls: %Mpls{newdst: [0x64100], ttl_propagate: 1}
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

    test "every struct is a flat map" do
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

  defp attributes(<<header::binary-12, attributes::binary>>) do
    # The kernel marks few nests as such.
    {header, attributes |> Attr.decode() |> Enum.map(&unmarked/1) |> Enum.sort()}
  end

  defp unmarked({type, payload}), do: {rem(type, 0x8000), payload}

  describe "a route to be written" do
    test "is unicast, of boot, in main, and universe" do
      assert Route.build("10.9.0.0", 16, "10.0.0.1", 0) ==
               {:ok,
                %Route{
                  family: 2,
                  dst_len: 16,
                  table: 254,
                  protocol: 3,
                  scope: 0,
                  type: 1,
                  dst: ip("10.9.0.0"),
                  gateway: ip("10.0.0.1")
                }}

      assert {:ok, %Route{family: 10, dst_len: 0, scope: 255}} =
               Route.build("::", 0, ip("fd00::1"), 255)
    end

    test "has a table beyond 255 in the attribute alone" do
      for {table, byte, extended} <- [
            {1, 1, nil},
            {255, 255, nil},
            {256, 0, 256},
            {0xFFFFFFFF, 0, 0xFFFFFFFF}
          ] do
        {:ok, route} = Route.build("10.9.0.0", 16, "10.0.0.1", 0, table: table)
        assert {route.table, route.table_ext} == {byte, extended}
        assert Route.target_table(route) == table
      end
    end

    test "has protocols by number or name" do
      names = [redirect: 1, kernel: 2, boot: 3, static: 4, ra: 9, dhcp: 16, bgp: 186]

      for {name, number} <- names, given <- [name, number] do
        {:ok, route} = Route.build("10.9.0.0", 16, "10.0.0.1", 0, protocol: given)
        assert route.protocol == number
        assert Route.protocol(route) == name
      end
    end

    test "of IPv4 reaches as far as its type and gateway say" do
      for {gateway, opts, scope} <- [
            {"10.0.0.1", [], 0},
            {nil, [dev: 3], 253},
            {nil, [dev: 3, via: "fe80::1"], 0},
            {nil, [nh_id: 3], 0},
            {nil, [nexthops: [[dev: 3]]], 0},
            {nil, [type: :blackhole], 0},
            {nil, [type: :local, dev: 3], 254},
            {nil, [type: :broadcast, dev: 3], 253},
            {nil, [type: 2, dev: 3, scope: :link], 253},
            {"10.0.0.1", [scope: 200], 200}
          ] do
        {:ok, {route, _links}} = Route.Options.cast("10.9.0.0", 16, gateway, opts, :write)
        assert {opts, route.scope} == {opts, scope}
      end

      {:ok, {route, _links}} = Route.Options.cast("fd09::", 16, nil, [dev: 3], :write)
      assert route.scope == 0
    end

    test "has a gateway of its own family in RTA_GATEWAY, of another in RTA_VIA" do
      {:ok, {route, []}} = Route.Options.cast("10.9.0.0", 16, nil, [via: "10.0.0.1"], :write)
      assert {route.gateway, route.via} == {ip("10.0.0.1"), nil}

      {:ok, {route, []}} = Route.Options.cast("10.9.0.0", 16, nil, [via: ip("fe80::1")], :write)
      assert {route.gateway, Route.gateway(route)} == {nil, ip("fe80::1")}
    end

    test "to be deleted leaves open what is not given" do
      {:ok, {route, []}} = Route.Options.cast("10.9.0.0", 16, nil, [], :delete)
      assert {route.scope, route.protocol, route.type} == {255, 0, 0}

      opts = [protocol: :static, type: :blackhole, scope: :host]
      {:ok, {route, []}} = Route.Options.cast("10.9.0.0", 16, nil, opts, :delete)
      assert {route.scope, route.protocol, route.type} == {254, 4, 6}
    end

    test "is said to be wrong in the order of its parts" do
      for {args, reason} <- [
            {["10.9.0", 99, "fd00::1", [table: 0]], {:bad_address, "10.9.0"}},
            {["10.9.0.0", 99, "x", [table: 0]], {:bad_address, "x"}},
            {["10.9.0.0", 99, "fd00::1", [table: 0]], {:family_mismatch, {:inet, :inet6}}},
            {["fd09::", 129, "10.0.0.1", []], {:family_mismatch, {:inet6, :inet}}},
            {["10.9.0.0", 33, "10.0.0.1", [table: 0]], {:bad_prefix, 33}},
            {["fd09::", 129, nil, []], {:bad_prefix, 129}},
            {["fd09::", -1, nil, []], {:bad_prefix, -1}},
            {["fd09::", "64", nil, []], {:bad_prefix, "64"}},
            {["10.9.0.0", 16, nil, [metric: -1, protocol: 256, table: 0]],
             {:bad_option, :table, 0}},
            {["10.9.0.0", 16, nil, [table: 0x100000000]], {:bad_option, :table, 0x100000000}},
            {["10.9.0.0", 16, nil, [table: :mian]], {:bad_option, :table, :mian}},
            {["10.9.0.0", 16, nil, [metric: -1, protocol: 256]], {:bad_option, :protocol, 256}},
            {["10.9.0.0", 16, nil, [protocol: :bgpd]], {:bad_option, :protocol, :bgpd}},
            {["10.9.0.0", 16, nil, [bogus: 1, metric: -1]], {:bad_option, :metric, -1}},
            {["10.9.0.0", 16, nil, [bogus: 1]], {:unknown_option, :bogus}},
            {["10.9.0.0", 16, nil, [type: :nonsense]], {:bad_option, :type, :nonsense}},
            {["10.9.0.0", 16, nil, [scope: 256]], {:bad_option, :scope, 256}},
            {["10.9.0.0", 16, nil, [tos: 256]], {:bad_option, :tos, 256}},
            {["10.9.0.0", 16, nil, [dev: 0]], {:bad_option, :dev, 0}},
            {["10.9.0.0", 16, nil, [prefsrc: "fd00::1"]], {:bad_option, :prefsrc, "fd00::1"}},
            {["10.9.0.0", 16, nil, [prefsrc: "fd00"]], {:bad_address, "fd00"}},
            {["10.9.0.0", 16, "10.0.0.1", [via: "fe80::1"]], {:bad_option, :via, "fe80::1"}},
            {["10.9.0.0", 16, nil, [via: "fe80"]], {:bad_address, "fe80"}},
            {["10.9.0.0", 16, nil, [via: 7]], {:bad_option, :via, 7}},
            {["fd09::", 16, nil, [from: "fd00::/129"]], {:bad_cidr, "fd00::/129"}},
            {["fd09::", 16, nil, [from: "fd00"]], {:bad_address, "fd00"}},
            {["fd09::", 16, nil, [from: "10.0.0.0/8"]], {:bad_option, :from, "10.0.0.0/8"}},
            {["10.9.0.0", 16, nil, [realms: {1, 65_536}]], {:bad_option, :realms, {1, 65_536}}},
            {["10.9.0.0", 16, nil, [metrics: [mtu: -1]]], {:bad_option, :mtu, -1}},
            {["10.9.0.0", 16, nil, [metrics: [lock: [:mut]]]], {:bad_option, :lock, [:mut]}},
            {["10.9.0.0", 16, nil, [metrics: [mut: 1]]], {:unknown_option, :mut}},
            {["10.9.0.0", 16, nil, [metrics: 1]], {:bad_option, :metrics, 1}},
            {["10.9.0.0", 16, nil, [nexthops: []]], {:bad_option, :nexthops, []}},
            {["10.9.0.0", 16, nil, [nexthops: [7]]], {:bad_option, :nexthops, 7}},
            {["10.9.0.0", 16, nil, [nexthops: [[weight: 257]]]], {:bad_option, :weight, 257}},
            {["10.9.0.0", 16, nil, [nexthops: [[gateway: "fd00::1"]]]],
             {:family_mismatch, {:inet, :inet6}}},
            {["10.9.0.0", 16, nil, [encap: {:gre, []}]], {:bad_option, :encap, {:gre, []}}}
          ] do
        for verb <- [:add, :replace, :append, :change, :delete] do
          assert {args, apply(Route, verb, [@no_socket | args])} == {args, {:error, reason}}
        end
      end
    end

    test "a default route has the family of its gateway, or the one asked for" do
      for verb <- [:add_default, :delete_default] do
        assert apply(Route, verb, [@no_socket, "10.0.0"]) == {:error, {:bad_address, "10.0.0"}}

        assert apply(Route, verb, [@no_socket, nil, [family: :unix]]) ==
                 {:error, {:bad_option, :family, :unix}}

        assert apply(Route, verb, [@no_socket, "10.0.0.1", [table: 0]]) ==
                 {:error, {:bad_option, :table, 0}}
      end
    end

    test "purely has links by index alone" do
      assert {:ok, %Route{oif: 3}} = Route.build("10.9.0.0", 16, nil, 0, dev: 3)

      assert Route.build("10.9.0.0", 16, nil, 0, dev: "eth0") ==
               {:error, {:bad_option, :dev, "eth0"}}
    end
  end

  test "an unknown or bad option of reading is an error before anything is sent" do
    for {opts, reason} <- [
          {[bogus: 1], {:unknown_option, :bogus}},
          {[table: 0], {:bad_option, :table, 0}},
          {[protocol: :nobody], {:bad_option, :protocol, :nobody}},
          {[type: 12], {:bad_option, :type, 12}},
          {[family: :ipx], {:bad_option, :family, :ipx}},
          {[cached: 1], {:bad_option, :cached, 1}}
        ] do
      assert Route.list(@no_socket, opts) == {:error, reason}
      assert Route.flush(@no_socket, opts) == {:error, reason}
      assert_raise ArgumentError, fn -> Route.stream!(@no_socket, opts) end
    end

    for {opts, reason} <- [
          {[bogus: 1], {:unknown_option, :bogus}},
          {[from: "fd00::1"], {:bad_option, :from, "fd00::1"}},
          {[from: "10.0.0"], {:bad_address, "10.0.0"}},
          {[fib_match: 1], {:bad_option, :fib_match, 1}},
          {[ip_proto: :nonsense], {:bad_option, :ip_proto, :nonsense}},
          {[dport: 0], {:bad_option, :dport, 0}},
          {[tos: 300], {:bad_option, :tos, 300}}
        ] do
      assert Route.get(@no_socket, "10.9.0.1", opts) == {:error, reason}
    end

    assert Route.get(@no_socket, "10.9.0") == {:error, {:bad_address, "10.9.0"}}
  end

  test "a kernel that does not filter is made up for" do
    routes = [
      %Route{family: 2, table: 254, protocol: 4, type: 1, oif: 3},
      %Route{family: 2, table: 252, table_ext: 5000, protocol: 4, type: 1, oif: 4},
      %Route{family: 2, table: 254, protocol: 186, type: 6},
      %Route{family: 2, table: 254, multipath: [%Path{ifindex: 3}, %Path{ifindex: 5}]},
      %Route{family: 10, table: 254, protocol: 4, type: 1, nh_id: 7}
    ]

    # What each family would be asked for, everything comes.
    dump = fn %Route{family: family}, [] ->
      {:ok, for(route <- routes, family in [0, route.family], do: route)}
    end

    for {opts, expected} <- [
          {[], [0, 1, 2, 3, 4]},
          {[table: 5000], [1]},
          {[table: 254], [0, 2, 3, 4]},
          {[protocol: :bgp], [2]},
          {[type: :blackhole], [2]},
          {[family: :inet6], [4]},
          {[oif: 3], [0, 3, 4]},
          {[oif: 5, family: :inet], [3]},
          {[protocol: :static, table: 254], [0, 4]}
        ] do
      assert {opts, Query.list(@no_socket, opts, dump)} ==
               {opts, {:ok, Enum.map(expected, &Enum.at(routes, &1))}}
    end
  end

  test "a listed route is written without what only the kernel says" do
    again = Requests.create(Route.decode(@inet6))
    assert {again.cacheinfo, again.expires, again.pref} == {nil, 500, :high}

    for {hundredths, seconds} <- [{-1, 1}, {-5000, 1}, {1, 1}, {199, 1}, {200, 2}, {0, nil}] do
      route = %Route{family: 10, cacheinfo: %Cacheinfo{expires: hundredths}}
      assert {hundredths, Requests.create(route).expires} == {hundredths, seconds}
      # Of IPv4 it is the time of a learned exception.
      assert Requests.create(%{route | family: 2}).expires == nil
    end

    dead = %Route{flags: 0x5, multipath: [%Path{flags: [:dead, :onlink]}]}
    assert %Route{flags: 0x4, multipath: [%Path{flags: [:onlink]}]} = Requests.create(dead)

    assert %Route{oif: nil, gateway: nil, nh_id: 7} =
             Requests.create(%Route{oif: 1, gateway: ip("10.0.0.1"), nh_id: 7})
  end

  test "the type that a blackhole nexthop object gives a route is not what is deleted" do
    shown = %Route{family: 2, type: 6, nh_id: 5, oif: 1}
    assert %Route{type: 0, nh_id: 5, oif: nil} = Requests.delete(shown)
    assert %Route{type: 1} = Requests.create(shown)
    # Without fib_nexthop_compat_mode nothing says where the object leads.
    assert %Route{type: 0} = Requests.delete(%{shown | oif: nil})
    assert %Route{type: 6} = Requests.create(%{shown | oif: nil})

    for own <- [%{shown | nh_id: nil}, %{shown | oif: 3}, %{shown | gateway: ip("10.0.0.1")}] do
      assert %Route{type: 6} = Requests.delete(own)
      assert %Route{type: 6} = Requests.create(own)
    end
  end

  test "one way is a list of one, and none an empty list" do
    assert Route.paths(Route.decode(@multipath)) == Route.decode(@multipath).multipath

    assert [%Path{ifindex: 3, flags: [:onlink]} = hop] =
             Route.paths(%Route{oif: 3, gateway: ip("10.0.0.1"), flags: 0x1004})

    assert Path.gateway(hop) == ip("10.0.0.1")
    assert Route.paths(%Route{type: 6}) == []
  end

  test "inspect shows what tells routes apart" do
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
end

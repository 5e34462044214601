defmodule Linx.Netlink.Rtnl.Route.OptionsTest do
  # Options of the functions that change routes, without a kernel.
  use ExUnit.Case, async: true

  alias Linx.IP
  alias Linx.Netlink.Rtnl.Route

  # Arguments are checked before the socket is used, so no socket is needed.
  @no_socket :no_socket

  describe "a route to be written" do
    test "is by default unicast, of protocol boot, in table main, of scope universe" do
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

    test "has a table above 255 in RTA_TABLE alone" do
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

    test "takes a protocol by number or by name" do
      names = [redirect: 1, kernel: 2, boot: 3, static: 4, ra: 9, dhcp: 16, bgp: 186]

      for {name, number} <- names, given <- [name, number] do
        {:ok, route} = Route.build("10.9.0.0", 16, "10.0.0.1", 0, protocol: given)
        assert route.protocol == number
        assert Route.protocol(route) == name
      end
    end

    test "of IPv4 has the scope that follows from its type and gateway" do
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

    test "for a deletion leaves fields without an option unspecified" do
      {:ok, {route, []}} = Route.Options.cast("10.9.0.0", 16, nil, [], :delete)
      assert {route.scope, route.protocol, route.type} == {255, 0, 0}

      opts = [protocol: :static, type: :blackhole, scope: :host]
      {:ok, {route, []}} = Route.Options.cast("10.9.0.0", 16, nil, opts, :delete)
      assert {route.scope, route.protocol, route.type} == {254, 4, 6}
    end

    test "is refused for the first invalid argument or option" do
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

    test "to the default destination is refused for an invalid gateway, family, or option" do
      for verb <- [:add_default, :delete_default] do
        assert apply(Route, verb, [@no_socket, "10.0.0"]) == {:error, {:bad_address, "10.0.0"}}

        assert apply(Route, verb, [@no_socket, nil, [family: :unix]]) ==
                 {:error, {:bad_option, :family, :unix}}

        assert apply(Route, verb, [@no_socket, "10.0.0.1", [table: 0]]) ==
                 {:error, {:bad_option, :table, 0}}
      end
    end

    test "takes links by index alone if it is built without a socket" do
      assert {:ok, %Route{oif: 3}} = Route.build("10.9.0.0", 16, nil, 0, dev: 3)

      assert Route.build("10.9.0.0", 16, nil, 0, dev: "eth0") ==
               {:error, {:bad_option, :dev, "eth0"}}
    end
  end

  defp ip(text) do
    {:ok, ip} = IP.parse(text)
    ip
  end
end

defmodule Linx.Netlink.Rtnl.DiffTest do
  use ExUnit.Case, async: true

  alias Linx.{IP, MAC}
  alias Linx.Netlink.Rtnl.{Address, Diff, Link, Neighbour, Nexthop, Route, Rule}

  doctest Diff

  defp ip(text) do
    {:ok, ip} = IP.parse(text)
    ip
  end

  defp route(dst, prefix, gateway, opts \\ []) do
    {:ok, route} = Route.build(dst, prefix, gateway, 0, opts)
    route
  end

  defp address(index, text, prefix, opts \\ []) do
    ip = ip(text)
    family = if ip.family == :inet, do: 2, else: 10
    base = %Address{family: family, prefixlen: prefix, index: index, address: ip, local: ip}
    struct!(base, opts)
  end

  describe "a two-way diff" do
    test "lists creates, then updates, then deletes" do
      desired = [%{id: 1, v: 1}, %{id: 2, v: 2}, %{id: 3, v: 3}]
      observed = [%{id: 9, v: 9}, %{id: 2, v: 0}, %{id: 3, v: 3}]

      assert Diff.two_way(desired, observed, & &1.id, & &1.v) == [
               create: %{id: 1, v: 1},
               update: %{id: 2, v: 2},
               delete: %{id: 9, v: 9}
             ]
    end

    test "without a value function has no updates" do
      assert Diff.two_way([%{id: 1, v: 1}], [%{id: 1, v: 0}], & &1.id) == []
    end

    test "of equal lists is empty" do
      items = [%{id: 1}, %{id: 2}]
      assert Diff.two_way(items, Enum.reverse(items), & &1.id, & &1) == []
      assert Diff.two_way([], [], & &1) == []
    end

    test "creates an item once if its key is desired twice" do
      assert Diff.two_way([%{id: 1, v: 1}, %{id: 1, v: 2}], [], & &1.id) == [
               create: %{id: 1, v: 1}
             ]
    end

    test "deletes every observed item that is not desired" do
      assert Diff.two_way([], [%{id: 1, v: 1}, %{id: 1, v: 2}], & &1.id) ==
               [delete: %{id: 1, v: 1}, delete: %{id: 1, v: 2}]
    end
  end

  test "a three-way diff deletes only owned items" do
    observed = [%{id: 1}, %{id: 2}]
    assert Diff.three_way([], observed, MapSet.new([2, 3]), & &1.id) == [delete: %{id: 2}]
    assert Diff.three_way([], observed, MapSet.new(), & &1.id) == []

    assert Diff.three_way([%{id: 1, v: 1}], [%{id: 1, v: 0}], MapSet.new(), & &1.id, & &1.v) ==
             [update: %{id: 1, v: 1}]
  end

  describe "routes" do
    test "of another protocol are ignored" do
      ours = route("10.1.0.0", 16, "10.0.0.1", protocol: 76)
      others = route("10.2.0.0", 16, "10.0.0.1", protocol: :static)

      assert Diff.routes([], [ours, others], 76) == [delete: ours]
      assert Diff.routes([], [ours, others], :static) == [delete: others]
      assert Diff.routes([ours], [%{ours | protocol: 3}], 76) == [create: ours]
    end

    test "are updated if the gateway differs, and not if oif, flags or scope differ" do
      desired = route("10.1.0.0", 16, "10.0.0.1", protocol: 76)

      assert Diff.routes([desired], [%{desired | gateway: ip("10.0.0.2")}], 76) == [
               update: desired
             ]

      assert Diff.routes([desired], [%{desired | oif: 7, flags: 1, scope: 5}], 76) == []
    end

    test "with an invalid protocol raise an error" do
      assert_raise ArgumentError, fn -> Diff.routes([], [], :nonsense) end
      assert_raise FunctionClauseError, fn -> Diff.routes([], [], 256) end
    end
  end

  describe "the key of a route" do
    test "is its table, family, destination, length and metric" do
      base = route("10.1.0.0", 16, "10.0.0.1", metric: 5)
      key = Diff.route_key(base)

      for other <- [
            %{base | table: 7},
            %{base | family: 10},
            %{base | dst: ip("10.2.0.0")},
            %{base | dst_len: 17},
            %{base | priority: 6}
          ] do
        refute Diff.route_key(other) == key
      end

      same = %{base | gateway: nil, protocol: 9, scope: 3, oif: 4, flags: 8, type: 2}
      assert Diff.route_key(same) == key
    end

    test "is equal for a table in the header and in RTA_TABLE" do
      assert Diff.route_key(%Route{table: 254, table_ext: 254}) ==
               Diff.route_key(%Route{table: 254})

      assert Diff.route_key(%Route{table_ext: 5000}) != Diff.route_key(%Route{})
    end

    test "is equal for a default route with and without a destination" do
      for {zeros, gateway} <- [{"0.0.0.0", "10.0.0.1"}, {"::", "fd00::1"}] do
        built = route(zeros, 0, gateway)
        assert Diff.route_key(built) == Diff.route_key(%{built | dst: nil})
      end
    end

    test "treats a missing metric as 0, with IPv6 also as 1024" do
      v4 = route("10.1.0.0", 16, "10.0.0.1")
      assert Diff.route_key(v4) == Diff.route_key(%{v4 | priority: 0})
      refute Diff.route_key(v4) == Diff.route_key(%{v4 | priority: 1024})

      v6 = route("fd01::", 16, "fd00::1")
      assert Diff.route_key(v6) == Diff.route_key(%{v6 | priority: 0})
      assert Diff.route_key(v6) == Diff.route_key(%{v6 | priority: 1024})
      refute Diff.route_key(v6) == Diff.route_key(%{v6 | priority: 1})
    end
  end

  describe "addresses" do
    test "with a scope other than universe are ignored" do
      link_local = address(2, "fe80::1", 64, scope: 253)
      assert Diff.addresses([], [link_local], MapSet.new([Diff.address_key(link_local)])) == []
      assert Diff.addresses([link_local], [link_local], MapSet.new()) == [create: link_local]
    end

    test "are deleted only if owned" do
      one = address(2, "10.0.0.1", 24)
      two = address(2, "10.0.0.2", 24)
      owned = MapSet.new([Diff.address_key(two)])
      assert Diff.addresses([], [one, two], owned) == [delete: two]
    end

    test "are identified by link, family, address and prefix length" do
      base = address(2, "10.0.0.1", 24)
      key = Diff.address_key(base)

      for other <- [
            %{base | index: 3},
            %{base | family: 10},
            %{base | address: ip("10.0.0.2")},
            %{base | prefixlen: 25}
          ] do
        refute Diff.address_key(other) == key
      end

      assert Diff.address_key(%{base | local: nil, flags: 128, label: "x"}) == key
    end
  end

  test "neighbours are identified by link and address, and updated if lladdr differs" do
    base = %Neighbour{ifindex: 2, dst: ip("10.0.0.9"), lladdr: MAC.decode(<<2, 0, 0, 0, 0, 1>>)}
    other = %{base | lladdr: MAC.decode(<<2, 0, 0, 0, 0, 2>>), state: 2, family: 2}

    assert Diff.neighbours([base], [other], MapSet.new()) == [update: base]
    assert Diff.neighbours([], [base], MapSet.new()) == []
    assert Diff.neighbours([], [base], MapSet.new([Diff.neighbour_key(base)])) == [delete: base]
    refute Diff.neighbour_key(base) == Diff.neighbour_key(%{base | ifindex: 3})
  end

  test "rules are identified by priority, family, networks, mark and table" do
    base = %Rule{family: 2, priority: 9, src: ip("10.0.0.0"), src_len: 8, fwmark: 1, table: 100}
    key = Diff.rule_key(base)

    for other <- [
          %{base | priority: 8},
          %{base | family: 10},
          %{base | src_len: 9},
          %{base | src: ip("11.0.0.0")},
          %{base | dst: ip("10.0.0.0"), dst_len: 8},
          %{base | fwmark: 2},
          %{base | table: 101}
        ] do
      refute Diff.rule_key(other) == key
    end

    assert Diff.rule_key(%{base | table: 0, table_ext: 100, action: 1, flags: 2}) == key
    # The kernel omits attributes whose value is zero.
    assert Diff.rule_key(%Rule{priority: 0, fwmark: 0}) == Diff.rule_key(%Rule{})
    assert Diff.rule_key(%Rule{dst: ip("0.0.0.0"), dst_len: 0}) == Diff.rule_key(%Rule{})

    assert Diff.rules([base], [], MapSet.new()) == [create: base]
    assert Diff.rules([], [base], MapSet.new([key])) == [delete: base]
    assert Diff.rules([], [base], MapSet.new()) == []
  end

  test "links are identified by name" do
    assert Diff.link_key(%{name: "eth0"}) == "eth0"
    assert Diff.links([%Link{name: "a"}], [%Link{name: "a", mtu: 9}], MapSet.new()) == []

    assert Diff.links([%Link{name: "a"}], [%Link{name: "b"}], MapSet.new(["b"])) ==
             [create: %Link{name: "a"}, delete: %Link{name: "b"}]
  end

  test "nexthops are identified by id, and updated if the gateway differs" do
    base = %Nexthop{id: 7, protocol: 76, gateway: ip("10.0.0.1"), oif: 2}
    assert Diff.nexthops([base], [%{base | gateway: ip("10.0.0.2")}], 76) == [update: base]
    assert Diff.nexthops([base], [%{base | group_type: :mpath, scope: :link}], 76) == []
    assert Diff.nexthops([], [base, %{base | protocol: :static}], 76) == [delete: base]
  end
end

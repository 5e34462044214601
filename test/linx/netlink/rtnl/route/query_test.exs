defmodule Linx.Netlink.Rtnl.Route.QueryTest do
  # Options of lists and lookups, and the filtering of listed routes, without a kernel.
  use ExUnit.Case, async: true

  alias Linx.Netlink.Rtnl.Route
  alias Linx.Netlink.Rtnl.Route.{Query, Path}

  # Arguments are checked before the socket is used, so no socket is needed.
  @no_socket :no_socket

  test "an unknown or invalid option of a list or lookup is an error before anything is sent" do
    for {opts, reason} <- [
          {[bogus: 1], {:unknown_option, :bogus}},
          {[table: 0], {:bad_option, :table, 0}},
          {[protocol: :unknown], {:bad_option, :protocol, :unknown}},
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

  test "routes are filtered after the dump if the kernel does not filter them" do
    routes = [
      %Route{family: 2, table: 254, protocol: 4, type: 1, oif: 3},
      %Route{family: 2, table: 252, table_ext: 5000, protocol: 4, type: 1, oif: 4},
      %Route{family: 2, table: 254, protocol: 186, type: 6},
      %Route{family: 2, table: 254, multipath: [%Path{ifindex: 3}, %Path{ifindex: 5}]},
      %Route{family: 10, table: 254, protocol: 4, type: 1, nh_id: 7}
    ]

    # A dump that ignores the filters and returns all routes of the family.
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
end

defmodule Linx.Netlink.Rtnl.Route.RequestsTest do
  # Requests made from listed routes.
  use ExUnit.Case, async: true

  import Linx.Test.Bytes, only: [sigil_X: 2]
  alias Linx.IP
  alias Linx.Netlink.Rtnl.Route
  alias Linx.Netlink.Rtnl.Route.{Cacheinfo, Path, Requests}

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

  test "a listed route is written without its read-only fields" do
    again = Requests.create(Route.decode(@inet6))
    assert {again.cacheinfo, again.expires, again.pref} == {nil, 500, :high}

    for {hundredths, seconds} <- [{-1, 1}, {-5000, 1}, {1, 1}, {199, 1}, {200, 2}, {0, nil}] do
      route = %Route{family: 10, cacheinfo: %Cacheinfo{expires: hundredths}}
      assert {hundredths, Requests.create(route).expires} == {hundredths, seconds}
      # With IPv4, `expires` is the lifetime of a learned exception.
      assert Requests.create(%{route | family: 2}).expires == nil
    end

    dead = %Route{flags: 0x5, multipath: [%Path{flags: [:dead, :onlink]}]}
    assert %Route{flags: 0x4, multipath: [%Path{flags: [:onlink]}]} = Requests.create(dead)

    assert %Route{oif: nil, gateway: nil, nh_id: 7} =
             Requests.create(%Route{oif: 1, gateway: ip("10.0.0.1"), nh_id: 7})
  end

  test "a deletion omits the type that a blackhole nexthop object gives a route" do
    shown = %Route{family: 2, type: 6, nh_id: 5, oif: 1}
    assert %Route{type: 0, nh_id: 5, oif: nil} = Requests.delete(shown)
    assert %Route{type: 1} = Requests.create(shown)
    # Without fib_nexthop_compat_mode the link of the object is not reported.
    assert %Route{type: 0} = Requests.delete(%{shown | oif: nil})
    assert %Route{type: 6} = Requests.create(%{shown | oif: nil})

    for own <- [%{shown | nh_id: nil}, %{shown | oif: 3}, %{shown | gateway: ip("10.0.0.1")}] do
      assert %Route{type: 6} = Requests.delete(own)
      assert %Route{type: 6} = Requests.create(own)
    end
  end

  defp ip(text) do
    {:ok, ip} = IP.parse(text)
    ip
  end
end

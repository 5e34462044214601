defmodule Linx.Netlink.Rtnl.Protocol do
  @moduledoc """
  Who made a route, a rule, a nexthop or a neighbour.

  Kernel side: `RTPROT_*` of `include/uapi/linux/rtnetlink.h`.

      Linx.Netlink.Rtnl.Route.add(sock, "10.9.0.0", 16, "10.0.0.1", protocol: :static)

  Numbers without a name are free for one's own use, 4 and above.
  """

  @names [
    unspec: 0,
    redirect: 1,
    kernel: 2,
    boot: 3,
    static: 4,
    gated: 8,
    ra: 9,
    mrt: 10,
    zebra: 11,
    bird: 12,
    dnrouted: 13,
    xorp: 14,
    ntk: 15,
    dhcp: 16,
    mrouted: 17,
    keepalived: 18,
    babel: 42,
    ovn: 84,
    openr: 99,
    bgp: 186,
    isis: 187,
    ospf: 188,
    rip: 189,
    eigrp: 192
  ]

  @doc """
  The names, with their numbers.
  """
  @spec names() :: [{atom(), 0..255}]
  def names, do: @names
end

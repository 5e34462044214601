defmodule Linx.Netlink.Rtnl.Protocol do
  @moduledoc """
  Origin of a route, a rule, a nexthop object or a neighbour: the program or protocol that made it.

  Kernel side: `RTPROT_*` of `include/uapi/linux/rtnetlink.h`.

      Linx.Netlink.Rtnl.Route.add(sock, "10.9.0.0/16", "10.0.0.1", protocol: :static)

  Numbers of 4 and above without a name are free for use by programs.
  """

  alias Linx.Netlink.Rtnl.Names

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
  Names and their numbers.
  """
  @spec names() :: [{atom(), 0..255}]
  def names, do: @names

  @doc """
  Name of a number, or the number if it has none.

      iex> Linx.Netlink.Rtnl.Protocol.name(186)
      :bgp
      iex> Linx.Netlink.Rtnl.Protocol.name(76)
      76
  """
  @spec name(0..255) :: atom() | 0..255
  def name(number), do: Names.name(@names, number)

  @doc """
  Number of a name or number.

      iex> Linx.Netlink.Rtnl.Protocol.number(:bgp)
      186
  """
  @spec number(atom() | 0..255) :: atom() | 0..255
  def number(name), do: Names.number(@names, name)
end

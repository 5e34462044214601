defmodule Linx.Netlink.Rtnl.Route.Path do
  @moduledoc """
  One of the ways that a route with several of them leads.

  Kernel side: `struct rtnexthop` and the `RTA_*` attributes of
  `include/uapi/linux/rtnetlink.h`.

      Route.add(sock, "10.9.0.0", 16, nil,
        nexthops: [[gateway: "10.0.0.1", weight: 3], [via: "fe80::1", dev: "eth1"]]
      )

  Of packets a next hop gets a share of its `weight/1`, which is one more than `hops`.
  `gateway/1` is the gateway of either family; `via` is `struct rtvia` as it is.
  """

  use Linx.Netlink.Codec
  use Linx.Netlink.Options

  alias Linx.{IP, LinkAddress, MAC}
  alias Linx.Netlink.Rtnl.Encap
  alias Linx.Netlink.Rtnl.Route.{Mpls, Via}

  @encap_types Encap.__types__()
  @encaps Encap.__table__()

  # RTNH_F_*.
  @flags [
    dead: 0x1,
    pervasive: 0x2,
    onlink: 0x4,
    offload: 0x8,
    linkdown: 0x10,
    unresolved: 0x20,
    trap: 0x40
  ]

  codec do
    header do
      field :len, :u16
      field :flags, {:flags, :u8, @flags}
      field :hops, :u8
      field :ifindex, :s32
    end

    attr 5, :gateway, IP
    attr 18, :via, :binary
    attr 11, :flow, :u32
    attr 21, :encap_type, {:enum, :u16, @encap_types}
    attr 22, :encap, {:dispatch, :encap_type, @encaps}
    group :mpls, Mpls
  end

  options(
    gateway: {{:ip, {:gateway, :gateway}}, "gateway of the route's family"},
    via: {{:ip, {:via, :via}}, "gateway of either family"},
    dev: {:link, "outgoing link", field: [:ifindex]},
    oif: {:link, "the same", field: [:ifindex]},
    weight: {1..256, "share of the packets, 1 if not given"},
    onlink: {:bool, "take the gateway to be on the link whatever the addresses say"},
    realms: {0..0xFFFFFFFF, "realms of IPv4, see `Linx.Netlink.Rtnl.Route`", field: [:flow]}
  )

  # RTNH_F_*.
  @doc false
  @spec __flags__() :: keyword(pos_integer())
  def __flags__, do: @flags

  @doc """
  The gateway, of whichever family; with MPLS perhaps a hardware address.
  """
  @spec gateway(t()) :: IP.t() | MAC.t() | LinkAddress.t() | nil
  def gateway(%__MODULE__{gateway: nil, via: via}), do: Via.decode(via)
  def gateway(%__MODULE__{gateway: gateway}), do: gateway

  @doc """
  The share of packets, 1 to 256.

      iex> Linx.Netlink.Rtnl.Route.Path.weight(%Linx.Netlink.Rtnl.Route.Path{hops: 2})
      3
  """
  @spec weight(t()) :: 1..256
  def weight(%__MODULE__{hops: hops}) when is_integer(hops), do: hops + 1
end

defmodule Linx.Netlink.Rtnl.Route.Path do
  @moduledoc """
  One of the paths of a multipath route.

  Kernel side: `struct rtnexthop` and the `RTA_*` attributes of
  `include/uapi/linux/rtnetlink.h`.

      Route.add(sock, "10.9.0.0/16", nil,
        nexthops: [[gateway: "10.0.0.1", weight: 3], [via: "fe80::1", dev: "eth1"]]
      )

  A path is no nexthop object (`Linx.Netlink.Rtnl.Nexthop`), of which many routes share one.
  `ifindex` is the index of the outgoing link. `hops` is the weight less 1: `weight/1`. `gateway/1`
  is the gateway of either family; `via` holds the bytes of `struct rtvia`. `flow` holds the
  realms: `realms/1`.

  Beside the options below, a path takes `:via`, `:realms` and `:encap` as
  `Linx.Netlink.Rtnl.Route.Options` describes them.
  """

  use Linx.Netlink.Codec
  use Linx.Netlink.Options

  alias Linx.{IP, LinkAddress, MAC}
  alias Linx.Netlink.Rtnl.{Encap, Names, Realms}
  alias Linx.Netlink.Rtnl.Route.{Mpls, Via}

  @encap_types Encap.__types__()
  @encaps Encap.__table__()

  codec prefix: "RTA_" do
    header "struct rtnexthop", prefix: "rtnh_" do
      field :len, :u16, "length of the path in the message, bytes"
      field :flags, {:flags, :u8, Names.nexthop_flags()}, "flags", values: "RTNH_F_"
      field :hops, :u8, "weight less 1"
      field :ifindex, :s32, "index of the outgoing link"
    end

    attr 5, :gateway, IP, "gateway of the route's family"
    attr 18, :via, :binary, "gateway of another family, `struct rtvia`"
    attr 11, :flow, :u32, "realms, the source's in the upper 16 bits"

    attr 21, :encap_type, {:enum, :u16, @encap_types}, "type of the encapsulation",
      values: "LWTUNNEL_ENCAP_"

    attr 22, :encap, {:dispatch, :encap_type, @encaps}, "encapsulation"
    group :mpls, Mpls
  end

  options(
    gateway: {{:ip, {:gateway, :gateway}}, "gateway of the route's family"},
    dev: {:link, "outgoing link", field: [:ifindex]},
    oif: {:link, "outgoing link", field: [:ifindex]},
    weight: {1..256, "weight, the share of packets; 1 if not given"},
    onlink: {:bool, "the gateway is on the link, whatever the addresses of the link are"}
  )

  @doc """
  Gateway of either family; of an MPLS route it may be a link-layer address. `nil` without one.
  """
  @spec gateway(t() | struct()) :: IP.t() | MAC.t() | LinkAddress.t() | nil
  def gateway(%{gateway: nil, via: via}), do: Via.decode(via)
  def gateway(%{gateway: gateway}), do: gateway

  @doc """
  Weight of a path, its share of packets, 1 to 256.

      iex> Linx.Netlink.Rtnl.Route.Path.weight(%Linx.Netlink.Rtnl.Route.Path{hops: 2})
      3
  """
  @spec weight(t()) :: 1..256
  def weight(%__MODULE__{hops: hops}) when is_integer(hops), do: hops + 1

  @doc """
  Source and destination realm of a path; `nil` without realms.

      iex> Linx.Netlink.Rtnl.Route.Path.realms(%Linx.Netlink.Rtnl.Route.Path{flow: 0x30004})
      {3, 4}
  """
  @spec realms(t()) :: {0..0xFFFF, 0..0xFFFF} | nil
  def realms(%__MODULE__{flow: flow}), do: Realms.split(flow)

  # The one path of a route that is not multipath.
  @doc false
  @spec of(struct()) :: [t()]
  def of(%{oif: nil, gateway: nil, via: nil}), do: []

  def of(route) do
    [
      %__MODULE__{
        # The low byte holds the flags of the path.
        flags: Names.bits(Names.nexthop_flags(), route.flags),
        ifindex: route.oif || 0,
        gateway: route.gateway,
        via: route.via,
        flow: route.flow,
        encap_type: route.encap_type,
        encap: route.encap,
        mpls: route.mpls
      }
    ]
  end
end

defmodule Linx.Netlink.Rtnl.Route.Key do
  @moduledoc false
  # Identities of a route, from the coarsest to the finest. Pure.

  import Bitwise, only: [&&&: 2]

  alias Linx.IP
  alias Linx.Netlink.Rtnl.Route

  # AF_INET and AF_INET6; RTM_F_CLONED; IP6_RT_PRIO_USER of include/uapi/linux/ipv6_route.h.
  @inet 2
  @inet6 10
  @cloned 0x200
  @inet6_metric 1024

  @doc """
  Whether the route is of IPv4 or IPv6 and of a table: no exception that the kernel has cached
  (`RTM_F_CLONED`), and no multicast route.
  """
  @spec tracked?(Route.t()) :: boolean()
  def tracked?(route), do: route.family in [@inet, @inet6] and not cloned?(route)

  defp cloned?(%{flags: flags}), do: is_integer(flags) and (flags &&& @cloned) != 0

  @doc """
  Table, family, destination and metric. IPv6 makes the metric 1024 of none.
  """
  @spec destination(Route.t()) :: tuple()
  def destination(%{family: family, dst_len: len} = route) do
    dst = if len == 0, do: :default, else: route.dst
    {Route.target_table(route), family, dst, len, metric(family, route.priority)}
  end

  defp metric(@inet6, metric) when metric in [nil, 0], do: @inet6_metric
  defp metric(_family, metric), do: metric || 0

  @doc """
  `destination/1`, TOS and source: what one route replaces another by. IPv4 compares the TOS,
  IPv6 the source.
  """
  @spec slot(Route.t()) :: tuple()
  def slot(route), do: {destination(route), route.tos, route.src, route.src_len}

  @doc """
  Identity in the kernel: IPv4 may hold several routes that differ in nothing but their nexthops.
  """
  @spec unique(Route.t()) :: tuple()
  def unique(route) do
    {Route.target_table(route), route.family, route.dst_len, bits(route), route.tos,
     route.priority || 0, forwarding(route)}
  end

  @doc """
  Patterns of the `unique/1` of all routes of a table that cover an address, the most specific
  first, for ETS.
  """
  @spec covering(pos_integer(), IP.t()) :: [tuple()]
  def covering(table, %IP{family: family, bytes: bytes}) do
    family = if family == :inet, do: @inet, else: @inet6

    for len <- bit_size(bytes)..0//-1,
        network = network(bytes, len),
        bits <- if(len == 0, do: [nil, network], else: [network]),
        do: {table, family, len, bits, :_, :_, :_}
  end

  defp network(bytes, len) do
    host = bit_size(bytes) - len
    network = bytes |> :binary.decode_unsigned() |> Bitwise.bsr(host) |> Bitwise.bsl(host)
    <<network::size(bit_size(bytes))>>
  end

  defp bits(%{dst: nil}), do: nil
  defp bits(%{dst: dst}), do: dst.bytes

  defp forwarding(route) do
    {route.type, route.scope, route.oif, route.gateway, route.via, route.nh_id, route.src,
     route.src_len, multipath(route), fib_info(route)}
  end

  defp multipath(%{multipath: nil}), do: nil
  defp multipath(%{multipath: paths}), do: Enum.map(paths, &%{&1 | flags: []})

  # Further fields by which IPv4 distinguishes routes (`fib_find_info`). IPv6 does not, and changes
  # some of them in place.
  defp fib_info(%{family: @inet} = route),
    do:
      {route.protocol, route.prefsrc, route.metrics, route.flow, route.encap_type, route.encap,
       route.mpls}

  defp fib_info(_route), do: nil
end

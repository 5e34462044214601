defmodule Linx.Netlink.Rtnl.Route.Requests do
  @moduledoc false
  # Requests made of a listed route: to delete that very route, and to write it again. Pure.

  import Bitwise

  alias Linx.IP
  alias Linx.Netlink.Codec.Flags
  alias Linx.Netlink.Rtnl.Route
  alias Linx.Netlink.Rtnl.Route.{Cacheinfo, Metrics, Path}

  @inet 2
  @inet6 10
  # RTN_UNICAST and RTN_BLACKHOLE.
  @unicast 1
  @blackhole 6
  # RTNH_F_ONLINK and RTM_F_CLONED.
  @onlink 0x4
  @cloned 0x200
  # LOOPBACK_IFINDEX of include/net/flow.h: the same in every namespace.
  @lo 1

  # What IPv4 takes for a route without the metric. `cc_algo` has no name for none.
  @no_metrics Map.merge(
                Map.new(Keyword.keys(Metrics.__options__()), &{&1, 0}),
                %{lock: [], features: [], cc_algo: nil}
              )

  @doc """
  What the kernel finds the route by: `fib_table_delete` of net/ipv4/fib_trie.c, `ip6_route_del`
  of net/ipv6/route.c.

  The encapsulation is left out: IPv6 does not compare it, and the kernel takes less of it than it
  tells.
  """
  @spec delete(Route.t()) :: Route.t()
  def delete(route) do
    type = if type_hidden?(route), do: 0, else: route.type
    bare = bare(route, @cloned ||| @onlink)

    hops =
      bare.multipath && Enum.map(bare.multipath, &%{&1 | encap_type: nil, encap: nil, mpls: nil})

    compared(%{
      bare
      | type: type,
        multipath: hops,
        pref: nil,
        expires: nil,
        encap_type: nil,
        encap: nil,
        mpls: nil
    })
  end

  # IPv4 compares each metric that is given.
  defp compared(%{family: @inet} = route) do
    metrics = route.metrics || %Metrics{}

    exact =
      Map.merge(@no_metrics, Map.from_struct(metrics), fn _, none, value -> value || none end)

    %{route | metrics: struct!(Metrics, exact)}
  end

  # IPv6 makes one route of several that were appended, and tells the protocol of the first.
  defp compared(%{family: @inet6, multipath: [_ | _]} = route),
    do: %{route | metrics: nil, flow: nil, protocol: 0}

  # To IPv6 no gateway is any gateway, and the unspecified address none.
  defp compared(%{family: @inet6} = route) do
    any? = route.gateway == nil and route.nh_id == nil
    cloned? = band(route.flags, @cloned) != 0
    none = %IP{family: :inet6, bytes: <<0::128>>}

    %{
      route
      | metrics: nil,
        flow: nil,
        gateway: if(any? and not cloned?, do: none, else: route.gateway)
    }
  end

  defp compared(route), do: %{route | metrics: nil, flow: nil}

  @doc """
  The route as the kernel takes it back.

  Where the type is that of the nexthop object, the one that was stored is taken to be unicast.
  """
  @spec create(Route.t()) :: Route.t()
  def create(route) do
    seen? = type_hidden?(route) and Route.paths(route) != []
    type = if seen?, do: @unicast, else: route.type
    %{bare(route, @onlink) | type: type, expires: route.expires || time_left(route)}
  end

  @doc """
  Whether the route is shown as a black hole since its nexthop object is one, whatever type the
  kernel has stored (`fib_dump_info` of net/ipv4/fib_semantics.c, `rt6_fill_node` of
  net/ipv6/route.c). Such an object leads to the loopback link, if the kernel tells where it leads.
  """
  @spec type_hidden?(Route.t()) :: boolean()
  def type_hidden?(%{nh_id: id, type: @blackhole} = route) when id != nil do
    Enum.all?(Route.paths(route), fn %Path{} = hop ->
      hop.ifindex in [0, @lo] and hop.gateway == nil and hop.via == nil
    end)
  end

  def type_hidden?(_route), do: false

  # Seconds, of hundredths. A route past its time stays until it is collected; written without a
  # time it would stay for good.
  defp time_left(%{family: @inet6, cacheinfo: %Cacheinfo{expires: time}})
       when is_integer(time) and time != 0,
       do: max(div(time, 100), 1)

  defp time_left(_route), do: nil

  # Without what only the kernel says, and without what a nexthop object says already.
  defp bare(%{nh_id: id} = route, flags) when id != nil,
    do: unsaid(%{route | oif: nil, gateway: nil, via: nil, multipath: nil}, flags)

  defp bare(route, flags), do: unsaid(route, flags)

  defp unsaid(route, flags) do
    hops = route.multipath && Enum.map(route.multipath, &%{&1 | flags: onlink(&1)})
    flags = band(route.flags || 0, flags)
    %{route | flags: flags, multipath: hops, cacheinfo: nil, lookup: nil}
  end

  defp onlink(hop), do: for(:onlink <- Flags.names(hop, :flags), do: :onlink)
end

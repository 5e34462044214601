defmodule Linx.Netlink.Rtnl.Route.Requests do
  @moduledoc false
  # Requests that delete or create a route that was read.

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

  # The values by which IPv4 finds a route without the metric. `cc_algo` has none.
  @no_metrics Map.merge(
                Map.new(Keyword.keys(Metrics.__options__()), &{&1, 0}),
                %{lock: [], features: [], cc_algo: nil}
              )

  @doc """
  The fields by which the kernel finds the route: `fib_table_delete` of net/ipv4/fib_trie.c,
  `ip6_route_del` of net/ipv6/route.c.

  The encapsulation is left out: IPv6 does not compare it, and the kernel refuses some of the
  fields that it reports.
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

  # IPv6 joins appended routes to one, and reports the protocol of the first.
  defp compared(%{family: @inet6, multipath: [_ | _]} = route),
    do: %{route | metrics: nil, flow: nil, protocol: 0}

  # For IPv6, a request without gateway matches any gateway; the unspecified address matches none.
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
  The route without its read-only fields.

  If the kernel shows the type of the nexthop object, the type of the route is taken to be unicast.
  """
  @spec create(Route.t()) :: Route.t()
  def create(route) do
    seen? = type_hidden?(route) and Route.paths(route) != []
    type = if seen?, do: @unicast, else: route.type
    %{bare(route, @onlink) | type: type, expires: route.expires || time_left(route)}
  end

  @doc """
  Whether the type of the route is hidden: the kernel shows a route over a blackhole nexthop object
  as a blackhole, whatever its own type (`fib_dump_info` of net/ipv4/fib_semantics.c,
  `rt6_fill_node` of net/ipv6/route.c). The link of such an object, if shown, is the loopback link.
  """
  @spec type_hidden?(Route.t()) :: boolean()
  def type_hidden?(%{nh_id: id, type: @blackhole} = route) when id != nil do
    Enum.all?(Route.paths(route), fn %Path{} = hop ->
      hop.ifindex in [0, @lo] and hop.gateway == nil and hop.via == nil
    end)
  end

  def type_hidden?(_route), do: false

  # Seconds, from hundredths. An expired route exists until it is collected; created without a
  # lifetime it would never expire.
  defp time_left(%{family: @inet6, cacheinfo: %Cacheinfo{expires: time}})
       when is_integer(time) and time != 0,
       do: max(div(time, 100), 1)

  defp time_left(_route), do: nil

  # Without read-only fields, and without those that the kernel copies from a nexthop object.
  defp bare(%{nh_id: id} = route, flags) when id != nil,
    do: writable(%{route | oif: nil, gateway: nil, via: nil, multipath: nil}, flags)

  defp bare(route, flags), do: writable(route, flags)

  defp writable(route, flags) do
    hops = route.multipath && Enum.map(route.multipath, &%{&1 | flags: onlink(&1)})
    flags = band(route.flags || 0, flags)
    %{route | flags: flags, multipath: hops, cacheinfo: nil, lookup: nil}
  end

  defp onlink(hop), do: for(:onlink <- Flags.names(hop, :flags), do: :onlink)
end

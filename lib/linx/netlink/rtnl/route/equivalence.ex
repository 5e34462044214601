defmodule Linx.Netlink.Rtnl.Route.Equivalence do
  @moduledoc false
  # Comparison of a desired route with an observed one. The kernel adds to a route, such as the
  # link by which a gateway is reached. Pure.

  import Bitwise, only: [&&&: 2]

  alias Linx.Netlink.Rtnl.Encap.Specified
  alias Linx.Netlink.Rtnl.Route
  alias Linx.Netlink.Rtnl.Route.{Metrics, Path, Requests}

  # AF_INET, RTNH_F_ONLINK.
  @inet 2
  @onlink 0x4
  # RTN_BLACKHOLE, RTN_UNREACHABLE, RTN_PROHIBIT and RTN_THROW.
  @refusing 6..9

  @doc """
  Whether an observed route with the same `slot` does what is desired.
  """
  @spec route?(Route.t(), Route.t()) :: boolean()
  def route?(desired, observed) do
    (desired.type == observed.type or Requests.type_hidden?(observed)) and
      (desired.family != @inet or desired.scope == observed.scope) and
      hops?(desired, observed) and
      desired.prefsrc == observed.prefsrc and
      expires?(desired, observed) and
      pref?(desired, observed) and
      (shared_metrics?(desired) or metrics?(desired.metrics, observed.metrics))
  end

  # Only IPv6 routes expire; the time is written in seconds and read in hundredths. An expired
  # route counts as gone.
  defp expires?(%{family: @inet}, _observed), do: true
  defp expires?(%{type: type}, _observed) when type in @refusing, do: true

  defp expires?(%{expires: time}, observed) do
    left = (observed.cacheinfo && observed.cacheinfo.expires) || 0
    if time == nil, do: left == 0, else: left > 0 and left <= time * 100
  end

  # Routes that refuse packets have no preference: `ip6_route_info_create` of net/ipv6/route.c.
  defp pref?(%{type: type}, _observed) when type in @refusing, do: true
  defp pref?(desired, observed), do: (desired.pref || :medium) == (observed.pref || :medium)

  # IPv4 routes over a nexthop object have the metrics of the first such route that is equal
  # otherwise: `fib_find_info_nh` of net/ipv4/fib_semantics.c.
  defp shared_metrics?(route), do: route.family == @inet and route.nh_id != nil

  # A nexthop object has the gateway and the link of its routes, and the kernel repeats them there.
  defp hops?(%{nh_id: id}, %{nh_id: other}) when id != nil or other != nil, do: id == other

  defp hops?(desired, observed) do
    desired = hops(desired)
    observed = hops(observed)

    length(desired) == length(observed) and
      desired |> Enum.zip(observed) |> Enum.all?(fn {hop, other} -> hop?(hop, other) end)
  end

  # Without a link in the desired hop the kernel has found one by the gateway.
  defp hop?({{gateway, via, index}, rest, encap}, {{gateway, via, other}, rest, observed}),
    do: index in [nil, other] and Specified.satisfies?(encap, observed)

  defp hop?(_desired, _observed), do: false

  # The kernel makes a route without a list of a single next hop, whose weight is lost.
  defp hops(%{multipath: [%Path{} = hop]} = route) do
    onlink = if :onlink in hop.flags, do: @onlink, else: 0

    hops(%{
      route
      | multipath: nil,
        gateway: hop.gateway,
        via: hop.via,
        oif: hop.ifindex,
        flow: hop.flow || route.flow,
        flags: onlink,
        encap: hop.encap
    })
  end

  # The kernel orders them as it chooses.
  defp hops(%{multipath: [_ | _] = hops}) do
    Enum.sort(
      for %Path{} = hop <- hops do
        rest = {hop.hops, :onlink in hop.flags, hop.flow || 0}
        {{hop.gateway, hop.via, index(hop.ifindex)}, rest, hop.encap}
      end
    )
  end

  defp hops(route) do
    rest = {0, (route.flags &&& @onlink) != 0, route.flow || 0}
    [{{route.gateway, route.via, index(route.oif)}, rest, route.encap}]
  end

  defp metrics?(metrics, metrics), do: true
  defp metrics?(desired, observed), do: metrics(desired) == metrics(observed)

  # A metric of 0 or `false` equals none, and some have a limit: `ip_metrics_convert` of
  # net/ipv4/metrics.c.
  defp metrics(nil), do: metrics(%Metrics{})

  defp metrics(%Metrics{} = metrics) do
    for {key, value} <- Map.from_struct(metrics), value not in [nil, 0, false, []], into: %{} do
      {key, if(limit = limit(key), do: min(value, limit), else: value)}
    end
  end

  defp limit(:mtu), do: 65_520
  defp limit(:advmss), do: 65_495
  defp limit(_metric), do: nil

  defp index(0), do: nil
  defp index(index), do: index
end

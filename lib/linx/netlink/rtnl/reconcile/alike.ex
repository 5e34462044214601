defmodule Linx.Netlink.Rtnl.Reconcile.Alike do
  @moduledoc false
  # Whether an object that is there does what the desired one says. Not by `==`: the kernel
  # adds to what it was told, such as the link by which a gateway is reached.

  import Bitwise, only: [&&&: 2]

  alias Linx.Netlink.Rtnl.Address.Cacheinfo
  alias Linx.Netlink.Rtnl.Encap.{Bpf, Ioam6, Seg6Local, TunnelOpts}
  alias Linx.Netlink.Rtnl.Route.{Metrics, Path, Requests}

  # AF_INET, RTNH_F_ONLINK, INFINITY_LIFE_TIME, IP6_RT_PRIO_ADDRCONF.
  @inet 2
  @onlink 0x4
  @forever 0xFFFFFFFF
  @addrconf_metric 256
  # RTN_BLACKHOLE, RTN_UNREACHABLE, RTN_PROHIBIT and RTN_THROW.
  @refusing 6..9

  # IFA_F_* that `inet6_addr_modify` of net/ipv6/addrconf.c takes anew, and those that last.
  @changeable_flags [:nodad, :homeaddress, :managetempaddr, :noprefixroute]
  @lasting_flags [:noprefixroute, :mcautojoin]

  # Whether the address needs no change: not of what a new one gets, nor of what the kernel can
  # change. Of ours, `desired` has been completed.
  @spec address?(struct(), struct(), boolean()) :: boolean()
  def address?(desired, observed, proto_told?) do
    new_address?(desired, observed) and changeable?(desired, observed, proto_told?)
  end

  # What only a new address gets.
  @spec new_address?(struct(), struct()) :: boolean()
  def new_address?(%{family: @inet} = desired, observed) do
    desired.label in [nil, observed.label] and
      desired.broadcast in [nil, observed.broadcast] and
      desired.scope in [0, observed.scope] and
      flags?(desired, observed, @lasting_flags)
  end

  def new_address?(desired, observed), do: flags?(desired, observed, [:mcautojoin])

  defp changeable?(desired, observed, proto_told?) do
    (desired.rt_priority == nil or metric(desired) == metric(observed)) and
      proto?(desired.proto, observed.proto, proto_told?) and
      lifetimes?(desired, observed) and
      (desired.family == @inet or flags?(desired, observed, @changeable_flags))
  end

  # The kernel leaves out a protocol of 0. Before Linux 5.18 there was none.
  defp proto?(nil, _observed, _told?), do: true
  defp proto?(desired, nil, told?), do: not told? or desired in [0, :unspec]
  defp proto?(desired, observed, _told?), do: desired == observed

  defp flags?(%{flags_ext: nil}, _observed, _flags), do: true

  defp flags?(desired, observed, flags),
    do: Enum.all?(flags, &(&1 in desired.flags_ext == &1 in (observed.flags_ext || [])))

  # With what an address has of which nothing is said.
  @spec complete(struct()) :: struct()
  def complete(address) do
    %{
      address
      | rt_priority: metric(address),
        cacheinfo: address.cacheinfo || %Cacheinfo{valid: @forever, prefered: @forever},
        flags_ext: address.flags_ext || []
    }
  end

  # IPv6 takes none for this, and does not go back to none.
  defp metric(%{rt_priority: metric} = address) when metric in [nil, 0],
    do: if(address.family == @inet, do: 0, else: @addrconf_metric)

  defp metric(address), do: address.rt_priority

  # Whether both last, or as much of each time is left as there may be.
  defp lifetimes?(%{cacheinfo: nil}, _observed), do: true
  defp lifetimes?(_desired, %{cacheinfo: nil}), do: true

  # Of an IPv4 address that lasts the kernel does not tell for how long it is preferred
  # (`inet_fill_ifaddr` of net/ipv4/devinet.c), only that it is not.
  defp lifetimes?(%{family: @inet, cacheinfo: %{valid: @forever} = desired}, observed) do
    deprecated? = :deprecated in (observed.flags_ext || [])
    observed.cacheinfo.valid == @forever and desired.prefered == 0 == deprecated?
  end

  defp lifetimes?(%{cacheinfo: desired}, %{cacheinfo: observed}) do
    left?(desired.valid, observed.valid) and
      if desired.prefered == 0,
        do: observed.prefered == 0,
        else: left?(desired.prefered, observed.prefered)
  end

  defp left?(@forever, observed), do: observed == @forever
  defp left?(desired, observed), do: observed <= desired

  @spec route?(struct(), struct()) :: boolean()
  def route?(desired, observed) do
    (desired.type == observed.type or Requests.type_hidden?(observed)) and
      (desired.family != @inet or desired.scope == observed.scope) and
      hops?(desired, observed) and
      desired.prefsrc == observed.prefsrc and
      expires?(desired, observed) and
      pref?(desired, observed) and
      (shared_metrics?(desired) or metrics(desired.metrics) == metrics(observed.metrics))
  end

  # Only IPv6 routes go at a time, which is given in seconds and told in hundredths. One past its
  # time is as good as gone.
  defp expires?(%{family: @inet}, _observed), do: true
  defp expires?(%{type: type}, _observed) when type in @refusing, do: true

  defp expires?(%{expires: time}, observed) do
    left = (observed.cacheinfo && observed.cacheinfo.expires) || 0
    if time == nil, do: left == 0, else: left > 0 and left <= time * 100
  end

  # Routes that refuse packets lose it: `ip6_route_info_create` of net/ipv6/route.c.
  defp pref?(%{type: type}, _observed) when type in @refusing, do: true
  defp pref?(desired, observed), do: (desired.pref || :medium) == (observed.pref || :medium)

  # IPv4 routes over a nexthop object have the metrics of the first such route that is alike
  # otherwise: `fib_find_info_nh` of net/ipv4/fib_semantics.c.
  defp shared_metrics?(route), do: route.family == @inet and route.nh_id != nil

  @spec nexthop?(struct(), struct()) :: boolean()
  def nexthop?(desired, observed) do
    same = &(Map.get(desired, &1) == Map.get(observed, &1))

    Enum.all?([:family, :group, :blackhole, :fdb, :oif, :gateway, :encap_type], same) and
      (desired.group_type || :mpath) == (observed.group_type || :mpath) and
      :onlink in desired.flags == :onlink in observed.flags and
      says?(said(desired.encap), said(observed.encap)) and
      desired.hw_stats_enable in [nil, observed.hw_stats_enable] and
      (desired.res_group == nil or says?(desired.res_group, observed.res_group))
  end

  # A nexthop object says where its routes lead, and the kernel repeats it there.
  defp hops?(%{nh_id: id}, %{nh_id: other}) when id != nil or other != nil, do: id == other

  defp hops?(desired, observed) do
    desired = hops(desired)
    observed = hops(observed)

    length(desired) == length(observed) and
      desired |> Enum.zip(observed) |> Enum.all?(fn {hop, other} -> hop?(hop, other) end)
  end

  # Without a link in the desired hop the kernel has found one by the gateway.
  defp hop?({{gateway, via, index}, rest, encap}, {{gateway, via, other}, rest, there}),
    do: index in [nil, other] and says?(said(encap), said(there))

  defp hop?(_desired, _observed), do: false

  # Of one next hop the kernel makes a route without a list, in which its weight is lost.
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

  # The kernel orders them as it likes.
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

  # Without what the kernel counts, fills in, puts together or does not tell.
  defp said(%Seg6Local{counters: %{}} = encap), do: %{encap | counters: %Seg6Local.Counters{}}

  defp said(%Ioam6{trace: <<namespace::binary-2, _nodelen, size, type::binary-3, _>>} = encap),
    do: %{encap | trace: {namespace, size, type}}

  defp said(%Bpf{in: in_, out: out, xmit: xmit}),
    do: %Bpf{in: named(in_), out: named(out), xmit: named(xmit)}

  # What there are options for is a flag, too.
  defp said(%{opts: %TunnelOpts{} = opts, flags: flags} = encap) do
    geneve = opts.geneve && TunnelOpts.geneve_options(opts)
    flags = flags && flags -- [:geneve_opt, :vxlan_opt, :erspan_opt]
    %{encap | opts: %{opts | geneve: geneve}, flags: flags}
  end

  defp said(encap), do: encap

  defp named(nil), do: nil
  defp named(%Bpf.Program{} = program), do: %{program | fd: nil}

  # Metrics of 0 are as good as none, and some have a limit: `ip_metrics_convert` of
  # net/ipv4/metrics.c.
  defp metrics(nil), do: metrics(%Metrics{})

  defp metrics(%Metrics{} = metrics) do
    for {key, value} <- Map.from_struct(metrics), value not in [nil, 0, []], into: %{} do
      {key, if(limit = limit(key), do: min(value, limit), else: value)}
    end
  end

  defp limit(:mtu), do: 65_520
  defp limit(:advmss), do: 65_495
  defp limit(_metric), do: nil

  defp index(0), do: nil
  defp index(index), do: index

  # All that is said, and nothing where nothing is said.
  defp says?(%module{} = desired, %module{} = observed) do
    Enum.all?(Map.keys(desired) -- [:__struct__], fn field ->
      value = Map.get(desired, field)
      value == nil or says?(value, Map.get(observed, field))
    end)
  end

  defp says?(desired, observed), do: desired == observed
end

defmodule Linx.Netlink.Rtnl.View.Kind do
  @moduledoc false
  # What a view holds: for each kind of object how it is listed, which
  # notifications tell of it and what identifies it.

  alias Linx.Netlink.{Codec, Error, Socket}
  alias Linx.Netlink.Rtnl.{Address, Link, Neighbour, Nexthop, Route, Rule}
  alias Linx.Netlink.Rtnl.Monitor.Event

  @type t :: :links | :addresses | :routes | :neighbours | :rules | :nexthops

  @all [:links, :addresses, :nexthops, :routes, :rules, :neighbours]

  # RTNLGRP_* of include/uapi/linux/rtnetlink.h.
  @groups %{
    links: [1],
    addresses: [5, 9],
    nexthops: [32],
    routes: [7, 11],
    rules: [8, 19],
    neighbours: [3]
  }

  # RTNLGRP_IPV6_IFINFO, IPV4_NETCONF, IPV6_NETCONF and NSID: of settings of IPv4 and IPv6 that
  # are part of a link, and of the numbers of other namespaces.
  @hints %{links: [12, 24, 25, 28]}

  # RTM_NEWNETCONF, RTM_DELNETCONF, RTM_NEWNSID and RTM_DELNSID: what they tell of is listed.
  @hinted %{80 => [:links], 81 => [:links], 88 => [:links], 89 => [:links]}

  @ops %{
    new_link: {:links, :put},
    del_link: {:links, :delete},
    new_addr: {:addresses, :put},
    del_addr: {:addresses, :delete},
    new_nexthop: {:nexthops, :put},
    del_nexthop: {:nexthops, :delete},
    new_route: {:routes, :put},
    del_route: {:routes, :delete},
    new_rule: {:rules, :put},
    del_rule: {:rules, :delete},
    new_neigh: {:neighbours, :put},
    del_neigh: {:neighbours, :delete}
  }

  @news for {op, {kind, :put}} <- @ops, into: %{}, do: {kind, op}

  @af_inet 2
  @af_inet6 10

  @doc "Every kind, in the order in which they are listed."
  @spec all() :: [t()]
  def all, do: @all

  @doc "The multicast groups that tell of a kind."
  @spec groups(t()) :: [pos_integer()]
  def groups(kind), do: Map.fetch!(@groups, kind)

  @doc """
  The multicast groups that tell of a part of an object of a kind, so that it is to be listed
  again. A kernel may lack them.
  """
  @spec hints(t()) :: [pos_integer()]
  def hints(kind), do: Map.get(@hints, kind, [])

  @doc "All objects of some kinds, by key."
  @spec list_all([t()], Socket.t()) :: {:ok, [{t(), %{term() => struct()}}]} | {:error, term()}
  def list_all(kinds, sock) do
    Enum.reduce_while(kinds, {:ok, []}, fn kind, {:ok, listed} ->
      case list(kind, sock) do
        {:ok, objects} -> {:cont, {:ok, [{kind, objects} | listed]}}
        error -> {:halt, error}
      end
    end)
  end

  @doc "All objects of a kind, by key."
  @spec list(t(), Socket.t()) :: {:ok, %{term() => struct()}} | {:error, term()}
  def list(kind, sock) do
    case dump(kind, sock) do
      {:ok, objects} ->
        {:ok,
         for(object <- objects, ours?(kind, object), into: %{}, do: {key(kind, object), object})}

      # A kernel without nexthop objects (before 5.3).
      {:error, %Error{errno: :eopnotsupp}} when kind == :nexthops ->
        {:ok, %{}}

      {:error, reason} ->
        {:error, reason}
    end
  end

  defp dump(:links, sock) do
    with {:ok, links} <- links(sock, []) do
      if Enum.any?(links, &cut?(&1.af_spec)), do: links(sock, stats: true), else: {:ok, links}
    end
  end

  defp dump(:addresses, sock), do: Address.list(sock, dump_retries: 5)
  defp dump(:nexthops, sock), do: Nexthop.list(sock, dump_retries: 5)
  defp dump(:routes, sock), do: Route.list(sock, dump_retries: 5)
  defp dump(:rules, sock), do: Rule.list(sock, dump_retries: 5)
  defp dump(:neighbours, sock), do: Neighbour.list(sock, dump_retries: 5)

  defp links(sock, opts), do: Link.list(sock, [af_spec: true, dump_retries: 5] ++ opts)

  # Where statistics are not asked for, `inet6_fill_ifla6_attrs` of older kernels leaves out
  # what comes behind them, too. Notifications have it.
  defp cut?(%{inet6: %{addr_gen_mode: nil}}), do: true
  defp cut?(_af_spec), do: false

  @doc "What a notification of an object that is there would be."
  @spec event(t(), struct()) :: Event.t()
  def event(kind, object), do: %Event{op: Map.fetch!(@news, kind), resource: object}

  @doc """
  What a notification means: `{kind, :put | :delete, object}`, `{:list, kinds}` if it holds no
  whole object but tells that some of these kinds have changed, or `:ignore`.
  """
  @spec change(Event.t()) :: {t(), :put | :delete, struct()} | {:list, [t()]} | :ignore
  def change(%Event{op: {:unknown, type}}) do
    case @hinted do
      %{^type => kinds} -> {:list, kinds}
      %{} -> :ignore
    end
  end

  def change(%Event{op: op, resource: object}) do
    case @ops do
      %{^op => {kind, verb}} ->
        cond do
          kind == :links and part?(verb, object) -> {:list, [:links]}
          ours?(kind, object) -> {kind, verb, object}
          # It was resolved before, perhaps.
          kind == :neighbours and noarp?(object) -> {kind, :delete, object}
          true -> :ignore
        end

      %{} ->
        :ignore
    end
  end

  # A bridge tells of its ports (`br_ifinfo_notify`), and IPv6 of its part of a link
  # (`inet6_ifinfo_notify`), as links of a family of their own; `wireless_nlevent_flush` sends
  # a name and nothing else. What `rtnl_fill_ifinfo` makes has always an MTU.
  defp part?(:put, link), do: link.family != 0 or link.mtu == nil
  defp part?(:delete, link), do: link.family != 0

  # A bridge tells of its forwarding table as neighbours of a family of its own; multicast
  # routing has families, too.
  defp ours?(:links, object), do: object.family == 0

  defp ours?(:routes, %{family: family} = route),
    do: family in [@af_inet, @af_inet6] and not cloned?(route)

  defp ours?(:nexthops, _object), do: true
  defp ours?(:neighbours, neighbour), do: ip?(neighbour) and not noarp?(neighbour)
  defp ours?(_kind, object), do: ip?(object)

  defp ip?(%{family: family}), do: family in [@af_inet, @af_inet6]

  # NUD_NOARP: most of them are made by the kernel, in silence, for multicast.
  defp noarp?(%{family: family, state: state}),
    do: family in [@af_inet, @af_inet6] and is_integer(state) and Bitwise.band(state, 0x40) != 0

  # RTM_F_CLONED: an exception that the kernel remembers, not a route of a table.
  defp cloned?(%{flags: flags}) when is_integer(flags), do: Bitwise.band(flags, 0x200) != 0
  defp cloned?(%{flags: flags}) when is_list(flags), do: :cloned in flags
  defp cloned?(_route), do: false

  @doc """
  What identifies an object of a kind, as long as it exists.
  """
  @spec key(t(), struct()) :: term()
  def key(:links, link), do: link.index
  def key(:nexthops, nexthop), do: nexthop.id
  # A link has an IPv6 address once, and a change may give it another far end
  # (`inet6_addr_modify`); the kernel keeps IPv4 addresses apart by network and far end, too.
  def key(:addresses, %{family: @af_inet6} = a), do: {a.index, a.family, a.local || a.address}

  def key(:addresses, a), do: {a.index, a.family, a.local || a.address, a.address, a.prefixlen}
  def key(:neighbours, n), do: {n.ifindex, n.family, n.dst, proxy?(n)}
  # The kernel numbers no rules: one is all that it says, but for whether its links exist.
  def key(:rules, rule), do: {rule.family, rule.priority, %{rule | flags: undetached(rule.flags)}}

  # IPv4 may hold several routes that differ in nothing but where they lead.
  def key(:routes, route),
    do:
      {Route.target_table(route), route.family, route.dst_len, bits(route), route.tos,
       route.priority || 0, leads_to(route)}

  defp bits(%{dst: nil}), do: nil
  defp bits(%{dst: dst}), do: dst.bytes

  defp leads_to(route),
    do:
      {route.type, route.scope, route.oif, route.gateway, route.via, route.nh_id, route.src,
       route.src_len, legs(route), marks(route)}

  # What else IPv4 tells routes apart by (`fib_find_info`). IPv6 does not, and changes some of
  # it in place.
  defp marks(%{family: @af_inet} = route),
    do:
      {route.protocol, route.prefsrc, route.metrics, route.flow, route.encap_type, route.encap,
       route.mpls}

  defp marks(_route), do: nil

  # FIB_RULE_IIF_DETACHED and FIB_RULE_OIF_DETACHED.
  defp undetached(flags) when is_integer(flags), do: Bitwise.band(flags, Bitwise.bnot(0x18))
  defp undetached(flags), do: flags

  defp legs(%{multipath: nil}), do: nil
  defp legs(%{multipath: legs}), do: Enum.map(legs, &%{&1 | flags: []})

  # NTF_PROXY of include/uapi/linux/neighbour.h.
  defp proxy?(%{flags: flags}) when is_integer(flags), do: Bitwise.band(flags, 0x8) != 0
  defp proxy?(_neighbour), do: false

  @doc """
  The kinds that may have changed without a notification of their own, or whose notification
  came too early.

  When a link goes down, comes up, changes its carrier or disappears, IPv4
  routes and nexthops go, IPv6 routes come and addresses become tentative, in
  silence; so do routes over a nexthop that is deleted or replaced. Routes lose
  their source address when it is deleted, IPv4 ones altogether, and ways over a
  link are dead without an IPv4 address there. An MTU of IPv6 routes follows that of
  the link. Rules know their links by name, and whether there is one.

  The carrier of a link that is down follows that of another one in silence
  (`linkwatch_do_dev`), and so does the other end of a pair that leaves the namespace. The
  first end of a pair is notified before it has its other one (`veth_newlink`). Of a change of
  a bridge its ports say nothing.
  """
  @spec suspects(t(), :put | :delete, struct() | nil, struct()) :: [t()]
  def suspects(:links, :delete, _old, _new),
    do: [:links, :routes, :nexthops, :neighbours, :rules]

  def suspects(:links, :put, nil, new), do: unpaired(new) ++ [:rules]

  def suspects(:links, :put, old, new) do
    unpaired(new) ++
      if(reach(old) == reach(new), do: [], else: [:links, :addresses, :routes, :nexthops]) ++
      if(settings(old) == settings(new), do: [], else: [:links]) ++
      if(old.name == new.name, do: [], else: [:rules])
  end

  def suspects(:nexthops, _verb, old, _new) when old != nil, do: [:routes, :nexthops]
  def suspects(:addresses, :delete, _old, _new), do: [:routes]
  # Two that are alike are one here, but one of them remains.
  def suspects(:rules, :delete, _old, _new), do: [:rules]
  def suspects(_kind, _verb, _old, _new), do: []

  @pairs ["veth", "vxcan", "netkit"]

  defp unpaired(%{link: 0, linkinfo: %{kind: kind}}) when kind in @pairs, do: [:links]
  defp unpaired(_link), do: []

  # Of a bridge, some are the ports' as well; of a macvlan, some are those of all over one link.
  defp settings(%{linkinfo: %{info_data: data}}), do: Codec.comparable(data)
  defp settings(_link), do: nil

  # IFF_UP, IFF_RUNNING and IFF_LOWER_UP.
  defp reach(link), do: {Bitwise.band(link.flags || 0, 0x10041), link.carrier, link.mtu}
end

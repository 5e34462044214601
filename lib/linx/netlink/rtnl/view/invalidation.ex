defmodule Linx.Netlink.Rtnl.View.Invalidation do
  @moduledoc false
  # Changes that the kernel makes without a notification of their own, or whose notification comes
  # too early: the resources to list again after another change. The only module of monitors and
  # views that names resources.

  import Bitwise, only: [&&&: 2]

  alias Linx.Netlink.Codec
  alias Linx.Netlink.Rtnl.Address.Key

  @traffic_control [:qdiscs, :classes, :filters, :chains]

  # Kinds of qdiscs whose options say how many classes there are.
  @banded ["ets", "mqprio", "multiq", "prio", "taprio"]

  @doc """
  Resources, by their plural, that a change of an object may have changed as well. `old` is the
  object before it, or `nil`.

  When a link goes down, comes up, changes its carrier or disappears, IPv4 routes and nexthops
  go, IPv6 routes come and addresses become tentative without a notification; so do routes over a
  nexthop that is deleted or replaced. Routes lose their source address when it is deleted, IPv4
  ones altogether, and paths over a link are dead without an IPv4 address there. The MTU of IPv6
  routes follows that of the link. Rules name their links, and have a flag for whether they exist.
  Each link has parameters in the tables of neighbours.

  The carrier of a link that is down follows that of another one without a notification
  (`linkwatch_do_dev`), and so does the peer of a pair when it leaves the namespace. The first
  link of a pair is notified before it has its peer (`veth_newlink`). Ports are not notified of a
  change of their bridge.

  A link gets its default qdiscs when it goes up for the first time, or its root qdisc is deleted. A
  qdisc comes with its classes and their qdiscs, and goes with all that is below it; so does a class. A class
  with inner ones has no qdisc. Tables of the filter kind `u32` come and go with these.
  """
  @spec invalidates(atom(), :put | :delete, struct() | nil, struct()) :: [atom()]
  def invalidates(:links, :delete, _old, _new),
    do:
      [:links, :routes, :nexthops, :neighbours, :rules, :fdb, :vlans, :neighbour_tables] ++
        @traffic_control ++ [:actions]

  def invalidates(:links, :put, nil, new), do: unpaired(new) ++ [:rules, :neighbour_tables]

  def invalidates(:links, :put, old, new) do
    unpaired(new) ++
      if(reachability(old) == reachability(new),
        do: [],
        else: [:links, :addresses, :routes, :nexthops, :qdiscs, :classes]
      ) ++
      if(settings(old) == settings(new), do: [], else: [:links]) ++
      if(old.name == new.name, do: [], else: [:rules])
  end

  def invalidates(:nexthops, _op, old, _new) when old != nil, do: [:routes, :nexthops]
  def invalidates(:addresses, :delete, _old, _new), do: [:routes]
  # Duplicate rules share a key: one of them may remain.
  def invalidates(:rules, :delete, _old, _new), do: [:rules]

  # `qdisc_graft`, `htb_change_class`, `u32_init` of net/sched.
  def invalidates(:qdiscs, :delete, _old, _new), do: @traffic_control

  def invalidates(:qdiscs, :put, old, %{kind: kind}) when old == nil or kind in @banded,
    do: [:qdiscs, :classes]

  def invalidates(:classes, :delete, _old, _new), do: @traffic_control
  def invalidates(:classes, :put, nil, _new), do: [:qdiscs, :classes]
  def invalidates(:filters, :delete, _old, _new), do: [:filters, :chains]
  def invalidates(:filters, :put, _old, %{kind: "u32"}), do: [:filters]
  # Chains of received and of sent packets share a key.
  def invalidates(:chains, :delete, _old, _new), do: [:chains, :filters]
  def invalidates(_plural, _op, _old, _new), do: []

  @doc """
  Resources, by their plural, of which objects may have gone without a notification with a change
  of an object. Links change without one, but do not go.
  """
  @spec removes(atom(), :put | :delete, struct() | nil, struct()) :: [atom()]
  def removes(plural, op, old, new), do: invalidates(plural, op, old, new) -- [:links]

  @pairs ["veth", "vxcan", "netkit"]

  defp unpaired(%{link: 0, linkinfo: %{kind: kind}}) when kind in @pairs, do: [:links]
  defp unpaired(_link), do: []

  # Ports share some settings of their bridge, and the macvlans of a link some of each other's.
  defp settings(%{linkinfo: %{info_data: data}}), do: Codec.comparable(data)
  defp settings(_link), do: nil

  # IFF_UP, IFF_RUNNING and IFF_LOWER_UP.
  @reachable 0x10041

  defp reachability(link), do: {(link.flags || 0) &&& @reachable, link.carrier, link.mtu}

  # NLM_F_REPLACE and NLM_F_APPEND of a notification: the route may have replaced another one, or
  # be part of one.
  @replace_or_append 0x900
  # AF_INET and AF_INET6.
  @inet 2
  @inet6 10

  @doc """
  Resources that a notification leaves in doubt. `flags` are those of its header, `any?` is whether an
  object is held whose key matches a pattern.
  """
  @spec in_doubt(
          atom(),
          :put | :delete,
          struct() | nil,
          struct(),
          flags :: 0..0xFFFF,
          (atom(), tuple() ->
             boolean())
        ) ::
          [atom()]
  def in_doubt(:routes, op, old, route, flags, _any?),
    do: if(ambiguous?(op, old, route, flags), do: [:routes], else: [])

  # With a link's first IPv4 address, paths over the link are alive again.
  def in_doubt(:addresses, :put, _old, %{family: @inet, index: index}, _flags, any?),
    do: if(any?.(:addresses, Key.inet_pattern(index)), do: [], else: [:routes])

  def in_doubt(_plural, _op, _old, _object, _flags, _any?), do: []

  defp ambiguous?(:delete, nil, _route, _flags), do: true
  defp ambiguous?(_op, _old, %{family: @inet6, multipath: [_ | _]}, _flags), do: true
  defp ambiguous?(_op, _old, _route, flags), do: (flags &&& @replace_or_append) != 0
end

defmodule Linx.Netlink.Rtnl.Reconcile.Plan do
  @moduledoc false
  # From what is desired, what is there and what was applied before to the steps of a pass,
  # in their order, and to the conflicts with other owners. Pure.

  import Bitwise, only: [&&&: 2]

  alias Linx.Netlink.Rtnl.{Diff, Neighbour, Nexthop, Route}
  alias Linx.Netlink.Rtnl.Reconcile.{Alike, Desired}
  alias __MODULE__.{Addresses, Links, Rules}

  @typedoc "A step of the report, with what else it takes to carry it out."
  @type step :: {tuple(), term()}
  @type conflict :: {existing :: struct(), desired :: struct()}

  # NUD_NOARP | NUD_PERMANENT, and NTF_EXT_LEARNED: the kernel does not forget such an entry.
  @lasting_states 0xC0
  @ext_learned 0x10

  # Links first and last, since the others need them; gateways before the routes through
  # them; what is there to replace something before that goes, but for addresses that cannot
  # be there twice.
  @order [
    create: :links,
    update: :links,
    replace: :links,
    delete: :displaced,
    create: :addresses,
    update: :addresses,
    replace: :addresses,
    create: :neighbours,
    update: :neighbours,
    replace: :neighbours,
    create: :nexthops,
    update: :nexthops,
    replace: :nexthops,
    create: :routes,
    update: :routes,
    replace: :routes,
    create: :rules,
    replace: :rules,
    delete: :rules,
    delete: :routes,
    delete: :nexthops,
    delete: :neighbours,
    delete: :addresses,
    delete: :links
  ]

  @doc """
  The steps, and the conflicts. `desired` and `observed` are by section, `owned` are the keys of
  what earlier passes have created; nexthops, routes and rules are ours if they have `protocol`.
  """
  @spec steps(
          Desired.sections(),
          map(),
          map(),
          %{optional(String.t()) => pos_integer()},
          0..255
        ) :: {[step()], [conflict()]}
  def steps(desired, observed, owned, indices, protocol) do
    section = &Map.get(desired, &1, [])
    ours? = &(Diff.protocol(&1.protocol || 0) == protocol)
    addresses = Addresses.steps(section.(:addresses), observed.addresses, owned.addresses)
    nexthops = nexthops(section.(:nexthops), observed.nexthops, ours?)
    {rules, other_rules} = Enum.split_with(observed.rules, ours?)

    steps = %{
      links: Links.steps(section.(:links), observed.links, owned.links, indices),
      displaced: addresses.displaced,
      addresses: addresses.addresses ++ addresses.conflicts,
      neighbours: neighbours(section.(:neighbours), observed.neighbours, owned.neighbours),
      nexthops: nexthops,
      routes: routes(section.(:routes), without(observed.routes, nexthops), ours?),
      rules: Rules.steps(section.(:rules), rules, other_rules)
    }

    conflicts =
      for section <- [:links, :addresses, :neighbours, :nexthops, :routes],
          {{:conflict, existing, item}, _} <- steps[section],
          do: {existing, item}

    {order(steps), conflicts}
  end

  @doc """
  Steps by section to one list.
  """
  @spec order(%{optional(atom()) => [step()]}) :: [step()]
  def order(steps) do
    for {verb, section} <- @order,
        {op, _change} = step <- Map.get(steps, section, []),
        elem(op, 0) == verb,
        do: step
  end

  @doc """
  What tells routes apart in the kernel: IPv4 those of a destination and metric by their TOS as
  well, IPv6 by their source.
  """
  @spec route_key(Route.t()) :: Diff.key()
  def route_key(route), do: {Diff.route_key(route), route.tos, route.src, route.src_len}

  @doc """
  The desired routes that are not there as ours: routes of other owners decide what to do.
  """
  @spec unsettled([Desired.wanted()], [Route.t()]) :: [Route.t()]
  def unsettled(desired, ours) do
    there = Enum.group_by(ours, &route_key/1)

    for {route, _takeover} <- desired,
        not Enum.any?(Map.get(there, route_key(route), []), &Alike.route?(route, &1)),
        do: route
  end

  defp plain(ops), do: for(op <- ops, do: {op, nil})

  # An entry that the kernel has learned, and may forget, has no owner.
  defp neighbours(desired, observed, owned) do
    there = Map.new(Enum.reverse(observed), &{Diff.neighbour_key(&1), &1})
    desired = Enum.uniq_by(desired, fn {entry, _takeover} -> Diff.neighbour_key(entry) end)
    wanted = MapSet.new(desired, fn {entry, _takeover} -> Diff.neighbour_key(entry) end)

    ops =
      Enum.map(desired, fn {entry, takeover} ->
        key = Diff.neighbour_key(entry)
        other = there[key]
        theirs? = key not in owned and lasting?(other)
        {ours, theirs} = if theirs?, do: {nil, other}, else: {other, nil}
        decide(entry, takeover, ours, theirs, &same_neighbour?/2)
      end)

    gone =
      for entry <- observed,
          key = Diff.neighbour_key(entry),
          key in owned and key not in wanted,
          do: {:delete, entry}

    plain(Enum.reject(ops, &is_nil/1) ++ gone)
  end

  defp lasting?(nil), do: false

  defp lasting?(%Neighbour{} = entry) do
    (entry.state &&& @lasting_states) != 0 or (entry.flags &&& @ext_learned) != 0 or
      :managed in (entry.flags_ext || [])
  end

  defp same_neighbour?(one, other),
    do: {one.lladdr, one.state} == {other.lladdr, other.state}

  # The kernel keeps the protocol of a group that it replaces (`replace_nexthop_grp` of
  # net/ipv4/nexthop.c): another owner's has to go first.
  defp nexthops(desired, observed, ours?) do
    {ours, theirs} = Enum.split_with(observed, ours?)

    for op <- tagged(desired, ours, theirs, &Diff.nexthop_key/1, &Alike.nexthop?/2) do
      case op do
        {:replace, %Nexthop{group: [_ | _]}, _} -> {op, :recreate}
        _ -> {op, nil}
      end
    end
  end

  # The routes that are left when groups of nexthops are deleted.
  defp without(routes, nexthops) do
    case for {{:replace, %{id: id}, _}, :recreate} <- nexthops, do: id do
      [] -> routes
      ids -> Enum.reject(routes, &(&1.nh_id in ids))
    end
  end

  # A replacement takes the place of the first route with its key. Where that is another
  # owner's, ours goes and the new one comes behind.
  defp routes(desired, observed, ours?) do
    {ours, theirs} = Enum.split_with(observed, ours?)
    first = Map.new(Enum.reverse(observed), &{route_key(&1), &1})

    for op <- tagged(desired, ours, theirs, &route_key/1, &Alike.route?/2) do
      with {:update, route} <- op,
           key = route_key(route),
           false <- ours?.(first[key]) do
        {op, {:instead, Enum.find(ours, &(route_key(&1) == key))}}
      else
        _ -> {op, nil}
      end
    end
  end

  # Objects that carry a tag. Of ours, those that are not desired go, and so do further ones
  # with the same key.
  defp tagged(desired, ours, theirs, key, same?) do
    desired = Enum.uniq_by(desired, fn {item, _takeover} -> key.(item) end)
    own = Enum.group_by(ours, key)
    foreign = Map.new(Enum.reverse(theirs), &{key.(&1), &1})

    {ops, kept} =
      Enum.map_reduce(desired, MapSet.new(), fn {item, takeover}, kept ->
        candidates = Map.get(own, key.(item), [])
        ours = Enum.find(candidates, List.first(candidates), &same?.(item, &1))
        op = decide(item, takeover, ours, foreign[key.(item)], same?)
        {op, if(ours, do: MapSet.put(kept, ours), else: kept)}
      end)

    Enum.reject(ops, &is_nil/1) ++ for(item <- ours, item not in kept, do: {:delete, item})
  end

  # What is to be done for a desired item where `ours` or another owner's `theirs` is there.
  # Another owner's that does all that is desired is enough, and stays that owner's.
  defp decide(item, _takeover, nil, nil, _same?), do: {:create, item}

  defp decide(item, _takeover, ours, _theirs, same?) when ours != nil,
    do: if(not same?.(item, ours), do: {:update, item})

  defp decide(item, true, nil, theirs, _same?), do: {:replace, theirs, item}

  defp decide(item, false, nil, theirs, same?),
    do: if(not same?.(item, theirs), do: {:conflict, theirs, item})
end

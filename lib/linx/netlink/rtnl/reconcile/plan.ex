defmodule Linx.Netlink.Rtnl.Reconcile.Plan do
  @moduledoc false
  # From what is desired, what is there and what was applied before to the steps of a pass,
  # in their order. Pure.

  alias Linx.Netlink.Rtnl.Diff
  alias Linx.Netlink.Rtnl.Reconcile.{Alike, Links}
  alias Linx.Netlink.Rtnl.Rule.Match

  @typedoc """
  With what is to change of a link; of a rule, whether there is one like it, or what has to
  have been made again before it goes; of a neighbour, whether it is somebody else's.
  """
  @type step :: {Diff.op(), term()}

  # AF_INET6, NUD_PERMANENT.
  @inet6 10
  @permanent 0x80

  # Links first and last, since the others need them; gateways before the routes through
  # them; what is there to replace something before that goes, but for addresses that cannot
  # be there twice.
  @order [
    create: :links,
    update: :links,
    delete: :displaced,
    create: :addresses,
    update: :addresses,
    create: :neighbours,
    update: :neighbours,
    create: :nexthops,
    update: :nexthops,
    create: :routes,
    update: :routes,
    create: :rules,
    delete: :rules,
    delete: :routes,
    delete: :nexthops,
    delete: :neighbours,
    delete: :addresses,
    delete: :links
  ]

  @doc """
  The steps. `desired` and `observed` are by section, `owned` are the keys that may be
  deleted; of nexthops, routes and rules only those with our protocol are to be observed.
  """
  @spec steps(map(), map(), map(), %{optional(String.t()) => pos_integer()}) :: [step()]
  def steps(desired, observed, owned, indices) do
    links = links(desired[:links] || [], observed.links, owned.links, indices)

    {displaced, addresses} =
      desired.addresses
      |> addresses(observed.addresses, owned.addresses)
      |> displaced()

    ops = %{
      displaced: displaced,
      addresses: addresses,
      nexthops: nexthops(desired[:nexthops] || [], observed.nexthops),
      routes: routes(desired.routes, observed.routes)
    }

    ops
    |> Map.new(fn {section, ops} -> {section, for(op <- ops, do: {op, nil})} end)
    |> Map.merge(%{
      links: links,
      neighbours: neighbours(desired[:neighbours] || [], observed.neighbours, owned.neighbours),
      rules: rules(desired[:rules] || [], observed.rules)
    })
    |> order()
  end

  @doc """
  Steps by section to one list.
  """
  @spec order(%{optional(atom()) => [step()]}) :: [step()]
  def order(steps) do
    for {verb, section} <- @order,
        {{^verb, _item}, _change} = step <- Map.get(steps, section, []),
        do: step
  end

  # With the kind, which a link never changes, come the options that differ.
  defp links(desired, observed, owned, indices) do
    there = Map.new(observed, &{&1.name, &1})
    wanted = MapSet.new(desired, & &1.link.name)

    changes =
      for spec <- Enum.uniq_by(desired, & &1.link.name),
          step <- link(spec, there[spec.link.name], indices),
          do: step

    # A link that was made later than another may be upon it.
    deletes =
      for link <- Enum.sort_by(observed, & &1.index, :desc),
          MapSet.member?(owned, {link.name, link.index}),
          not MapSet.member?(wanted, link.name),
          do: {{:delete, link}, nil}

    changes ++ deletes
  end

  # Without a kind it is the other end of a link that is created.
  defp link(%{kind: nil, link: link} = spec, nil, indices) do
    [{{:update, %{link | index: indices[link.name]}}, {:set, spec.create ++ spec.set}}]
  end

  defp link(spec, nil, _indices), do: [{{:create, spec.link}, spec}]

  defp link(spec, link, indices) do
    kind = link.linkinfo && link.linkinfo.kind

    cond do
      spec.kind != nil and spec.kind != kind ->
        [{{:update, link}, {:kind, kind}}]

      (changes = Links.changes(spec, link, indices)) != [] ->
        [{{:update, %{spec.link | index: link.index}}, {:set, changes}}]

      true ->
        []
    end
  end

  # An address that was asked for exists even if its scope makes it one of the kernel's.
  defp addresses(desired, observed, owned) do
    ours = MapSet.union(owned, MapSet.new(desired, &Diff.address_key/1))

    observed =
      for address <- observed do
        if MapSet.member?(ours, Diff.address_key(address)),
          do: %{address | scope: 0},
          else: address
      end

    ops = Diff.addresses(desired, observed, owned)
    there = Map.new(Enum.reverse(observed), &{Diff.address_key(&1), &1})

    updates =
      for address <- Enum.uniq_by(desired, &Diff.address_key/1),
          key = Diff.address_key(address),
          other = there[key],
          wanted = if(MapSet.member?(owned, key), do: Alike.complete(address), else: address),
          not Alike.address?(wanted, other),
          do: {:update, wanted}

    ops ++ updates
  end

  # A link has an IPv6 address once: it cannot get another prefix or far end before it goes.
  defp displaced(ops) do
    new = for {:create, %{family: @inet6} = address} <- ops, into: MapSet.new(), do: own(address)
    Enum.split_with(ops, fn {verb, address} -> verb == :delete and own(address) in new end)
  end

  defp own(address), do: {address.index, address.local || address.address}

  # An entry that the kernel may forget is not what was asked for; one that it may not is
  # somebody's, who keeps it.
  defp neighbours(desired, observed, owned) do
    theirs =
      for %{state: @permanent} = entry <- observed,
          into: MapSet.new(),
          do: Diff.neighbour_key(entry)

    ops = Diff.three_way(desired, observed, owned, &Diff.neighbour_key/1, &{&1.lladdr, &1.state})

    for {_verb, entry} = op <- ops,
        do: {op, if(Diff.neighbour_key(entry) in theirs, do: :theirs)}
  end

  defp nexthops(desired, observed),
    do: compare(desired, observed, &Diff.nexthop_key/1, &Alike.nexthop?/2)

  # The kernel tells IPv4 routes apart by their TOS as well, IPv6 ones by their source.
  defp routes(desired, observed) do
    key = &{Diff.route_key(&1), &1.tos, &1.src, &1.src_len}
    compare(desired, observed, key, &Alike.route?/2)
  end

  # A rule is nothing but its identity. One that the kernel would take for the new one is no
  # reason not to make it.
  defp rules(desired, observed) do
    ops = Diff.two_way(desired, observed, &Match.key/1)
    wanted = MapSet.new(desired, &Match.key/1)
    places = Enum.group_by(observed, &place/1)

    {made, _places} =
      Enum.map_reduce(for({:create, rule} <- ops, do: rule), places, fn rule, places ->
        there = Map.get(places, place(rule), [])
        beside = if Enum.any?(there, &Match.taken?(rule, &1)), do: :beside
        {{{:create, rule}, beside}, Map.put(places, place(rule), [rule | there])}
      end)

    made ++ Enum.flat_map(places, fn {_place, rules} -> removals(rules, wanted) end)
  end

  defp place(rule), do: {rule.family, rule.priority || 0}

  # Of the rules of one priority, in the kernel's order. What stays, and would be taken for
  # one that goes, is made again behind that one and goes first.
  defp removals(rules, wanted) do
    rules =
      for {rule, n} <- Enum.with_index(rules) do
        asked = Match.identity(rule)
        %{n: n, rule: rule, asked: asked, said: Match.said(asked), key: Match.key(rule)}
      end

    {staying, going} = Enum.split_with(rules, &(&1.key in wanted))
    moving = moving(staying, going)
    copies = for %{asked: rule} <- moving, do: rule
    gone = Enum.sort_by(going ++ moving, & &1.n)
    behind = if copies != [], do: {:behind, copies}

    for(rule <- copies, do: {{:create, rule}, :beside}) ++
      for %{rule: rule} <- gone, do: {{:delete, rule}, behind}
  end

  # With those that would be taken for one that moves.
  defp moving(staying, going) do
    hides? = fn one -> Enum.any?(going, &(one.n < &1.n and Match.fits?(&1.said, one.key))) end

    case Enum.split_with(staying, hides?) do
      {[], _staying} -> []
      {moving, staying} -> Enum.sort_by(moving ++ moving(staying, moving), & &1.n)
    end
  end

  # An observed item that does all that the desired one says stands for it.
  defp compare(desired, observed, key, alike?) do
    there = Map.new(Enum.reverse(observed), &{key.(&1), &1})

    desired =
      for item <- desired do
        other = there[key.(item)]
        if other != nil and alike?.(item, other), do: other, else: item
      end

    Diff.two_way(desired, observed, key, & &1)
  end
end

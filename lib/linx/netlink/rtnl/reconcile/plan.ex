defmodule Linx.Netlink.Rtnl.Reconcile.Plan do
  @moduledoc false
  # From what is desired, what is there and what was applied before to the steps of a pass,
  # in their order. Pure.

  alias Linx.Netlink.Rtnl.Diff
  alias Linx.Netlink.Rtnl.Reconcile.{Alike, Links}

  @type step :: {Diff.op(), link_change :: map() | nil}

  # Links first and last, since the others need them; gateways before the routes through
  # them; what is there to replace something before that goes.
  @order [
    create: :links,
    update: :links,
    create: :addresses,
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

    ops = %{
      addresses: addresses(desired.addresses, observed.addresses, owned.addresses),
      neighbours: neighbours(desired[:neighbours] || [], observed.neighbours, owned.neighbours),
      nexthops: nexthops(desired[:nexthops] || [], observed.nexthops),
      routes: routes(desired.routes, observed.routes),
      rules: rules(desired[:rules] || [], observed.rules)
    }

    others = Map.new(ops, fn {section, ops} -> {section, for(op <- ops, do: {op, nil})} end)
    order(Map.put(others, :links, links))
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

    Diff.addresses(desired, observed, owned)
  end

  # An entry that the kernel may forget is not what was asked for.
  defp neighbours(desired, observed, owned) do
    Diff.three_way(desired, observed, owned, &Diff.neighbour_key/1, &{&1.lladdr, &1.state})
  end

  defp nexthops(desired, observed),
    do: compare(desired, observed, &Diff.nexthop_key/1, &Alike.nexthop?/2)

  # The kernel tells IPv4 routes apart by their TOS as well, IPv6 ones by their source.
  defp routes(desired, observed) do
    key = &{Diff.route_key(&1), &1.tos, &1.src, &1.src_len}
    compare(desired, observed, key, &Alike.route?/2)
  end

  # A rule is nothing but its identity.
  defp rules(desired, observed), do: Diff.two_way(desired, observed, &Alike.rule/1)

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

defmodule Linx.Netlink.Rtnl.Reconcile.Plan do
  @moduledoc false
  # From the desired items, the observed objects and the keys of earlier passes to the steps of a
  # pass, in their order, and to the conflicts with other owners. Pure.

  alias Linx.Netlink.Resource
  alias Linx.Netlink.Resource.Desired
  alias Linx.Netlink.Rtnl.Diff
  alias Linx.Netlink.Rtnl.Reconcile.Desired, as: Sections
  alias Linx.Netlink.Rtnl.Reconcile.Tree

  @type conflict :: {existing :: struct(), desired :: struct()}

  @doc """
  The steps, and the conflicts. `desired` and `observed` are by section, `owned` are the keys of
  the objects that earlier passes have created; resources whose owner is their protocol belong to
  the pass if they have that of `context`.
  """
  @spec steps(Sections.sections(), map(), map(), Desired.context()) ::
          {[Desired.step()], [conflict()]}
  def steps(desired, observed, owned, context) do
    resources = Sections.resources()

    {steps, _remaining} =
      Enum.map_reduce(resources, observed, fn %{plural: plural} = resource, observed ->
        context = ownership(context, resource, Map.get(owned, plural, MapSet.new()))
        wanted = Map.get(desired, plural, [])
        steps = section(resource, wanted, Map.get(observed, plural, []), context)

        case for {{:replace, existing, _}, :recreate} <- steps, do: existing do
          [] ->
            {{plural, steps}, observed}

          # Objects of this resource may go as well.
          replaced ->
            remaining = without_dependents(observed, resource, replaced)

            {{plural, section(resource, wanted, Map.get(remaining, plural, []), context)},
             remaining}
        end
      end)

    conflicts =
      for {_plural, steps} <- steps,
          {{:conflict, existing, item}, _} <- steps,
          do: {existing, item}

    {order(Map.new(steps)), conflicts}
  end

  defp ownership(context, %{owner: :protocol}, owned) do
    managed? = &(Diff.protocol(&1.protocol || 0) == context.protocol)
    Map.merge(context, %{owned: owned, managed?: managed?})
  end

  defp ownership(context, resource, owned) do
    managed? = &MapSet.member?(owned, Resource.owner_key(resource, &1))
    Map.merge(context, %{owned: owned, managed?: managed?})
  end

  @doc """
  Steps by section as one list.

  Resources come in the order of their dependencies: creates, updates and replacements forwards,
  then deletes backwards; of resources with a tree, each object behind the one above, whichever its
  resource. A delete with the detail `:replace_first` comes before the creates of its resource.
  """
  @spec order(%{optional(atom()) => [Desired.step()]}) :: [Desired.step()]
  def order(steps) do
    sections = for %{plural: plural} <- Sections.resources(), do: Map.get(steps, plural, [])
    deletes = Enum.flat_map(Enum.reverse(sections), &deletes/1)

    Tree.parents_first(Enum.flat_map(sections, &writes/1)) ++
      (deletes |> Enum.reverse() |> Tree.parents_first() |> Enum.reverse())
  end

  defp writes(steps) do
    first = for {{:delete, _item}, :replace_first} = step <- steps, do: step

    first ++
      for(
        verb <- [:create, :update, :replace],
        {op, _} = step <- steps,
        elem(op, 0) == verb,
        do: step
      )
  end

  defp deletes(steps),
    do: for({{:delete, _}, detail} = step <- steps, detail != :replace_first, do: step)

  # The objects that stay when others are deleted to be created again.
  defp without_dependents(observed, resource, replaced) do
    keys = Enum.map(replaced, &Resource.key(resource, &1))

    resource.dependents
    |> Enum.reduce(observed, fn {plural, field}, observed ->
      Map.update(observed, plural, [], &Enum.reject(&1, fn o -> Map.get(o, field) in keys end))
    end)
    |> Tree.without_below(Sections.resources(), resource, replaced)
  end

  defp section(resource, desired, observed, context) do
    if Resource.exports?(resource, :steps, 3),
      do: resource.desired.steps(desired, observed, context),
      else: general(resource, desired, observed, context)
  end

  # Of the pass's own objects, those that are not desired are deleted, and so are duplicates.
  defp general(%{desired: module} = resource, desired, observed, context) do
    key = &Resource.owner_key(resource, &1)

    unowned? =
      if Resource.exports?(resource, :unowned?, 1),
        do: &module.unowned?/1,
        else: fn _ -> false end

    desired = Enum.uniq_by(desired, fn {item, _takeover} -> key.(item) end)
    {managed, others} = Enum.split_with(observed, context.managed?)
    {unowned, foreign} = Enum.split_with(others, unowned?)
    available = Enum.group_by(managed ++ unowned, key)
    foreign_by_key = Map.new(Enum.reverse(foreign), &{key.(&1), &1})

    {steps, kept} =
      Enum.map_reduce(desired, MapSet.new(), fn {item, takeover}, kept ->
        same = Map.get(available, key.(item), [])
        managed = Enum.find(same, List.first(same), &module.equivalent?(item, &1))
        op = decide(item, takeover, managed, foreign_by_key[key.(item)], &module.equivalent?/2)
        adopted? = managed != nil and not context.managed?.(managed)

        {op && {op, if(adopted?, do: :adopt)},
         if(managed, do: MapSet.put(kept, managed), else: kept)}
      end)

    steps =
      Enum.reject(steps, &is_nil/1) ++
        for(item <- managed, item not in kept, do: {{:delete, item}, nil})

    if Resource.exports?(resource, :details, 3),
      do: module.details(steps, observed, context),
      else: steps
  end

  # The step for a desired item where `managed` or another owner's `foreign` exists. Another owner's
  # object that has all that is desired is enough, and stays that owner's.
  defp decide(item, _takeover, nil, nil, _equivalent?), do: {:create, item}

  defp decide(item, _takeover, managed, _theirs, equivalent?) when managed != nil,
    do: if(not equivalent?.(item, managed), do: {:update, item})

  defp decide(item, true, nil, foreign, _equivalent?), do: {:replace, foreign, item}

  defp decide(item, false, nil, foreign, equivalent?),
    do: if(not equivalent?.(item, foreign), do: {:conflict, foreign, item})
end

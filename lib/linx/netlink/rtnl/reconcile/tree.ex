defmodule Linx.Netlink.Rtnl.Reconcile.Tree do
  @moduledoc false
  # Objects that are below others, by the row `:tree` of their resources. Pure.

  alias Linx.Netlink.Resource
  alias Linx.Netlink.Resource.Desired

  @doc """
  The steps, each behind that of the object above; otherwise in their order.
  """
  @spec parents_first([Desired.step()]) :: [Desired.step()]
  def parents_first(steps) do
    named = for step <- steps, {name, _} = tree(step), name != nil, into: %{}, do: {name, step}

    if named == %{} do
      steps
    else
      {ordered, _seen} = Enum.reduce(steps, {[], MapSet.new()}, &visit(&1, named, &2))
      Enum.reverse(ordered)
    end
  end

  defp visit(step, named, {ordered, seen}) do
    if MapSet.member?(seen, step) do
      {ordered, seen}
    else
      {_name, above} = tree(step)
      parent = if above != nil, do: named[above]
      state = {ordered, MapSet.put(seen, step)}
      {ordered, seen} = if parent, do: visit(parent, named, state), else: state
      {[step | ordered], seen}
    end
  end

  defp tree({op, _detail}) do
    %module{} = item = elem(op, tuple_size(op) - 1)
    Resource.tree(module.__resource__(), item)
  end

  @doc """
  The observed objects, by the plural of their resources, without those below objects of one resource, at any
  depth.
  """
  @spec without_below(map(), [Resource.t()], Resource.t(), [struct()]) :: map()
  def without_below(observed, _resources, %{tree: nil}, _objects), do: observed

  def without_below(observed, resources, resource, objects) do
    resources = Enum.filter(resources, & &1.tree)

    names = for object <- objects, {name, _} = Resource.tree(resource, object), do: name

    remove(observed, resources, MapSet.new(names))
  end

  defp remove(observed, resources, names) do
    below =
      for %{plural: plural} = resource <- resources,
          object <- Map.get(observed, plural, []),
          {name, above} = Resource.tree(resource, object),
          above != nil and MapSet.member?(names, above),
          do: {plural, object, name}

    if below == [] do
      observed
    else
      gone = MapSet.new(below, fn {plural, object, _name} -> {plural, object} end)

      observed =
        Map.new(observed, fn {plural, objects} ->
          {plural, Enum.reject(objects, &MapSet.member?(gone, {plural, &1}))}
        end)

      remove(observed, resources, MapSet.new(below, &elem(&1, 2)))
    end
  end
end

defmodule Linx.Netlink.Codec.Schema do
  @moduledoc false
  # The schema of a codec module and of all modules that it reaches, in the form that
  # native/linx_nif/src/codec/load.rs reads.
  #
  # Values that only Elixir can convert are raw bytes to the engine: those of a module without
  # `__codec__/0`, and those that are dispatched by such a value.

  alias Linx.Netlink.Codec.Type

  @doc """
  The schema of `root` in the native form, and the modules that it is made of.

  Attributes and groups of `root` that are named in `skip` are left out.
  """
  @spec describe(module(), [atom()]) :: {tuple(), [module()]}
  def describe(root, skip \\ []) do
    {sets, modules} = sets([root], skip, %{root => 0}, [])
    addresses = Enum.map([Linx.IP, Linx.MAC, Linx.LinkAddress], & &1.__struct__())
    {List.to_tuple([sets | addresses]), modules}
  end

  # Breadth first. `index` numbers the codec modules in the order in which they are met; `others`
  # are the modules that are no sets: custom types, and tables of a dispatch.
  defp sets([], _skip, index, others), do: {[], Map.keys(index) ++ others}

  defp sets([module | queue], skip, index, others) do
    codec = module.__codec__()
    attrs = for {_, name, _} = attr <- codec.attrs, name not in skip, do: attr
    groups = for {name, _} = group <- Map.get(codec, :groups, []), name not in skip, do: group

    used =
      Enum.uniq(
        Enum.flat_map(attrs, fn {_, _, type} -> Type.modules(type) end) ++ Keyword.values(groups)
      )

    by_conversion = Enum.group_by(used, &Type.conversion/1)
    new = for used <- by_conversion[:codec] || [], not is_map_key(index, used), do: used
    others = Enum.uniq(tables(module) ++ (by_conversion[:custom] || []) ++ others)

    index =
      new
      |> Enum.with_index(map_size(index))
      |> Enum.into(index)

    context = %{set: &Map.get(index, &1), type: &Type.of(codec, &1)}

    set = {
      inspect(module),
      module.__struct__(),
      Enum.map(codec.header, &item(&1, context)),
      for({id, name, type} <- attrs, do: {id, name, Type.native(type, context)}),
      for({name, module} <- groups, do: {name, Map.fetch!(index, module)}),
      Map.get(codec, :unknown)
    }

    {sets, modules} = sets(queue ++ new, [], index, others)
    {[set | sets], modules}
  end

  defp item({:field, name, type}, context), do: {name, Type.native(type, context)}
  defp item({:pad, size}, _context), do: size

  defp tables(module) do
    if function_exported?(module, :__codec__, 1), do: module.__codec__(:tables), else: []
  end
end

defmodule Linx.Netlink.Codec.CustomTypes do
  @moduledoc false
  # Values of custom types: modules with their own `encode/1` and `decode/1`, whose bytes the
  # native engine passes through. Before it encodes and after it has decoded, such values are
  # converted here.
  #
  # A traversal is the way to them: the steps in a struct of the root module and, by module, in
  # the structs inside it. It is `nil` if the root reaches no custom type.

  alias Linx.Netlink.Codec.Type

  @type traversal :: nil | {module(), %{module() => [{atom(), step()}]}}
  @typep step ::
           {:convert, module()}
           | {:walk, module()}
           | {:each, step()}
           | {:each_indexed, step()}
           | {:choose, atom() | {:outer, atom()}, %{term() => step()}}
           | {:convert_by, atom(), %{term() => step()}}

  @doc """
  The traversal for a module; `modules` are all modules that it reaches.
  """
  @spec traversal(module(), [module()]) :: traversal()
  def traversal(root, modules) do
    steps =
      for module <- modules, Type.conversion(module) == :codec, into: %{} do
        {module, steps(module.__codec__())}
      end

    case needed(steps) do
      %{^root => []} -> nil
      steps -> {root, steps}
    end
  end

  @doc """
  Replaces values of custom types by their bytes.
  """
  @spec encode(traversal(), struct()) :: struct()
  def encode(nil, struct), do: struct
  def encode({root, steps}, struct), do: walk(:encode, struct, root, steps)

  @doc """
  Replaces bytes of custom types by their values.
  """
  @spec decode(traversal(), struct()) :: struct()
  def decode(nil, struct), do: struct
  def decode({root, steps}, struct), do: walk(:decode, struct, root, steps)

  # Making a traversal

  defp steps(codec) do
    groups = Map.get(codec, :groups, [])

    for({_, name, type} <- codec.attrs, step = step(type, codec), do: {name, step}) ++
      for({name, module} <- groups, do: {name, {:walk, module}})
  end

  defp step({:dispatch, field, table}, codec) do
    if Type.selects?(Type.of(codec, field)) do
      selector = Type.of(codec, field)

      steps =
        for {key, type} <- table,
            step = step(type, codec),
            key <- key_variants(key, selector),
            into: %{},
            do: {key, step}

      {:choose, field, steps}
    else
      {:convert_by, field,
       for({key, type} <- table, into: %{}, do: {key, {:convert, module!(type)}})}
    end
  end

  defp step({tag, _, _}, _codec) when tag in [:enum, :flags], do: nil
  defp step({tag, module}, codec) when tag in [:nested, :attributes], do: step(module, codec)

  defp step({:indexed, of}, codec),
    do: with(step when step != nil <- step(of, codec), do: {:each_indexed, step})

  defp step(type, codec) do
    case Type.inner(type) do
      [of] -> with step when step != nil <- step(of, codec), do: {:each, step}
      [] -> if Type.module?(type), do: convert(type)
    end
  end

  defp convert(module) do
    case Type.conversion(module) do
      :codec -> {:walk, module}
      :custom -> {:convert, module}
      _address -> nil
    end
  end

  # A name and its integer select the same.
  defp key_variants(key, {:enum, _, names}) do
    same = for {name, number} <- names, key in [name, number], do: [name, number]
    Enum.uniq([key | Enum.concat(same)])
  end

  defp key_variants(key, _selector), do: [key]

  defp module!({:nested, module}), do: module!(module)

  defp module!(module) do
    if Type.module?(module),
      do: module,
      else:
        raise(
          ArgumentError,
          "#{inspect(module)} cannot depend on the value of a module without codec block"
        )
  end

  # Keeps the steps that lead to a custom type. A circle of modules alone leads to none.
  defp needed(steps) do
    reaching = reaching(steps, MapSet.new())

    for {module, steps} <- steps, into: %{} do
      {module, for({name, step} <- steps, leads?(step, reaching), do: {name, step})}
    end
  end

  defp reaching(steps, found) do
    more =
      for {module, steps} <- steps,
          Enum.any?(steps, fn {_, step} -> leads?(step, found) end),
          into: found,
          do: module

    if MapSet.equal?(more, found), do: found, else: reaching(steps, more)
  end

  defp leads?({:convert, _}, _found), do: true
  defp leads?({:convert_by, _, _}, _found), do: true
  defp leads?({:walk, module}, found), do: module in found
  defp leads?({:each, step}, found), do: leads?(step, found)
  defp leads?({:each_indexed, step}, found), do: leads?(step, found)

  defp leads?({:choose, _, table}, found) do
    Enum.any?(table, fn {_, step} -> leads?(step, found) end)
  end

  # Following a traversal. A value that is no struct of the module is left to the engine, which
  # refuses it. `sets` are the struct that holds the value and the structs around it, from inside
  # to outside.

  defp walk(way, struct, module, steps, sets \\ [])

  defp walk(way, %module{} = struct, module, steps, sets) do
    Enum.reduce(Map.get(steps, module, []), struct, fn {name, step}, done ->
      case done do
        %{^name => value} when value != nil ->
          # A selector counts as the caller's value, not as its bytes.
          known = if way == :encode, do: struct, else: done
          %{done | name => follow(way, step, value, [known | sets], name, steps)}

        _ ->
          done
      end
    end)
  end

  defp walk(_way, other, _module, _steps, _sets), do: other

  defp follow(:encode, {:convert, module}, value, _sets, _name, _steps) do
    IO.iodata_to_binary(module.encode(value))
  end

  defp follow(:decode, {:convert, module}, bytes, _sets, _name, _steps), do: module.decode(bytes)

  defp follow(way, {:walk, module}, value, sets, _name, steps) do
    walk(way, value, module, steps, sets)
  end

  defp follow(way, {:each, step}, values, sets, name, steps) when is_list(values) do
    Enum.map(values, &follow(way, step, &1, sets, name, steps))
  end

  defp follow(way, {:each_indexed, step}, values, sets, name, steps) when is_list(values) do
    Enum.map(values, fn
      {number, value} -> {number, follow(way, step, value, sets, name, steps)}
      other -> other
    end)
  end

  defp follow(way, {:choose, field, table}, value, sets, name, steps) do
    case Map.fetch(table, selector(field, sets)) do
      {:ok, step} -> follow(way, step, value, sets, name, steps)
      :error -> value
    end
  end

  defp follow(way, {:convert_by, field, table}, value, [known | _] = sets, name, steps) do
    key = Map.get(known, field)

    case Map.fetch(table, key) do
      {:ok, step} ->
        follow(way, step, value, sets, name, steps)

      :error when way == :decode ->
        value

      :error ->
        raise ArgumentError,
              "#{inspect(known.__struct__)}: cannot encode field #{inspect(name)}: " <>
                "no codec registered for #{inspect(key)}, the value of #{inspect(field)}"
    end
  end

  defp follow(_way, _step, value, _sets, _name, _steps), do: value

  # An outer field is that of the nearest set around that has a field of the name.
  defp selector({:outer, field}, [_set | around]) do
    with %{} = set <- Enum.find(around, &is_map_key(&1, field)), do: Map.fetch!(set, field)
  end

  defp selector(field, [set | _]), do: Map.get(set, field)
end

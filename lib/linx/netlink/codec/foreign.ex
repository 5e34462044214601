defmodule Linx.Netlink.Codec.Foreign do
  @moduledoc false
  # Values that only their own module can convert: the engine sees their bytes.
  # Before it encodes and after it has decoded, a plan leads to them.
  #
  # A plan is what to do with a struct of the root and, by module, with the
  # structs inside it. A schema that reaches no such module has the plan `nil`.

  alias Linx.Netlink.Codec.Description

  @type plan :: nil | {module(), %{module() => [{atom(), act()}]}}
  @typep act ::
           {:call, module()}
           | {:walk, module()}
           | {:each, act()}
           | {:choose, atom(), %{term() => act()}}
           | {:only, atom(), %{term() => act()}}

  @doc """
  The plan for a module; `parts` are all modules it reaches.
  """
  @spec plan(module(), [Description.part()]) :: plan()
  def plan(root, parts) do
    acts =
      for {module, how, _} <- parts, how != :foreign, into: %{} do
        {module, acts(module.__codec__())}
      end

    case needed(acts) do
      %{^root => []} -> nil
      acts -> {root, acts}
    end
  end

  @doc """
  Replaces such values by their bytes.
  """
  @spec encode(plan(), struct()) :: struct()
  def encode(nil, struct), do: struct
  def encode({root, acts}, struct), do: walk(:encode, struct, root, acts)

  @doc """
  Replaces such bytes by their values.
  """
  @spec decode(plan(), struct()) :: struct()
  def decode(nil, struct), do: struct
  def decode({root, acts}, struct), do: walk(:decode, struct, root, acts)

  # Making a plan

  defp acts(codec) do
    groups = Map.get(codec, :groups, [])

    for({_, name, type} <- codec.attrs, act = act(type, codec), do: {name, act}) ++
      for({name, module} <- groups, do: {name, {:walk, module}})
  end

  defp act({:dispatch, field, table}, codec) do
    if Description.selects?(codec, field) do
      selector = Description.type(codec, field)

      acts =
        for {key, type} <- table,
            act = act(type, codec),
            key <- spellings(key, selector),
            into: %{},
            do: {key, act}

      {:choose, field, acts}
    else
      {:only, field, for({key, type} <- table, into: %{}, do: {key, {:call, module!(type)}})}
    end
  end

  defp act({:array, type, _}, codec), do: each(act(type, codec))
  defp act({tag, _, _}, _codec) when tag in [:enum, :flags], do: nil
  defp act({tag, type}, codec) when tag in [:array, :repeated], do: each(act(type, codec))
  defp act({tag, module}, _codec) when tag in [:packed, :chain], do: each(act(module))
  defp act({:nested, module}, _codec), do: act(module)
  defp act(module, _codec), do: act(module)

  defp act(module) do
    case Description.kind(module) do
      :codec -> {:walk, module}
      :foreign -> {:call, module}
      _ -> nil
    end
  end

  # The engine takes a name and its integer alike.
  defp spellings(key, {:enum, _, names}) do
    same = for {name, number} <- names, key in [name, number], do: [name, number]
    Enum.uniq([key | Enum.concat(same)])
  end

  defp spellings(key, _selector), do: [key]

  defp each(nil), do: nil
  defp each(act), do: {:each, act}

  defp module!({:nested, module}), do: module!(module)

  defp module!(module) do
    if Description.kind(module) in [:codec, :foreign, :ip, :mac, :link_address] do
      module
    else
      raise ArgumentError,
            "#{inspect(module)} cannot depend on the value of a module without codec block"
    end
  end

  # Keeps what leads to a call. A circle of modules is nothing by itself.
  defp needed(acts) do
    reaching = reaching(acts, MapSet.new())

    for {module, acts} <- acts, into: %{} do
      {module, for({name, act} <- acts, leads?(act, reaching), do: {name, act})}
    end
  end

  defp reaching(acts, found) do
    more =
      for {module, acts} <- acts,
          Enum.any?(acts, fn {_, act} -> leads?(act, found) end),
          into: found,
          do: module

    if MapSet.equal?(more, found), do: found, else: reaching(acts, more)
  end

  defp leads?({:call, _}, _found), do: true
  defp leads?({:only, _, _}, _found), do: true
  defp leads?({:walk, module}, found), do: module in found
  defp leads?({:each, act}, found), do: leads?(act, found)

  defp leads?({:choose, _, table}, found) do
    Enum.any?(table, fn {_, act} -> leads?(act, found) end)
  end

  # Following one. What is no struct of the module is the engine's to refuse.

  defp walk(way, %module{} = struct, module, acts) do
    Enum.reduce(Map.get(acts, module, []), struct, fn {name, act}, done ->
      case done do
        %{^name => value} when value != nil ->
          # A value depends on another as the caller knows it, not on its bytes.
          known = if way == :encode, do: struct, else: done
          %{done | name => follow(way, act, value, known, name, acts)}

        _ ->
          done
      end
    end)
  end

  defp walk(_way, other, _module, _acts), do: other

  defp follow(:encode, {:call, module}, value, _known, _name, _acts) do
    IO.iodata_to_binary(module.encode(value))
  end

  defp follow(:decode, {:call, module}, bytes, _known, _name, _acts), do: module.decode(bytes)

  defp follow(way, {:walk, module}, value, _known, _name, acts) do
    walk(way, value, module, acts)
  end

  defp follow(way, {:each, act}, values, known, name, acts) when is_list(values) do
    Enum.map(values, &follow(way, act, &1, known, name, acts))
  end

  defp follow(way, {:choose, field, table}, value, known, name, acts) do
    case Map.fetch(table, Map.get(known, field)) do
      {:ok, act} -> follow(way, act, value, known, name, acts)
      :error -> value
    end
  end

  defp follow(way, {:only, field, table}, value, known, name, acts) do
    key = Map.get(known, field)

    case Map.fetch(table, key) do
      {:ok, act} ->
        follow(way, act, value, known, name, acts)

      :error when way == :decode ->
        value

      :error ->
        raise ArgumentError,
              "#{inspect(known.__struct__)}: cannot encode field #{inspect(name)}: " <>
                "no codec registered for #{inspect(key)}, the value of #{inspect(field)}"
    end
  end

  defp follow(_way, _act, value, _known, _name, _acts), do: value
end

defmodule Linx.Netlink.Codec.Description do
  @moduledoc false
  # Describes a module and all it reaches to the native engine. The form is
  # that of native/linx_nif/src/codec/describe.rs.
  #
  # What only Elixir can convert is raw bytes to the engine: a module without
  # `__codec__/0`, and an attribute that depends on such a module's value.

  @scalars [:u8, :u16, :u32, :u64, :s8, :s16, :s32, :s64, :be16, :be32, :be64]
  @simple [:string, :binary, :flag, :uint, :sint, :bitfield32]

  @typedoc "A module that a schema was made of, and what tells whether it has changed."
  @type part :: {module(), :block | :codec | :foreign, term()}

  @doc """
  The description of a module, and the modules it is made of. Attributes and
  groups of its own that are named in `skip` are left out.
  """
  @spec of(module(), [atom()]) :: {tuple(), [part()]}
  def of(root, skip \\ []) do
    {sets, modules} = sets([root], skip, %{root => 0}, [])
    addresses = Enum.map([Linx.IP, Linx.MAC, Linx.LinkAddress], & &1.__struct__())
    description = List.to_tuple([sets | addresses])
    {description, Enum.map(modules, &part/1)}
  end

  @doc """
  Whether modules are still what they were.
  """
  @spec current?([part()]) :: boolean()
  def current?([{_, :block, {codec, digest}} | parts]) do
    codec.(:digest) === digest and current?(parts)
  end

  def current?([{module, _, _} = part | parts]), do: part(module) == part and current?(parts)
  def current?([]), do: true

  @doc """
  What converts values of a type: the engine by itself, as an address, or by a
  module's table; or a module's own functions.
  """
  @spec kind(term()) :: :value | :ip | :mac | :link_address | :codec | :foreign
  def kind(type) when type in @scalars or type in @simple or is_tuple(type), do: :value
  def kind(Linx.IP), do: :ip
  def kind(Linx.MAC), do: :mac
  def kind(Linx.LinkAddress), do: :link_address

  def kind(module) do
    if Code.ensure_loaded?(module) and function_exported?(module, :__codec__, 0),
      do: :codec,
      else: :foreign
  end

  @doc """
  Whether the value of field `name` is known to the engine, so that others may
  depend on it there.
  """
  @spec selects?(map(), atom()) :: boolean()
  def selects?(codec, name) do
    case type(codec, name) do
      {tag, _, _} -> tag in [:enum, :flags]
      type -> type in @scalars or type in [:string, :binary, :uint, :sint]
    end
  end

  @doc """
  The type of a header field or an attribute.
  """
  @spec type(map(), atom()) :: term()
  def type(codec, name) do
    Enum.find_value(codec.attrs, fn {_, field, type} -> field == name && type end) ||
      Enum.find_value(codec.header, fn item ->
        match?({:field, ^name, _}, item) && elem(item, 2)
      end)
  end

  defp part(module) do
    cond do
      kind(module) == :foreign -> {module, :foreign, nil}
      function_exported?(module, :__codec__, 1) -> {module, :block, digest(module)}
      true -> {module, :codec, module.module_info(:md5)}
    end
  end

  # A schema may have a hundred parts, all asked at every use. An external
  # function calls the module's newest code and needs no lookup.
  defp digest(module) do
    codec = Function.capture(module, :__codec__, 1)
    {codec, codec.(:digest)}
  end

  # Breadth first; `index` numbers the modules in the order they were met,
  # `modules` also holds those that are no sets.
  defp sets([], _skip, index, foreign) do
    {[], Map.keys(index) ++ foreign}
  end

  defp sets([module | queue], skip, index, foreign) do
    codec = module.__codec__()
    attrs = for {_, name, _} = attr <- codec.attrs, name not in skip, do: attr
    groups = for {name, _} = group <- Map.get(codec, :groups, []), name not in skip, do: group

    used = Enum.flat_map(attrs, fn {_, _, type} -> modules(type) end) ++ Keyword.values(groups)

    used = Enum.uniq(used)
    new = for used <- used, kind(used) == :codec, not is_map_key(index, used), do: used
    foreign = Enum.uniq(for(used <- used, kind(used) == :foreign, do: used) ++ foreign)

    index =
      new
      |> Enum.with_index(map_size(index))
      |> Enum.into(index)

    set = {
      inspect(module),
      module.__struct__(),
      Enum.map(codec.header, &item/1),
      Enum.map(attrs, fn {id, name, type} -> {id, name, row(type, codec, index)} end),
      Enum.map(groups, fn {name, module} -> {name, Map.fetch!(index, module)} end),
      Map.get(codec, :unknown)
    }

    {sets, modules} = sets(queue ++ new, [], index, foreign)
    {[set | sets], modules}
  end

  defp item({:field, name, type}), do: {name, type}
  defp item({:pad, size}), do: size

  defp row({:dispatch, field, table}, codec, index) do
    if selects?(codec, field) do
      {:dispatch, field, for({key, type} <- table, do: {key, row(type, codec, index)})}
    else
      :binary
    end
  end

  defp row({:nested, module}, _codec, index), do: set(module, index, true)
  defp row({:array, type}, codec, index), do: {:array, row(type, codec, index), nil}
  defp row({:array, type, id}, codec, index), do: {:array, row(type, codec, index), id}
  defp row({:repeated, type}, codec, index), do: {:repeated, row(type, codec, index)}
  defp row({:packed, type}, _codec, _index) when type in @scalars, do: {:scalars, type}
  defp row({:packed, module}, _codec, index), do: {:structs, fetch!(index, module)}
  defp row({:chain, module}, _codec, index), do: {:chain, fetch!(index, module)}
  defp row({tag, _, _} = type, _codec, _index) when tag in [:enum, :flags], do: type
  defp row(type, _codec, _index) when type in @scalars or type in @simple, do: type
  defp row(module, _codec, index), do: set(module, index, false)

  defp set(module, index, nested?) do
    case kind(module) do
      :codec -> {:set, Map.fetch!(index, module), nested?}
      :foreign -> {:raw, nested?}
      address -> address
    end
  end

  defp fetch!(index, module) do
    case index do
      %{^module => set} -> set
      _ -> raise ArgumentError, "#{inspect(module)} has no codec block"
    end
  end

  defp modules({:dispatch, _, table}), do: Enum.flat_map(Map.values(table), &modules/1)
  defp modules({:array, type, _}), do: modules(type)
  defp modules({tag, _, _}) when tag in [:enum, :flags], do: []
  defp modules({_, type}), do: modules(type)
  defp modules(type) when type in @scalars or type in @simple, do: []
  defp modules(module), do: [module]
end

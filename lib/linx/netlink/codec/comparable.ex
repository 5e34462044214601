defmodule Linx.Netlink.Codec.Comparable do
  @moduledoc false
  # Structs without what changes by itself: counters, ages, timers, remaining times. The rows
  # of a codec say which fields these are.

  @scalars [:u8, :u16, :u32, :u64, :s8, :s16, :s32, :s64, :be16, :be32, :be64]
  @simple @scalars ++ [:string, :binary, :flag, :uint, :sint, :bitfield32]
  @addresses [Linx.IP, Linx.MAC]

  @typedoc "The volatile fields of a struct as `nil`, and those that may hold structs."
  @type plan :: {%{atom() => nil}, [atom()]}

  @doc """
  The plan for a module, from what its `__codec__/0` returns.
  """
  @spec plan(map()) :: plan()
  def plan(codec) do
    volatile = Map.get(codec, :volatile, [])

    nested =
      for({_id, name, type} <- codec.attrs, nested?(type), do: name) ++
        for {name, _module} <- Map.get(codec, :groups, []), do: name

    {Map.new(volatile, &{&1, nil}), nested -- volatile}
  end

  defp nested?({tag, _, _}) when tag in [:enum, :flags], do: false
  defp nested?({:array, type, _id}), do: nested?(type)
  defp nested?({:dispatch, _field, table}), do: Enum.any?(Map.values(table), &nested?/1)
  defp nested?({_tag, type}), do: nested?(type)
  defp nested?(type), do: type not in @simple and type not in @addresses

  @doc """
  The comparable form of a term.
  """
  @spec of(term()) :: term()
  def of(%module{} = struct) do
    if Code.ensure_loaded?(module) and function_exported?(module, :__codec__, 1) do
      {volatile, nested} = module.__codec__(:comparable)
      Enum.reduce(nested, Map.merge(struct, volatile), &descend/2)
    else
      struct
    end
  end

  def of([_ | _] = list), do: Enum.map(list, &of/1)
  def of(%{} = map), do: Map.new(map, fn {key, value} -> {key, of(value)} end)
  def of(other), do: other

  defp descend(field, struct) do
    case struct do
      %{^field => value} when is_map(value) or is_list(value) -> %{struct | field => of(value)}
      %{} -> struct
    end
  end
end

defmodule Linx.Netlink.Codec.Comparable do
  @moduledoc false
  # Structs without their volatile fields: counters, ages, timers and remaining times, as the
  # rows of a codec declare them.

  alias Linx.Netlink.Codec.Type

  @typedoc "The volatile fields of a struct, each with `nil`, and the fields that may hold structs."
  @type plan :: {%{atom() => nil}, [atom()]}

  @doc """
  The plan for a module, from what its `__codec__/0` returns.
  """
  @spec plan(map()) :: plan()
  def plan(codec) do
    volatile = Map.get(codec, :volatile, [])

    nested =
      for({_id, name, type} <- codec.attrs, Type.structs?(type), do: name) ++
        for {name, _module} <- Map.get(codec, :groups, []), do: name

    {Map.new(volatile, &{&1, nil}), nested -- volatile}
  end

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

  # An element of an indexed list.
  def of({number, value}) when is_integer(number), do: {number, of(value)}
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

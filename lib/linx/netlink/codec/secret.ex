defmodule Linx.Netlink.Codec.Secret do
  @moduledoc false
  # Rows with `secret: true`: keys and passwords.

  alias Linx.Netlink.Codec.Type

  @doc """
  Whether a body of the module may hold a secret, at any depth.
  """
  @spec in?(module() | nil) :: boolean()
  def in?(nil), do: false
  def in?(module), do: search([module], MapSet.new())

  defp search([], _seen), do: false

  defp search([module | queue], seen) do
    if module in seen or not codec?(module) do
      search(queue, seen)
    else
      codec = module.__codec__()

      is_map_key(codec, :secret) or search(inner(codec) ++ queue, MapSet.put(seen, module))
    end
  end

  defp inner(codec) do
    groups = codec |> Map.get(:groups, []) |> Keyword.values()
    Enum.flat_map(codec.attrs, fn {_id, _name, type} -> Type.modules(type) end) ++ groups
  end

  @doc """
  Whether a field of the module is a secret.
  """
  @spec field?(module(), atom()) :: boolean()
  def field?(module, field),
    do: codec?(module) and field in Map.get(module.__codec__(), :secret, [])

  defp codec?(module),
    do:
      is_atom(module) and Code.ensure_loaded?(module) and
        function_exported?(module, :__codec__, 0)
end

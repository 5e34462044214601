defmodule Linx.Netlink.Codec.Flags do
  @moduledoc false
  # Reads a field of a `{:flags, …}` type in any form that such a field takes: a list of names and
  # integers, an integer, or `nil`.

  import Bitwise

  alias Linx.Netlink.Codec.Type

  @doc """
  The names of the bits that are set in a field of a codec's struct, in the order of its type.
  """
  @spec names(struct(), atom()) :: [atom()]
  def names(%module{} = struct, field) do
    {:flags, _scalar, table} = Type.of(module.__codec__(), field)
    mask = mask(Map.fetch!(struct, field), table)
    for {name, bit} <- table, (mask &&& bit) != 0, do: name
  end

  defp mask(nil, _table), do: 0
  defp mask(mask, _table) when is_integer(mask), do: mask

  defp mask(flags, table) do
    Enum.reduce(flags, 0, fn flag, mask ->
      mask ||| if(is_atom(flag), do: Keyword.get(table, flag, 0), else: flag)
    end)
  end
end

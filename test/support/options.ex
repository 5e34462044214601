defmodule Linx.Test.Options do
  @moduledoc false
  # Values that a table of options, such as a module's `__options__/0`, must refuse.

  import ExUnit.Assertions

  @doc """
  Asserts that every option of a module refuses values of other types; for numbers also the values next
  to the limits.
  """
  def assert_refuses(module, add) do
    wrong = for {key, row} <- module.__options__(), value <- wrong(elem(row, 0)), do: {key, value}
    assert wrong != []

    for {key, value} <- wrong,
        do: assert(add.([{key, value}]) == {:error, {:bad_option, key, value}})
  end

  defp wrong(first..last//_), do: [first - 1, last + 1, "7", nil]
  defp wrong(:bool), do: [0, 1, "true", nil]
  defp wrong(:flag), do: [0, 1, "true", nil]
  defp wrong({:enum, _names}), do: [:odd, 0x10000, "7"]
  defp wrong({:flags, _names}), do: [:odd, [:odd], 7]
  defp wrong(_other), do: []
end

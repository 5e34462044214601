defmodule Linx.Test.Options do
  @moduledoc false
  # What a table of options, as `__options__/0` of a module gives it, has to refuse.

  import ExUnit.Assertions

  @doc """
  Every option of the module is refused with what is not of its type: for numbers the next ones on
  either side, too.
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

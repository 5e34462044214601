defmodule Linx.Test.KeySearch do
  @moduledoc false
  # Finds the bytes of keys in texts.

  @doc """
  Whether a text shows a key, given as bytes: raw, in Base64, in hexadecimal digits, as a list of numbers
  or as an inspected binary.
  """
  def shows?(text, <<_::256>> = bytes),
    do: Enum.any?(forms(bytes), &(:binary.match(text, &1) != :nomatch))

  # A part of a key is as bad as the whole of it.
  defp forms(bytes) do
    part = binary_part(bytes, 8, 8)
    numbers = :binary.bin_to_list(part)

    [
      part,
      bytes |> Base.encode64() |> binary_part(4, 12),
      Base.encode16(part),
      Base.encode16(part, case: :lower),
      Enum.join(numbers, ", "),
      Enum.join(numbers, ","),
      Enum.map_join(numbers, ", ", &("0x" <> String.upcase(Integer.to_string(&1, 16)))),
      part |> inspect(binaries: :as_strings) |> String.trim("\"")
    ]
  end
end

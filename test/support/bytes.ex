defmodule Linx.Test.Bytes do
  @moduledoc """
  Bytes written in hexadecimal, with comments.

      import Linx.Test.Bytes, only: [sigil_X: 2]

      ~X\"""
      08 00 01 00  7f 00 00 01   # IFA_ADDRESS
      \"""
  """

  @doc """
  The bytes of pairs of hexadecimal digits. Blanks are ignored, and so is the text from a `#` to the end
  of its line. Any other text raises.
  """
  @spec sigil_X(String.t(), charlist()) :: binary()
  def sigil_X(text, []) do
    text
    |> String.split("\n")
    |> Enum.map_join(fn line -> line |> String.split("#") |> hd() end)
    |> String.replace(" ", "")
    |> Base.decode16!(case: :mixed)
  end
end

defmodule Linx.Test.Captured do
  @moduledoc false
  # Bodies as a kernel sent them, cut and extended: what a decoder has to withstand.

  import ExUnit.Assertions

  # No attribute has this number.
  @unknown <<8::native-16, 16_000::native-16, 1, 2, 3, 4>>

  @doc """
  Decodes a body, and returns the struct. Asserts that the body cut at any length is decoded or refused
  with `ArgumentError`, and that attributes without a row change nothing.
  """
  def check(module, bytes) do
    for length <- 0..(byte_size(bytes) - 1) do
      try do
        assert %{__struct__: ^module} = module.decode(binary_part(bytes, 0, length))
      rescue
        error in ArgumentError -> assert Exception.message(error) =~ "length"
      end
    end

    struct = module.decode(bytes)
    padding = :binary.copy(<<0>>, rem(4 - rem(byte_size(bytes), 4), 4))
    assert module.decode(bytes <> padding <> @unknown) == struct
    struct
  end
end

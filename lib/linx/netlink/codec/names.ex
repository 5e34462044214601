defmodule Linx.Netlink.Codec.Names do
  @moduledoc false
  # Names of the values of enums and flags, and the values that scalars can have.

  import Bitwise, only: [<<<: 2]

  alias Linx.Netlink.Codec.{Block, Type}

  @doc """
  A type with a number for each name. A mistake is a `CompileError`.
  """
  @spec check!({:enum | :flags, term(), term()}, atom(), Block.place()) :: Type.t()
  def check!({tag, scalar, names}, field, place) do
    unless Type.scalar?(scalar) or scalar in [:uint, :sint],
      do: Block.fail!(place, "not a scalar: #{inspect(scalar)}")

    listed? = fn
      {name, value} when is_atom(name) -> is_integer(value) or (tag == :enum and is_atom(value))
      _ -> false
    end

    unless is_list(names) and not List.improper?(names) and Enum.all?(names, listed?),
      do: Block.fail!(place, "names are a keyword list of integers, got: #{inspect(names)}")

    {synonyms, numbers} = Enum.split_with(names, fn {_name, value} -> is_atom(value) end)

    with [name | _] <- repeated(Keyword.keys(names)),
         do: Block.fail!(place, "#{inspect(field)} has the name #{inspect(name)} twice")

    with [value | _] <- repeated(Keyword.values(numbers)),
         do: Block.fail!(place, "#{inspect(field)} has two names for #{value}")

    for {name, value} <- numbers,
        not fits?(scalar, value) or (tag == :flags and value <= 0),
        do:
          Block.fail!(
            place,
            "#{inspect(name)} of #{inspect(field)} does not fit #{inspect(scalar)}: #{value}"
          )

    for {name, value} <- synonyms,
        not Keyword.has_key?(numbers, value),
        do:
          Block.fail!(
            place,
            "#{inspect(name)} of #{inspect(field)} is the name of no other: #{inspect(value)}"
          )

    {tag, scalar,
     for({name, value} <- names, do: {name, if(is_atom(value), do: numbers[value], else: value)})}
  end

  defp repeated(list), do: list -- Enum.uniq(list)

  @doc """
  Whether a scalar, `:uint` or `:sint` can have the value.
  """
  @spec fits?(atom(), term()) :: boolean()
  def fits?(:uint, value), do: fits?(:u64, value)
  def fits?(:sint, value), do: fits?(:s64, value)
  def fits?(:ticks, value), do: is_integer(value) and value in 0..(64 * 0xFFFFFFFF)

  def fits?(scalar, value) do
    bits = 8 * Type.width(scalar)

    range =
      if Type.signed?(scalar),
        do: -(1 <<< (bits - 1))..((1 <<< (bits - 1)) - 1),
        else: 0..((1 <<< bits) - 1)

    is_integer(value) and value in range
  end
end

defmodule Linx.Netlink.Generic.Ethtool.Bits do
  @moduledoc """
  Set of bits with names.

  Kernel side: `ETHTOOL_A_BITSET_*` of `include/uapi/linux/ethtool_netlink.h`.

  In structs it is the list of the names of the bits that are set, in the order of the bits; a bit without a
  name is its number. Where a link supports some of the bits only, and the kernel reports which, it is a map
  of two such lists: `%{supported: [], advertised: []}`.

  As an option it is a list of names or numbers, to set these and to clear all others, or a list of
  `{name, boolean}`, to change these only.
  """

  import Bitwise, only: [&&&: 2, <<<: 2, >>>: 2, |||: 2]

  alias Linx.Netlink.Generic.Ethtool.Bitset
  alias Linx.Netlink.Generic.Ethtool.Bitset.Bit

  @typedoc "A name, or a number for a bit without one."
  @type bit :: String.t() | non_neg_integer()

  @type t ::
          [bit()]
          | %{required(:supported) => [bit()], optional(:advertised | :enabled) => [bit()]}

  # The greatest number of a bit that an option takes.
  @last 0xFFFF

  # Reading

  @doc "The name of a bit in a string set."
  @spec name(bit(), tuple() | nil) :: bit()
  def name(bit, names) when is_integer(bit) and is_tuple(names) and bit < tuple_size(names) do
    case elem(names, bit) do
      "" -> bit
      name -> name
    end
  end

  def name(bit, _names), do: bit

  @doc """
  A set that was received, as a list of names, or as a map with the key `form` for the bits that are set.
  """
  @spec named(Bitset.t() | nil, tuple() | nil, :list | :advertised | :enabled) :: t() | nil
  def named(nil, _names, _form), do: nil
  def named(set, names, :list), do: for(bit <- on(set), do: name(bit, names))

  def named(set, names, form) do
    supported = for bit <- all(set), do: name(bit, names)
    %{:supported => supported, form => named(set, names, :list)}
  end

  defp on(%Bitset{value: value}) when value != nil, do: numbers(value, 0)
  defp on(%Bitset{nomask: true, bits: bits}), do: labels(bits)
  defp on(%Bitset{bits: bits}), do: labels(for %{value: true} = bit <- bits || [], do: bit)

  defp all(%Bitset{mask: mask}) when mask != nil, do: numbers(mask, 0)
  defp all(%Bitset{bits: bits}), do: labels(bits)

  defp labels(bits) do
    for %Bit{name: name, index: index} <- bits || [],
        do: if(name in [nil, ""], do: index || 0, else: name)
  end

  # The numbers of the bits of words of 32 bits.
  defp numbers(<<0::32, words::binary>>, at), do: numbers(words, at + 32)

  defp numbers(<<word::native-32, words::binary>>, at),
    do: for(bit <- 0..31, (word >>> bit &&& 1) == 1, do: at + bit) ++ numbers(words, at + 32)

  defp numbers(_rest, _at), do: []

  # Writing

  @doc false
  # The type of an option that takes a set.
  def option do
    {:check, &__MODULE__.cast/1,
     "list of names, for these and no others, or of `{name, boolean}`"}
  end

  @doc false
  @spec cast(term()) :: {:ok, {:only, [bit()]} | {:change, [{bit(), boolean()}]}} | :error
  def cast(bits) when is_list(bits) do
    cond do
      List.improper?(bits) -> :error
      Enum.all?(bits, &bit?/1) -> {:ok, {:only, Enum.uniq(bits)}}
      Enum.all?(bits, &switch?/1) -> {:ok, {:change, bits}}
      true -> :error
    end
  end

  def cast(_other), do: :error

  defp switch?({bit, on}), do: bit?(bit) and is_boolean(on)
  defp switch?(_other), do: false

  defp bit?(name) when is_binary(name),
    do: byte_size(name) in 1..255 and not Linx.Text.nul?(name)

  defp bit?(number), do: number in 0..@last

  @doc "The set that changes these bits."
  @spec change([{bit(), boolean()}]) :: Bitset.t()
  def change(switches),
    do: %Bitset{bits: for({bit, on} <- switches, do: bit(bit, if(on, do: true)))}

  @doc "The set of these bits, by their names."
  @spec list([bit()]) :: Bitset.t()
  def list(bits), do: %Bitset{nomask: true, bits: Enum.map(bits, &bit(&1, nil))}

  defp bit(name, on) when is_binary(name), do: %Bit{name: name, value: on}
  defp bit(index, on), do: %Bit{index: index, value: on}

  @doc """
  The set that has these bits and no others; an error with a bit that `names` do not have.

  It is a bitmap: of a list, some versions of `ethnl_update_bitset32_verbose` (net/ethtool/bitset.c) lose
  the bits that were set before.
  """
  @spec only([bit()], tuple()) :: {:ok, Bitset.t()} | {:error, bit()}
  def only(bits, names) do
    numbers = names |> Tuple.to_list() |> Enum.with_index() |> Map.new()
    size = tuple_size(names)

    value =
      Enum.reduce_while(bits, {:ok, 0}, fn bit, {:ok, value} ->
        case if(is_integer(bit), do: bit, else: numbers[bit]) do
          number when number in 0..(size - 1)//1 -> {:cont, {:ok, value ||| 1 <<< number}}
          _unknown -> {:halt, {:error, bit}}
        end
      end)

    with {:ok, value} <- value,
         do: {:ok, %Bitset{nomask: true, size: size, value: words(value, size)}}
  end

  defp words(value, size) do
    for at <- 0..(div(size + 31, 32) - 1)//1, into: <<>>, do: <<value >>> (32 * at)::native-32>>
  end
end

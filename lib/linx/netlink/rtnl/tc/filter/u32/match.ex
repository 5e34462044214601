defmodule Linx.Netlink.Rtnl.Tc.Filter.U32.Match do
  @moduledoc false
  # Keys of u32 from fields of headers: words of 32 bits at multiples of 4 bytes, as tc packs them.

  import Bitwise

  alias Linx.Netlink.Options.Type
  alias Linx.Netlink.Rtnl.Tc.Filter.Flower
  alias Linx.Netlink.Rtnl.Tc.Filter.U32.Key

  # Name of a field, its offset in bytes, and its size in bits, or an address; a field within a word is that of
  # the word, shifted, and a flag is a value with a mask.
  @fields %{
    ip: %{
      src: {12, :ip4},
      dst: {16, :ip4},
      ihl: {0, 8},
      tos: {1, 8},
      dsfield: {1, 8},
      precedence: {1, 8},
      protocol: {9, 8},
      nofrag: {6, 16, {0, 0x3FFF}},
      firstfrag: {6, 16, {0x2000, 0x3FFF}},
      df: {6, 16, {0x4000, 0x4000}},
      mf: {6, 16, {0x2000, 0x2000}},
      sport: {20, 16},
      dport: {22, 16},
      icmp_type: {20, 8},
      icmp_code: {21, 8}
    },
    ip6: %{
      src: {8, :ip6},
      dst: {24, :ip6},
      priority: {0, {8, 20}},
      flowlabel: {0, {20, 0}},
      protocol: {6, 8},
      sport: {40, 16},
      dport: {42, 16},
      icmp_type: {40, 8},
      icmp_code: {41, 8}
    },
    tcp: %{src: {{:nexthdr, 0}, 16}, dst: {{:nexthdr, 2}, 16}},
    udp: %{src: {{:nexthdr, 0}, 16}, dst: {{:nexthdr, 2}, 16}},
    icmp: %{type: {{:nexthdr, 0}, 8}, code: {{:nexthdr, 1}, 8}},
    ether: %{dst: {-14, :mac}, src: {-8, :mac}}
  }

  @sizes %{u32: 32, u16: 16, u8: 8}

  # Keys of one filter, whose number has 8 bits; the kernel takes fewer for their size.
  @most 128

  @doc false
  def option,
    do:
      {:check, &__MODULE__.cast/1,
       "keyword list of headers with fields, or of `u32: {value, mask, offset}`"}

  @doc false
  def sample_option,
    do:
      {:check, &__MODULE__.cast_sample/1,
       "one key as of `:match`, and `:divisor`, a power of 2 up to 256"}

  @divisors for n <- 0..8, do: 2 ** n

  @doc false
  @spec cast_sample(term()) :: {:ok, {Key.t(), pos_integer()}} | :error
  def cast_sample(sample) do
    with true <- Keyword.keyword?(sample),
         {divisor, match} = Keyword.pop(sample, :divisor, 256),
         true <- divisor in @divisors,
         {:ok, [key]} <- cast(match) do
      {:ok, {key, divisor}}
    else
      _ -> :error
    end
  end

  @doc false
  @spec cast(term()) :: {:ok, [Key.t()]} | :error
  def cast(match) do
    with true <- Keyword.keyword?(match),
         {:ok, parts} <- Type.each(match, &part/1),
         {:ok, keys} <- parts |> Enum.concat() |> merge([]),
         true <- length(keys) <= @most do
      {:ok, keys}
    else
      _ -> :error
    end
  end

  defp part({size, {value, mask, at}}) when is_map_key(@sizes, size) do
    bits = @sizes[size]

    with {:ok, at} <- offset(at),
         {:ok, value} <- number({value, mask}, bits),
         do: {:ok, [{at, value}]}
  end

  defp part({header, fields}) when is_map_key(@fields, header) and is_list(fields) do
    if Keyword.keyword?(fields), do: Type.each(fields, &field(@fields[header], &1)), else: :error
  end

  defp part(_other), do: :error

  defp offset(at) when at in -0x8000..0xFFFF, do: {:ok, at}
  defp offset({:nexthdr, at}) when at in -0x8000..0xFFFF, do: {:ok, {:nexthdr, at}}
  defp offset(_other), do: :error

  defp field(fields, {name, value}) do
    case fields do
      %{^name => {at, bits, fixed}} when value == true ->
        with({:ok, v} <- number(fixed, bits), do: {:ok, {at, v}})

      %{^name => {at, type}} ->
        with({:ok, value} <- value(type, value), do: {:ok, {at, value}})

      %{} ->
        :error
    end
  end

  # Bytes and their mask.
  defp value(type, value) when type in [:ip4, :ip6] do
    family = if type == :ip4, do: :inet, else: :inet6

    case Flower.Key.cast_ip(value) do
      {:ok, {%{family: ^family} = address, mask}} -> {:ok, {address.bytes, mask.bytes}}
      _ -> :error
    end
  end

  defp value(:mac, value) do
    with {:ok, {address, mask}} <- Flower.Key.cast_mac(value),
         do: {:ok, {address.bytes, mask.bytes}}
  end

  # Bits of a word.
  defp value({bits, shift}, value) do
    with {:ok, {value, mask}} <- integers(value, bits),
         do: {:ok, {<<value <<< shift::32>>, <<mask <<< shift::32>>}}
  end

  defp value(bits, value), do: number(value, bits)

  defp number(value, bits) do
    with {:ok, {value, mask}} <- integers(value, bits),
         do: {:ok, {<<value::size(bits)>>, <<mask::size(bits)>>}}
  end

  defp integers({value, mask}, bits) when is_integer(value) and is_integer(mask) do
    most = (1 <<< bits) - 1
    if value in 0..most and mask in 0..most, do: {:ok, {value, mask}}, else: :error
  end

  defp integers(value, bits) when is_integer(value), do: integers({value, (1 <<< bits) - 1}, bits)
  defp integers(_other, _bits), do: :error

  # The words of all fields; those at one offset become one.
  defp merge([{at, {value, mask}} | rest], keys) do
    with {:ok, keys} <- at |> words(value, mask) |> merge_words(keys), do: merge(rest, keys)
  end

  defp merge([], keys), do: {:ok, Enum.reverse(keys)}

  defp merge_words([word | rest], keys) do
    case Enum.split_while(keys, &({&1.off, &1.offmask} != {word.off, word.offmask})) do
      {_keys, []} ->
        merge_words(rest, [word | keys])

      {before, [key | later]} ->
        both = key.mask &&& word.mask

        if (bxor(key.val, word.val) &&& both) == 0,
          do:
            merge_words(
              rest,
              before ++ [%{key | val: key.val ||| word.val, mask: key.mask ||| word.mask} | later]
            ),
          else: :error
    end
  end

  defp merge_words([], keys), do: {:ok, keys}

  defp words({:nexthdr, at}, value, mask), do: words(at, value, mask, -1)
  defp words(at, value, mask), do: words(at, value, mask, 0)

  defp words(at, value, mask, offmask) do
    front = Integer.mod(at, 4)
    back = Integer.mod(-(at + byte_size(value)), 4)
    pad = &(<<0::size(front)-unit(8)>> <> &1 <> <<0::size(back)-unit(8)>>)
    pairs = Enum.zip(whole(pad.(value)), whole(pad.(mask)))

    keys =
      for {{value, mask}, n} <- Enum.with_index(pairs),
          do: %Key{val: value &&& mask, mask: mask, off: at - front + 4 * n, offmask: offmask}

    case Enum.reject(keys, &(&1.mask == 0)) do
      [] -> Enum.take(keys, 1)
      keys -> keys
    end
  end

  defp whole(bytes), do: for(<<word::32 <- bytes>>, do: word)
end

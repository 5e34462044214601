defmodule Linx.Netlink.Rtnl.Tc.Filter.U32.Sel do
  @moduledoc """
  Selector of a u32 filter.

  Kernel side: `struct tc_u32_sel` of `include/uapi/linux/pkt_cls.h`, without its keys.
  """

  use Linx.Netlink.Codec

  alias Linx.Netlink.Options

  @flags [terminal: 1, offset: 2, varoffset: 4, eat: 8]

  @int16 -0x8000..0x7FFF
  @offset [at: @int16, mask: 0..0xFFFF, shift: 0..31, plus: 0..0xFFFF, eat: :flag]
  @hashkey [mask: 0..0xFFFFFFFF, at: @int16]

  codec do
    header "struct tc_u32_sel" do
      field :flags,
            {:flags, :u8, @flags},
            "`:terminal`: the packet is classified; the others are for the offset",
            values: "TC_U32_"

      field :offshift, :u8, "shift of the offset to the next header"
      field :nkeys, :u8, "number of keys"
      pad 1
      field :offmask, :be16, "mask of the offset to the next header"
      field :off, :u16, "constant part of the offset to the next header, bytes"
      field :offoff, :s16, "place of the offset to the next header, bytes"
      field :hoff, :s16, "place of the key of the hash, bytes"
      field :hmask, :be32, "mask of the key of the hash"
    end
  end

  @doc false
  def offset,
    do:
      {:check, &__MODULE__.cast_offset/1,
       "keyword list with `:at`, `:mask`, `:shift` of a field with the length of the header, `:plus` bytes, and " <>
         "`:eat`, which moves the begin of the network header"}

  @doc false
  def hashkey,
    do: {:check, &__MODULE__.cast_hashkey/1, "keyword list with `:mask` and `:at`, both required"}

  @doc false
  def cast_offset(opts) do
    with {:ok, given} when given != %{} <- Options.cast(@offset, opts) do
      flags = for {key, flag} <- [plus: :offset, at: :varoffset], is_map_key(given, key), do: flag

      flags = if given[:eat], do: flags ++ [:eat], else: flags

      fields =
        for {key, field} <- [at: :offoff, mask: :offmask, shift: :offshift, plus: :off],
            is_map_key(given, key),
            do: {field, given[key]}

      {:ok, {flags, fields}}
    else
      _ -> :error
    end
  end

  @doc false
  def cast_hashkey(opts) do
    case Options.cast(@hashkey, opts) do
      {:ok, %{mask: mask, at: at}} -> {:ok, [hmask: mask, hoff: at]}
      _ -> :error
    end
  end
end

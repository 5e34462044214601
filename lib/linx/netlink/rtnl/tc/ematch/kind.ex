defmodule Linx.Netlink.Rtnl.Tc.Ematch.Kind do
  @moduledoc false
  # Tests and their data: structs of include/uapi/linux/tc_ematch, some of whose members are fields of 4 bits.

  alias Linx.Netlink.Options
  alias Linx.Netlink.Rtnl.Tc.Ematch.{Canid, Ipt, Meta}

  # TCF_EM_* of include/uapi/linux/pkt_cls.h.
  @cmp 1
  @nbyte 2
  @u32 3
  @meta 4
  @text 5
  @canid 7
  @ipset 8
  @ipt 9

  @layers [link: 0, network: 1, transport: 2]
  @operators [eq: 0, gt: 1, lt: 2]
  @aligns [u8: 1, u16: 2, u32: 4]
  @u16 0..0xFFFF
  @u32_range 0..0xFFFFFFFF

  # TCF_EM_CMP_TRANS of include/uapi/linux/tc_ematch/tc_em_cmp.h.
  @trans 1

  @cmp_table [
    align: {{:choice, @aligns}, "", required: true},
    at: {@u16, "", required: true},
    layer: {:choice, @layers},
    mask: @u32_range,
    trans: :flag,
    eq: @u32_range,
    gt: @u32_range,
    lt: @u32_range
  ]
  @nbyte_table [at: @u16, layer: {:choice, @layers}]
  @text_table [
    from: {:check, &__MODULE__.cast_place/1},
    to: {:check, &__MODULE__.cast_place/1},
    algo: {:string, 15}
  ]

  # struct xt_set_info of include/uapi/linux/netfilter/xt_set.h: bits of directions, the first one in bit 0.
  @directions [src: 1, dst: 0]

  @doc "The kind, the id and the data of a test."
  @spec cast(term()) :: {:ok, {non_neg_integer(), non_neg_integer(), binary()}} | :error
  def cast({:cmp, opts}) do
    with {:ok, given} <- Options.cast(@cmp_table, opts),
         [{op, value}] <- given |> Map.take([:eq, :gt, :lt]) |> Map.to_list() do
      flags = if given[:trans], do: @trans, else: 0

      {:ok,
       {@cmp, 0,
        <<value::native-32, Map.get(given, :mask, 0)::native-32, given.at::native-16,
          nibbles(given.align, flags)::binary,
          nibbles(Map.get(given, :layer, 1), @operators[op])::binary>>}}
    else
      _ -> :error
    end
  end

  def cast({:u32, {value, mask, {:nexthdr, at}}}), do: word(value, mask, at, -1)
  def cast({:u32, {value, mask, at}}), do: word(value, mask, at, 0)

  def cast({:nbyte, bytes}), do: cast({:nbyte, bytes, []})

  # The length has 12 bits.
  def cast({:nbyte, bytes, opts}) when is_binary(bytes) and byte_size(bytes) in 1..0xFFF do
    with {:ok, given} <- Options.cast(@nbyte_table, opts) do
      layer = Map.get(given, :layer, 1)

      {:ok,
       {@nbyte, 0,
        <<Map.get(given, :at, 0)::native-16, len(byte_size(bytes), layer)::binary, bytes::binary>>}}
    else
      {:error, _} -> :error
    end
  end

  def cast({:text, bytes}), do: cast({:text, bytes, []})

  # em_text_dump of net/sched/em_text.c does not align what follows a text: a list with one of another length is
  # garbled.
  def cast({:text, bytes, opts}) when is_binary(bytes) and byte_size(bytes) in 4..0xFFFC//4 do
    with {:ok, given} <- Options.cast(@text_table, opts),
         {from_layer, from} = Map.get(given, :from, {1, 0}),
         {to_layer, to} = Map.get(given, :to, {2, 0xFFFF}),
         true <- from_layer < to_layer or (from_layer == to_layer and from <= to) do
      algo = Map.get(given, :algo, "kmp")

      {:ok,
       {@text, 0,
        <<algo::binary, 0::size(16 - byte_size(algo))-unit(8), from::native-16, to::native-16,
          byte_size(bytes)::native-16, nibbles(from_layer, to_layer)::binary, 0, bytes::binary>>}}
    else
      _ -> :error
    end
  end

  def cast({:meta, object, op, value}) do
    with {:ok, op} <- Keyword.fetch(@operators, op),
         {:ok, data} <- Meta.write(object, op, value),
         do: {:ok, {@meta, 0, data}}
  end

  def cast({:canid, rules}),
    do: with({:ok, data} <- Canid.write(rules), do: {:ok, {@canid, 0, data}})

  def cast({:ipt, name, opts}),
    do: with({:ok, data} <- Ipt.write(name, opts), do: {:ok, {@ipt, 0, data}})

  def cast({:ipset, index, directions}) when index in @u16 do
    case Options.Type.check({:some, @directions}, :ipset, directions) do
      {:ok, list} when length(list) in 1..3 ->
        bits =
          list
          |> Enum.with_index()
          |> Enum.map(fn {name, n} -> Bitwise.bsl(@directions[name], n) end)

        # IPSET_DIM_ONE is 1.
        {:ok, {@ipset, 0, <<index::native-16, length(list), Enum.sum(bits)>>}}

      _ ->
        :error
    end
  end

  def cast(_other), do: :error

  defp word(value, mask, at, offmask)
       when value in @u32_range and mask in @u32_range and at in -0x8000..0xFFFF,
       do: {:ok, {@u32, 0, <<mask::32, value::32, at::native-32, offmask::native-32>>}}

  defp word(_value, _mask, _at, _offmask), do: :error

  @doc false
  def cast_place({layer, at}) when at in @u16 do
    with {:ok, layer} <- Keyword.fetch(@layers, layer), do: {:ok, {layer, at}}
  end

  def cast_place(_other), do: :error

  @doc "The expression of a test."
  @spec read(non_neg_integer(), binary()) :: tuple()
  def read(
        @cmp,
        <<value::native-32, mask::native-32, at::native-16, rest::binary-size(2), _::binary>>
      ) do
    <<align_flags::binary-size(1), layer_op::binary-size(1)>> = rest
    {align, flags} = nibbles(align_flags)
    {layer, op} = nibbles(layer_op)
    trans = if Bitwise.band(flags, @trans) == 0, do: [], else: [trans: true]
    mask = if mask == 0, do: [], else: [mask: mask]
    place = [align: name(@aligns, align), at: at, layer: name(@layers, layer)]
    {:cmp, place ++ mask ++ trans ++ [{name(@operators, op), value}]}
  end

  def read(
        @u32,
        <<mask::32, value::32, at::native-signed-32, offmask::native-signed-32, _::binary>>
      ),
      do: {:u32, {value, mask, if(offmask == 0, do: at, else: {:nexthdr, at})}}

  def read(@nbyte, <<at::native-16, len::binary-size(2), bytes::binary>> = data) do
    case len(len) do
      {length, layer} when length <= byte_size(bytes) ->
        {:nbyte, binary_part(bytes, 0, length), [at: at, layer: name(@layers, layer)]}

      _ ->
        {@nbyte, data}
    end
  end

  def read(
        @text,
        <<algo::binary-size(16), from::native-16, to::native-16, length::native-16,
          layers::binary-size(1), _pad, bytes::binary>>
      )
      when length <= byte_size(bytes) do
    {from_layer, to_layer} = nibbles(layers)

    {:text, binary_part(bytes, 0, length),
     [
       from: {name(@layers, from_layer), from},
       to: {name(@layers, to_layer), to},
       algo: algo |> :binary.split(<<0>>) |> hd()
     ]}
  end

  def read(@ipset, <<index::native-16, count, bits, _::binary>>) do
    {:ipset, index,
     for(
       n <- 0..(count - 1)//1,
       do: if(Bitwise.band(Bitwise.bsr(bits, n), 1) == 1, do: :src, else: :dst)
     )}
  end

  def read(@canid, data), do: {:canid, Canid.read(data)}

  def read(@ipt, data) do
    case Ipt.read(data) do
      {name, opts} -> {:ipt, name, opts}
      nil -> {@ipt, data}
    end
  end

  def read(@meta, data) do
    case Meta.read(data) do
      {object, op, value} -> {:meta, object, name(@operators, op), value}
      nil -> {@meta, data}
    end
  end

  def read(kind, data), do: {kind, data}

  defp name(names, number),
    do: with({name, _} <- List.keyfind(names, number, 1, number), do: name)

  # The first member of 4 bits is the lower half of a byte on a little endian machine.
  if :erlang.system_info(:endian) == :little do
    defp nibbles(first, second), do: <<second::4, first::4>>
    defp nibbles(<<second::4, first::4>>), do: {first, second}
    defp len(length, layer), do: <<Bitwise.bor(length, Bitwise.bsl(layer, 12))::little-16>>
    defp len(<<bits::little-16>>), do: {Bitwise.band(bits, 0xFFF), Bitwise.bsr(bits, 12)}
  else
    defp nibbles(first, second), do: <<first::4, second::4>>
    defp nibbles(<<first::4, second::4>>), do: {first, second}
    defp len(length, layer), do: <<length::12, layer::4>>
    defp len(<<length::12, layer::4>>), do: {length, layer}
  end
end

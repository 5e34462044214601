defmodule Linx.Netlink.Rtnl.Tc.Action.Pedit.Munge do
  @moduledoc false
  # Edits by fields of headers, as edits of words of 4 bytes.

  import Bitwise

  alias Linx.{IP, MAC}
  alias Linx.Netlink.Rtnl.Tc.Action.Pedit.{Key, KeyEx}

  # Offset, bytes, bits in these bytes, and the type of the value.
  @fields %{
    eth: %{dst: {0, 6, :mac}, src: {6, 6, :mac}, type: {12, 2, 0xFFFF}},
    ip: %{
      ihl: {0, 1, 0x0F},
      tos: {1, 1, 0xFF},
      dsfield: {1, 1, 0xFF},
      ttl: {8, 1, 0xFF},
      protocol: {9, 1, 0xFF},
      src: {12, 4, :inet},
      dst: {16, 4, :inet}
    },
    ip6: %{
      traffic_class: {0, 2, 0x0FF0},
      flow_lbl: {1, 3, 0x0FFFFF},
      payload_len: {4, 2, 0xFFFF},
      nexthdr: {6, 1, 0xFF},
      hoplimit: {7, 1, 0xFF},
      src: {8, 16, :inet6},
      dst: {24, 16, :inet6}
    },
    tcp: %{sport: {0, 2, 0xFFFF}, dport: {2, 2, 0xFFFF}, flags: {13, 1, 0xFF}},
    udp: %{sport: {0, 2, 0xFFFF}, dport: {2, 2, 0xFFFF}},
    network: %{}
  }

  @sizes %{u8: 1, u16: 2, u32: 4}
  @u32 0xFFFFFFFF
  # A field of the kernel has 8 bits for the number of edits.
  @most 255

  @doc "The edits of an option."
  @spec cast(term()) :: {:ok, [{Key.t(), KeyEx.t()}]} | :error
  def cast([_ | _] = headers) do
    with {:ok, edits} <- collect(headers, &header/1),
         true <- edits != [] and length(edits) <= @most,
         do: {:ok, edits},
         else: (_ -> :error)
  end

  def cast(_other), do: :error

  defp header({name, edits}) when is_map_key(@fields, name),
    do: collect(edits, &edit(name, &1))

  defp header(_other), do: :error

  # The lists that a function gives for the elements, as one.
  defp collect([item | rest], fun) do
    with {:ok, edits} <- fun.(item),
         {:ok, others} <- collect(rest, fun),
         do: {:ok, edits ++ others}
  end

  defp collect([], _fun), do: {:ok, []}
  defp collect(_other, _fun), do: :error

  defp edit(header, {field, command}) do
    with {:ok, {offset, size, type, at}} <- place(header, field),
         {:ok, {cmd, value, stays, bits}} <- command(command, size, type) do
      {:ok,
       for {off, value, stays} <- words(offset, size, value, stays, bits) do
         {struct!(%Key{mask: stays, val: value, off: off}, at), %KeyEx{htype: header, cmd: cmd}}
       end}
    end
  end

  defp edit(_header, _other), do: :error

  defp place(header, field) when is_atom(field) do
    case @fields[header] do
      %{^field => {offset, size, type}} -> {:ok, {offset, size, type, []}}
      %{} -> :error
    end
  end

  defp place(header, {offset, size, {at, offmask, shift}})
       when at in 0..@u32 and offmask in 0..0xFF and shift in 0..31 do
    with {:ok, {offset, size, type, []}} <- place(header, {offset, size}),
         do: {:ok, {offset, size, type, [at: at, offmask: offmask, shift: shift]}}
  end

  # The words that the kernel edits are aligned, and so is a field of a size by offset.
  defp place(_header, {offset, size})
       when offset in -0x8000..0x7FFF and is_map_key(@sizes, size) do
    bytes = @sizes[size]

    if Integer.mod(offset, bytes) == 0,
      do: {:ok, {offset, bytes, (1 <<< (8 * bytes)) - 1, []}},
      else: :error
  end

  defp place(_header, _field), do: :error

  # The command, the bits to set, those that stay, and those of the field.
  defp command(command, size, type) do
    bits = if is_integer(type), do: type, else: (1 <<< (8 * size)) - 1

    case command do
      {:set, value} ->
        set(value, bits, bits, type)

      {:set, value, mask} when is_integer(mask) ->
        set(value, place_bits(mask, bits), bits, type)

      {:add, value}
      when size in [1, 2, 4] and bits == (1 <<< (8 * size)) - 1 and value in 0..bits//1 ->
        {:ok, {:add, value, 0, bits}}

      :decrement when size == 1 and bits == 0xFF ->
        {:ok, {:add, 0xFF, 0, bits}}

      :clear ->
        {:ok, {:set, 0, 0, bits}}

      :invert ->
        {:ok, {:set, bits, bits, bits}}

      _ ->
        :error
    end
  end

  defp set(_value, :error, _bits, _type), do: :error

  defp set(value, mask, bits, type) do
    with {:ok, number} <- number(value, bits, type),
         true <- (number &&& bnot(mask)) == 0,
         do: {:ok, {:set, number, bits &&& bnot(mask), bits}},
         else: (_ -> :error)
  end

  defp number(value, bits, type) when is_integer(type) do
    with placed when placed != :error <- place_bits(value, bits), do: {:ok, placed}
  end

  defp number(value, _bits, :mac) do
    case MAC.cast(value) do
      {:ok, mac} -> {:ok, :binary.decode_unsigned(MAC.encode(mac))}
      {:error, _} -> :error
    end
  end

  defp number(value, _bits, family) do
    case IP.cast(value) do
      {:ok, %IP{family: ^family} = ip} -> {:ok, :binary.decode_unsigned(IP.encode(ip))}
      _ -> :error
    end
  end

  # A value at the lowest of the bits of a field.
  defp place_bits(value, bits) when is_integer(value) and value >= 0 do
    placed = value * (bits &&& -bits)
    if (placed &&& bnot(bits)) == 0, do: placed, else: :error
  end

  defp place_bits(_value, _bits), do: :error

  # The aligned words of 4 bytes of a field, with the bits to set and those that stay.
  defp words(offset, size, value, stays, bits) do
    front = Integer.mod(offset, 4)
    count = div(front + size + 3, 4)
    back = 8 * (4 * count - front - size)
    all = (1 <<< (32 * count)) - 1
    edited = bits <<< back
    stays = bxor(all, edited) ||| stays <<< back

    for index <- 0..(count - 1),
        shift = 32 * (count - 1 - index),
        (edited >>> shift &&& @u32) != 0 do
      off = offset - front + 4 * index
      {off &&& @u32, value <<< back >>> shift &&& @u32, stays >>> shift &&& @u32}
    end
  end
end

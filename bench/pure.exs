defmodule Bench.Pure do
  @moduledoc false
  # The native codec in plain Elixir, from the same tables: the cost without the NIF. Its structs are
  # equal to those of the codec.

  import Bitwise

  # Receives a dump with `:socket` alone.
  def dump(socket, request) do
    :ok = :socket.sendmsg(socket, %{iov: [request]}) |> elem_ok()
    receive_all(socket, [])
  end

  defp elem_ok(:ok), do: :ok
  defp elem_ok({:ok, _}), do: :ok

  defp receive_all(socket, done) do
    {:ok, datagram} = :socket.recv(socket, 65_536)

    case messages(datagram, []) do
      {:more, bodies} -> receive_all(socket, [bodies | done])
      {:done, bodies} -> [bodies | done] |> Enum.reverse() |> Enum.concat()
    end
  end

  defp messages(<<_::32, 3::native-16, _::binary>>, bodies), do: {:done, Enum.reverse(bodies)}

  defp messages(<<len::native-32, _::96, rest::binary>>, bodies) do
    size = len - 16
    <<body::binary-size(size), rest::binary>> = rest
    messages(rest, [body | bodies])
  end

  defp messages(<<>>, bodies), do: {:more, Enum.reverse(bodies)}

  def bodies(messages), do: messages |> messages([]) |> elem(1)

  def decode(module, body) do
    codec = module.__codec__()
    {fields, rest} = header(codec.header, body, [])
    chain = chain(rest, [])
    struct = struct!(module, fields)
    struct = attrs(codec.attrs, chain, struct)

    Enum.reduce(Map.get(codec, :groups, []), struct, fn {name, group}, struct ->
      rows = group.__codec__().attrs

      if Enum.any?(rows, fn {id, _, _} -> List.keymember?(chain, band(id, 0x3FFF), 0) end),
        do: Map.put(struct, name, attrs(rows, chain, struct!(group))),
        else: struct
    end)
  end

  defp attrs(rows, chain, struct) do
    Enum.reduce(rows, struct, fn {id, name, type}, struct ->
      case {type, band(id, 0x3FFF)} do
        {{:repeated, type}, id} ->
          case for {^id, payload} <- chain, do: value(type, payload, struct) do
            [] -> struct
            values -> Map.put(struct, name, values)
          end

        {type, id} ->
          case List.keyfind(chain, id, 0) do
            {_, payload} -> Map.put(struct, name, value(type, payload, struct))
            nil -> struct
          end
      end
    end)
  end

  defp header([{:field, name, type} | items], body, fields) do
    {value, rest} = fixed(type, body)
    header(items, rest, [{name, value} | fields])
  end

  defp header([{:pad, n} | items], body, fields) do
    rest = if byte_size(body) >= n, do: binary_part(body, n, byte_size(body) - n), else: <<>>
    header(items, rest, fields)
  end

  defp header([], rest, fields), do: {fields, rest}

  defp chain(<<len::native-16, type::native-16, rest::binary>>, done) when len >= 4 do
    size = len - 4
    pad = min(band(-len, 3), byte_size(rest) - size)
    <<payload::binary-size(size), _::binary-size(pad), rest::binary>> = rest
    chain(rest, [{band(type, 0x3FFF), payload} | done])
  end

  defp chain(_, done), do: Enum.reverse(done)

  @scalars [:u8, :u16, :u32, :u64, :s8, :s16, :s32, :s64, :be16, :be32, :be64]

  defp fixed(type, <<n::8, r::binary>>) when type == :u8, do: {n, r}
  defp fixed(type, <<n::signed-8, r::binary>>) when type == :s8, do: {n, r}
  defp fixed(:u16, <<n::native-16, r::binary>>), do: {n, r}
  defp fixed(:u32, <<n::native-32, r::binary>>), do: {n, r}
  defp fixed(:u64, <<n::native-64, r::binary>>), do: {n, r}
  defp fixed(:s16, <<n::native-signed-16, r::binary>>), do: {n, r}
  defp fixed(:s32, <<n::native-signed-32, r::binary>>), do: {n, r}
  defp fixed(:s64, <<n::native-signed-64, r::binary>>), do: {n, r}
  defp fixed(:be16, <<n::16, r::binary>>), do: {n, r}
  defp fixed(:be32, <<n::32, r::binary>>), do: {n, r}
  defp fixed(:be64, <<n::64, r::binary>>), do: {n, r}

  defp fixed({:enum, scalar, names}, bytes) do
    {number, rest} = fixed(scalar, bytes)
    {name, _} = List.keyfind(names, number, 1, {number, number})
    {name, rest}
  end

  defp fixed({:bool, scalar}, bytes), do: fixed({:enum, scalar, [false: 0, true: 1]}, bytes)

  defp fixed({:flags, scalar, names}, bytes) do
    {number, rest} = fixed(scalar, bytes)
    if number == nil, do: {nil, rest}, else: {flags(names, number), rest}
  end

  defp fixed(_scalar, _short), do: {nil, <<>>}

  defp flags(names, number) do
    set = for {name, bit} <- names, band(number, bit) == bit, do: {name, bit}
    left = Enum.reduce(set, number, fn {_, bit}, left -> band(left, bnot(bit)) end)
    Keyword.keys(set) ++ if(left == 0, do: [], else: [left])
  end

  defp value(type, payload, _struct) when type in @scalars, do: elem(fixed(type, payload), 0)

  defp value({tag, _, _} = type, payload, _) when tag in [:enum, :flags],
    do: elem(fixed(type, payload), 0)

  defp value({:bool, _} = type, payload, _), do: elem(fixed(type, payload), 0)

  defp value(:uint, <<n::native-32>>, _), do: n
  defp value(:uint, <<n::native-64>>, _), do: n
  defp value(:string, payload, _), do: String.trim_trailing(payload, <<0>>)
  defp value(:binary, payload, _), do: payload
  defp value(:flag, _payload, _), do: true
  defp value({:nested, module}, payload, _), do: decode(module, payload)

  defp value({:dispatch, field, table}, payload, struct) do
    case table do
      %{^field => _} -> payload
      table -> dispatch(Map.get(table, Map.fetch!(struct, field)), payload, struct)
    end
  end

  defp value({:array, type}, payload, struct),
    do: for({_, payload} <- chain(payload, []), do: value(type, payload, struct))

  defp value({:array, type, id}, payload, struct),
    do: for({^id, payload} <- chain(payload, []), do: value(type, payload, struct))

  defp value({:packed, type}, payload, struct), do: packed(type, payload, struct)
  defp value(Linx.IP, payload, _) when byte_size(payload) in [4, 16], do: Linx.IP.decode(payload)
  defp value(Linx.IP, _, _), do: nil

  defp value(module, payload, _) when module in [Linx.MAC, Linx.LinkAddress],
    do: module.decode(payload)

  defp value(module, payload, _), do: decode(module, payload)

  defp dispatch(nil, payload, _struct), do: payload
  defp dispatch(type, payload, struct), do: value(type, payload, struct)

  defp packed(_type, <<>>, _), do: []

  defp packed(scalar, bytes, struct) when scalar in @scalars do
    {n, rest} = fixed(scalar, bytes)
    [n | packed(scalar, rest, struct)]
  end

  # The cost of structs without decoding: as many structs as are listed, each a copy of an existing
  # one with a different address, are dropped at once or kept in a list.
  def drop(0, _make), do: :ok

  def drop(n, make) do
    make.(n)
    drop(n - 1, make)
  end

  # The heap has its final size from the start.
  def keep(n, make) do
    words = (:erts_debug.size([make.(n)]) + 1) * n
    keep = fn -> keep(n, make, []) end
    {_, ref} = :erlang.spawn_opt(keep, [:monitor, min_heap_size: words])
    receive do: ({:DOWN, ^ref, _, _, :normal} -> :ok)
  end

  defp keep(0, _make, structs), do: length(structs)
  defp keep(n, make, structs), do: keep(n - 1, make, [make.(n) | structs])
end

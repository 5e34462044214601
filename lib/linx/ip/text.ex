defmodule Linx.IP.Text do
  @moduledoc false
  # The text of IP addresses: read as `inet_pton(3)` does, written as RFC 5952 recommends.

  import Bitwise, only: [&&&: 2, >>>: 2]

  @doc """
  The bytes of an address, in network order; `:error` for any other text.
  """
  @spec read(String.t()) :: <<_::32>> | <<_::128>> | :error
  def read(text) do
    with :error <- ipv4(text), do: ipv6(text)
  end

  @doc """
  The text of 4 or 16 bytes.
  """
  @spec write(<<_::32>> | <<_::128>>) :: String.t()
  def write(<<bytes::binary-size(4)>>), do: IO.iodata_to_binary(dotted(bytes))

  # RFC 5952 section 5.
  def write(<<0::80, 0xFFFF::16, ipv4::binary-size(4)>>),
    do: IO.iodata_to_binary(["::ffff:" | dotted(ipv4)])

  def write(<<bytes::binary-size(16)>>) do
    groups = for <<group::16 <- bytes>>, do: group
    IO.iodata_to_binary(compressed(groups, longest_gap(groups)))
  end

  ## Reading

  defp ipv4(text) do
    with {a, <<?., rest::binary>>} <- octet(text),
         {b, <<?., rest::binary>>} <- octet(rest),
         {c, <<?., rest::binary>>} <- octet(rest),
         {d, <<>>} <- octet(rest) do
      <<a, b, c, d>>
    else
      _ -> :error
    end
  end

  defguardp is_digit(c) when c in ?0..?9

  # Reads the longest octet. An extra digit is left over, and fails where a dot or the end is expected.
  defp octet(<<?2, ?5, c, rest::binary>>) when c in ?0..?5, do: {250 + c - ?0, rest}

  defp octet(<<?2, b, c, rest::binary>>) when b in ?0..?4 and is_digit(c),
    do: {200 + (b - ?0) * 10 + c - ?0, rest}

  defp octet(<<?1, b, c, rest::binary>>) when is_digit(b) and is_digit(c),
    do: {100 + (b - ?0) * 10 + c - ?0, rest}

  defp octet(<<b, c, rest::binary>>) when b in ?1..?9 and is_digit(c),
    do: {(b - ?0) * 10 + c - ?0, rest}

  defp octet(<<c, rest::binary>>) when is_digit(c), do: {c - ?0, rest}
  defp octet(_), do: :error

  defp ipv6(<<"::">>), do: <<0::128>>
  defp ipv6(<<"::", rest::binary>>), do: groups(rest, 0, [], [])
  defp ipv6(text), do: groups(text, 0, [], nil)

  # `count`: groups read so far. `bytes`: their bytes, reversed, since the `::` if there was one.
  # `before`: the reversed bytes ahead of the `::`, or `nil`.
  defp groups(text, count, bytes, before) when count < 8 do
    case hex(text, 0, 0) do
      {group, <<>>} ->
        close(count + 1, push(group, bytes), before)

      {group, <<"::">>} when before == nil ->
        close(count + 1, [], push(group, bytes))

      {group, <<"::", rest::binary>>} when before == nil ->
        groups(rest, count + 1, [], push(group, bytes))

      {group, <<?:, rest::binary>>} ->
        groups(rest, count + 1, push(group, bytes), before)

      {_group, <<?., _::binary>>} ->
        tail(ipv4(text), count + 2, bytes, before)

      _ ->
        :error
    end
  end

  defp groups(_text, _count, _bytes, _before), do: :error

  defp push(group, bytes), do: [group &&& 0xFF, group >>> 8 | bytes]

  defp tail(<<a, b, c, d>>, count, bytes, before), do: close(count, [d, c, b, a | bytes], before)
  defp tail(:error, _count, _bytes, _before), do: :error

  defp close(8, bytes, nil), do: bytes |> Enum.reverse() |> :erlang.list_to_binary()

  # `::` stands for at least one group of zeros.
  defp close(count, bytes, before) when count < 8 and before != nil do
    zeros = <<0::size(8 - count)-unit(16)>>
    :erlang.list_to_binary([Enum.reverse(before), zeros, Enum.reverse(bytes)])
  end

  defp close(_count, _bytes, _before), do: :error

  defp hex(<<c, rest::binary>>, value, digits) when digits < 4 and is_digit(c),
    do: hex(rest, value * 16 + c - ?0, digits + 1)

  defp hex(<<c, rest::binary>>, value, digits) when digits < 4 and c in ?a..?f,
    do: hex(rest, value * 16 + c - ?a + 10, digits + 1)

  defp hex(<<c, rest::binary>>, value, digits) when digits < 4 and c in ?A..?F,
    do: hex(rest, value * 16 + c - ?A + 10, digits + 1)

  defp hex(_text, _value, 0), do: :error
  defp hex(rest, value, _digits), do: {value, rest}

  ## Writing

  defp dotted(<<a, b, c, d>>) do
    [
      Integer.to_string(a),
      ?.,
      Integer.to_string(b),
      ?.,
      Integer.to_string(c),
      ?.,
      Integer.to_string(d)
    ]
  end

  # The first of the longest runs of zero groups, `{start, length}`. RFC 5952 section 4.2.2: a single
  # group is not shortened.
  defp longest_gap(groups), do: longest_gap(groups, 0, 0, {0, 1})

  defp longest_gap([0 | rest], at, run, {_, best}) when run + 1 > best,
    do: longest_gap(rest, at + 1, run + 1, {at - run, run + 1})

  defp longest_gap([0 | rest], at, run, best), do: longest_gap(rest, at + 1, run + 1, best)
  defp longest_gap([_ | rest], at, _run, best), do: longest_gap(rest, at + 1, 0, best)
  defp longest_gap([], _at, _run, best), do: best

  defp compressed(groups, {_start, 1}), do: joined(groups)

  defp compressed(groups, {start, length}) do
    {before, rest} = Enum.split(groups, start)
    [joined(before), "::" | joined(Enum.drop(rest, length))]
  end

  defp joined(groups), do: groups |> Enum.map(&group/1) |> Enum.intersperse(?:)

  defp group(group) when group < 0x10, do: digit(group)
  defp group(group), do: [group(group >>> 4), digit(group &&& 0xF)]

  defp digit(value) when value < 10, do: ?0 + value
  defp digit(value), do: ?a + value - 10
end

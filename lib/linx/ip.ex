defmodule Linx.IP do
  @moduledoc """
  An IPv4 or IPv6 address, as the bytes the kernel uses.

  Kernel side: `struct in_addr` of `include/uapi/linux/in.h` and `struct in6_addr` of
  `include/uapi/linux/in6.h`; the bytes are in network order.

      iex> {:ok, ip} = Linx.IP.parse("FC00:0:0::1")
      iex> ip.family
      :inet6
      iex> Linx.IP.to_string(ip)
      "fc00::1"
      iex> "gateway \#{ip}"
      "gateway fc00::1"

  Literals are checked while compiling. With a slash they are subnets. From Elixir 1.15 on they
  can be written `~IP"10.0.0.5"`; any version can call the sigil's macro:

      iex> import Linx.IP
      iex> sigil_IP(<<"10.0.0.5">>, []).bytes
      <<10, 0, 0, 5>>
      iex> sigil_IP(<<"10.0.0.0/8">>, []).prefix
      8

  Text is read as strictly as POSIX `inet_pton` does it: `010.0.0.1`, which some programs take for
  octal, and `10.1` are no addresses here.
  """

  import Bitwise, only: [&&&: 2, >>>: 2]
  use Linx.ImportList

  alias Linx.IP.Subnet

  @enforce_keys [:family, :bytes]
  defstruct [:family, :bytes]

  @typedoc "The address family, by the name that Erlang's `:inet` uses."
  @type family :: :inet | :inet6

  @typedoc "An address: 4 bytes for `:inet`, 16 for `:inet6`, in network order."
  @type t :: %__MODULE__{family: family(), bytes: <<_::32>> | <<_::128>>}

  @doc """
  Reads an address.

  IPv4 is four decimal octets without leading zeros. IPv6 is what RFC 4291 section 2.2 describes,
  in either case and with an IPv4 tail if need be, but without a zone (`%eth0`) and brackets.

      iex> {:ok, ip} = Linx.IP.parse("10.0.0.5")
      iex> ip.bytes
      <<10, 0, 0, 5>>
      iex> Linx.IP.parse("10.1")
      {:error, {:bad_address, "10.1"}}
  """
  @spec parse(String.t()) :: {:ok, t()} | {:error, {:bad_address, String.t()}}
  def parse(text) when is_binary(text) do
    with :error <- ipv4(text),
         :error <- ipv6(text) do
      {:error, {:bad_address, text}}
    else
      bytes -> {:ok, decode(bytes)}
    end
  end

  @doc """
  Writes an address: dotted IPv4, or IPv6 as RFC 5952 recommends it.

  That is lower case, the longest run of zero groups cut to `::`, and the dotted form for
  IPv4-mapped addresses. String interpolation does the same.

      iex> {:ok, ip} = Linx.IP.parse("2001:DB8:0:0:1:0:0:1")
      iex> Linx.IP.to_string(ip)
      "2001:db8::1:0:0:1"
      iex> {:ok, ip} = Linx.IP.parse("::ffff:a00:5")
      iex> Linx.IP.to_string(ip)
      "::ffff:10.0.0.5"
  """
  @spec to_string(t()) :: String.t()
  def to_string(%__MODULE__{family: :inet, bytes: <<bytes::binary-size(4)>>}) do
    IO.iodata_to_binary(dotted(bytes))
  end

  # RFC 5952 section 5.
  def to_string(%__MODULE__{family: :inet6, bytes: <<0::80, 0xFFFF::16, ipv4::binary-size(4)>>}) do
    IO.iodata_to_binary(["::ffff:" | dotted(ipv4)])
  end

  def to_string(%__MODULE__{family: :inet6, bytes: <<bytes::binary-size(16)>>}) do
    groups = for <<group::16 <- bytes>>, do: group
    IO.iodata_to_binary(compressed(groups, longest_gap(groups)))
  end

  @doc """
  The sigil `~IP`: an address, or a `Linx.IP.Subnet` if the text contains a slash.

  The result is a literal, so it can stand in a pattern. Text that is neither makes the compilation
  fail with an `ArgumentError`. There are no modifiers.
  """
  defmacro sigil_IP({:<<>>, _meta, [text]}, []) when is_binary(text) do
    parsed = if String.contains?(text, "/"), do: Subnet.parse(text), else: parse(text)

    case parsed do
      {:ok, value} -> Macro.escape(value)
      {:error, _} -> raise ArgumentError, "not an IP address or subnet: #{inspect(text)}"
    end
  end

  @doc false
  @spec encode(t()) :: binary()
  def encode(%__MODULE__{bytes: bytes}), do: bytes

  @doc false
  @spec decode(binary()) :: t() | nil
  def decode(<<bytes::binary-size(4)>>), do: %__MODULE__{family: :inet, bytes: bytes}
  def decode(<<bytes::binary-size(16)>>), do: %__MODULE__{family: :inet6, bytes: bytes}
  def decode(bytes) when is_binary(bytes), do: nil

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

  # The longest octet that can be read. A digit too many is left over, where a dot or the end is due.
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

  # `count` groups were read. `bytes` are the last of them, reversed; behind a `::`, those since it,
  # and `before` those ahead of it.
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

  # `::` stands for one group of zeros at least.
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

  # The first of the longest runs of zero groups, `{start, length}`; RFC 5952 section 4.2 wants
  # no `::` for a single group.
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

defimpl String.Chars, for: Linx.IP do
  def to_string(ip), do: Linx.IP.to_string(ip)
end

defimpl Inspect, for: Linx.IP do
  def inspect(ip, opts),
    do: Linx.Text.literal(ip, opts, fn -> ~s(~IP"#{Linx.IP.to_string(ip)}") end)
end

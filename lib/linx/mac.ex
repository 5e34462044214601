defmodule Linx.MAC do
  @moduledoc """
  A link-layer address of six bytes, as Ethernet has them.

  Kernel side: `ETH_ALEN` of `include/uapi/linux/if_ether.h`; the payload of `IFLA_ADDRESS` and
  `NDA_LLADDR`.

      iex> {:ok, mac} = Linx.MAC.parse("02:AA:bb:0:0:1")
      iex> Linx.MAC.to_string(mac)
      "02:aa:bb:00:00:01"

  Literals are checked while compiling. From Elixir 1.15 on they can be written
  `~MAC"02:aa:bb:cc:dd:ee"`; any version can call the sigil's macro:

      iex> import Linx.MAC
      iex> sigil_MAC(<<"02:aa:bb:cc:dd:ee">>, []).bytes
      <<0x02, 0xAA, 0xBB, 0xCC, 0xDD, 0xEE>>

  Not every link has such an address: those of InfiniBand have 20 bytes, those of an IPv4 tunnel 4.
  The library's structs then hold a `Linx.LinkAddress`.
  """

  use Linx.ImportList

  @enforce_keys [:bytes]
  defstruct [:bytes]

  @typedoc "A MAC address, the first byte on the wire first."
  @type t :: %__MODULE__{bytes: <<_::48>>}

  @doc """
  Reads six octets of one or two hex digits, in either case, joined by colons.

      iex> Linx.MAC.parse("02-aa-bb-cc-dd-ee")
      {:error, {:bad_mac, "02-aa-bb-cc-dd-ee"}}
  """
  @spec parse(String.t()) :: {:ok, t()} | {:error, {:bad_mac, String.t()}}
  def parse(text) when is_binary(text) do
    case __octets__(text, 6) do
      <<bytes::binary-size(6)>> -> {:ok, %__MODULE__{bytes: bytes}}
      _ -> {:error, {:bad_mac, text}}
    end
  end

  @doc """
  Writes an address: lower case, two digits an octet. String interpolation does the same.

      iex> Linx.MAC.to_string(%Linx.MAC{bytes: <<2, 0, 0, 0, 0, 0xFF>>})
      "02:00:00:00:00:ff"
  """
  @spec to_string(t()) :: String.t()
  def to_string(%__MODULE__{
        bytes: <<a::4, b::4, c::4, d::4, e::4, f::4, g::4, h::4, i::4, j::4, k::4, l::4>>
      }) do
    <<digit(a), digit(b), ?:, digit(c), digit(d), ?:, digit(e), digit(f), ?:, digit(g), digit(h),
      ?:, digit(i), digit(j), ?:, digit(k), digit(l)>>
  end

  @doc """
  The sigil `~MAC`.

  The result is a literal, so it can stand in a pattern. Text that is no address makes the
  compilation fail with an `ArgumentError`. There are no modifiers.
  """
  defmacro sigil_MAC({:<<>>, _meta, [text]}, []) when is_binary(text) do
    case parse(text) do
      {:ok, mac} -> Macro.escape(mac)
      {:error, _} -> raise ArgumentError, "not a MAC address: #{inspect(text)}"
    end
  end

  @doc false
  @spec encode(t()) :: binary()
  def encode(%__MODULE__{bytes: bytes}), do: bytes

  @doc false
  @spec decode(binary()) :: t() | nil
  def decode(<<bytes::binary-size(6)>>), do: %__MODULE__{bytes: bytes}
  def decode(bytes) when is_binary(bytes), do: nil

  defguardp is_hex(c) when c in ?0..?9 or c in ?a..?f or c in ?A..?F

  @doc false
  # 1 to `max` octets of one or two hex digits, joined by colons.
  @spec __octets__(String.t(), pos_integer()) :: binary() | :error
  def __octets__(text, max), do: octets(text, <<>>, max)

  defp octets(<<a, b, rest::binary>>, bytes, max) when is_hex(a) and is_hex(b),
    do: next(rest, <<bytes::binary, value(a)::4, value(b)::4>>, max)

  defp octets(<<a, rest::binary>>, bytes, max) when is_hex(a),
    do: next(rest, <<bytes::binary, value(a)>>, max)

  defp octets(_text, _bytes, _max), do: :error

  defp next(<<>>, bytes, _max), do: bytes

  defp next(<<?:, rest::binary>>, bytes, max) when byte_size(bytes) < max,
    do: octets(rest, bytes, max)

  defp next(_text, _bytes, _max), do: :error

  defp value(c) when c in ?0..?9, do: c - ?0
  defp value(c) when c in ?a..?f, do: c - ?a + 10
  defp value(c) when c in ?A..?F, do: c - ?A + 10

  defp digit(value) when value < 10, do: ?0 + value
  defp digit(value), do: ?a + value - 10
end

defimpl String.Chars, for: Linx.MAC do
  def to_string(mac), do: Linx.MAC.to_string(mac)
end

defimpl Inspect, for: Linx.MAC do
  def inspect(mac, opts),
    do: Linx.Text.literal(mac, opts, fn -> ~s(~MAC"#{Linx.MAC.to_string(mac)}") end)
end

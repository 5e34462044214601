defmodule Linx.MAC do
  @moduledoc """
  A link-layer address of six bytes, as Ethernet has them.

  Kernel side: `ETH_ALEN` of `include/uapi/linux/if_ether.h`; the payload of `IFLA_ADDRESS` and
  `NDA_LLADDR`.

      iex> mac = Linx.MAC.parse!("02:AA:bb:0:0:1")
      iex> Linx.MAC.to_string(mac)
      "02:aa:bb:00:00:01"

  Literals are written with the sigil `~MAC` of `Linx.Sigils`: `~MAC"02:aa:bb:cc:dd:ee"`. Addresses
  sort with `Enum.sort(addresses, Linx.MAC)`.

  The addresses of some links have another length: 20 bytes on InfiniBand, 4 on a tunnel in IPv4. The
  structs of this library hold these as `Linx.LinkAddress`.
  """

  use Linx.ImportList

  @enforce_keys [:bytes]
  defstruct [:bytes]

  @typedoc "A MAC address, the first byte on the wire first."
  @type t :: %__MODULE__{bytes: <<_::48>>}

  @typedoc "An address as an argument: a value, or text as of `parse/1`."
  @type input :: t() | String.t()

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
  Reads an address as `parse/1` does; raises `ArgumentError` for any other text.

      iex> Linx.MAC.parse!("2:0:0:0:0:1").bytes
      <<2, 0, 0, 0, 0, 1>>
      iex> Linx.MAC.parse!("02:00")
      ** (ArgumentError) not a MAC address: "02:00"
  """
  @spec parse!(String.t()) :: t()
  def parse!(text) when is_binary(text) do
    case parse(text) do
      {:ok, mac} -> mac
      {:error, _} -> raise ArgumentError, "not a MAC address: #{inspect(text)}"
    end
  end

  @doc """
  The address that an argument stands for: a value or text.

      iex> Linx.MAC.cast(%Linx.MAC{bytes: <<1::48>>})
      Linx.MAC.parse("0:0:0:0:0:1")
      iex> Linx.MAC.cast(1)
      {:error, {:bad_mac, 1}}
  """
  @spec cast(input() | term()) :: {:ok, t()} | {:error, {:bad_mac, term()}}
  def cast(%__MODULE__{bytes: <<_::48>>} = mac), do: {:ok, mac}
  def cast(text) when is_binary(text), do: parse(text)
  def cast(other), do: {:error, {:bad_mac, other}}

  @doc """
  Writes an address: lower case, two digits an octet. String interpolation gives the same text.

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
  A random unicast address, marked as locally administered, such as a new virtual link needs.

      iex> mac = Linx.MAC.random()
      iex> {Linx.MAC.multicast?(mac), Linx.MAC.local?(mac)}
      {false, true}
  """
  @spec random() :: t()
  def random do
    <<first::6, _flags::2, rest::40>> = :rand.bytes(6)
    %__MODULE__{bytes: <<first::6, 0b10::2, rest::40>>}
  end

  @doc """
  Compares two addresses by number.

      iex> addresses = Enum.map(["2:0:0:0:0:a", "2:0:0:0:0:9"], &Linx.MAC.parse!/1)
      iex> Enum.map(Enum.sort(addresses, Linx.MAC), &Linx.MAC.to_string/1)
      ["02:00:00:00:00:09", "02:00:00:00:00:0a"]
  """
  @spec compare(t(), t()) :: :lt | :eq | :gt
  def compare(%__MODULE__{bytes: same}, %__MODULE__{bytes: same}), do: :eq
  def compare(%__MODULE__{bytes: a}, %__MODULE__{bytes: b}) when a < b, do: :lt
  def compare(%__MODULE__{}, %__MODULE__{}), do: :gt

  @doc """
  Is it a group address, broadcast included? The lowest bit of the first octet is one.

      iex> Linx.MAC.multicast?(Linx.MAC.parse!("01:00:5e:00:00:fb"))
      true
  """
  @spec multicast?(t()) :: boolean()
  def multicast?(%__MODULE__{bytes: <<_::7, group::1, _::40>>}), do: group == 1

  @doc """
  Is it the broadcast address, `ff:ff:ff:ff:ff:ff`?

      iex> Linx.MAC.broadcast?(Linx.MAC.parse!("ff:ff:ff:ff:ff:ff"))
      true
  """
  @spec broadcast?(t()) :: boolean()
  def broadcast?(%__MODULE__{bytes: bytes}), do: bytes == <<0xFFFFFFFFFFFF::48>>

  @doc """
  Is it locally administered, not assigned by a manufacturer? The second lowest bit of the first octet
  is one.

      iex> Linx.MAC.local?(Linx.MAC.parse!("02:00:00:00:00:01"))
      true
  """
  @spec local?(t()) :: boolean()
  def local?(%__MODULE__{bytes: <<_::6, local::1, _::41>>}), do: local == 1

  @doc """
  The sigil `~MAC` of `Linx.Sigils`, for modules that `import Linx.MAC`.
  """
  defmacro sigil_MAC({:<<>>, _meta, [text]}, []) when is_binary(text),
    do: Macro.escape(parse!(text))

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

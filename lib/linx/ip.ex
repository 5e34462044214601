defmodule Linx.IP do
  @moduledoc """
  An IPv4 or IPv6 address: its family and its bytes in network order.

  Kernel side: `struct in_addr` of `include/uapi/linux/in.h` and `struct in6_addr` of
  `include/uapi/linux/in6.h`.

      iex> ip = Linx.IP.parse!("FC00:0:0::1")
      iex> ip.family
      :inet6
      iex> Linx.IP.to_string(ip)
      "fc00::1"
      iex> "gateway \#{ip}"
      "gateway fc00::1"

  Literals are written with the sigil `~IP` of `Linx.Sigils`: `~IP"10.0.0.5"`.

  Functions of this library that take an address take a value, its text or a tuple of Erlang's
  `:inet` (`t:input/0`); `cast/1` is their common reading. Addresses sort with
  `Enum.sort(addresses, Linx.IP)`.

  Text is read as POSIX `inet_pton` reads it: `010.0.0.1` (octal for some programs) and `10.1` are
  errors.
  """

  use Linx.ImportList

  alias Linx.IP.Text

  @enforce_keys [:family, :bytes]
  defstruct [:family, :bytes]

  @typedoc "The address family, by the name that Erlang's `:inet` uses."
  @type family :: :inet | :inet6

  @typedoc "An address: 4 bytes for `:inet`, 16 for `:inet6`, in network order."
  @type t :: %__MODULE__{family: family(), bytes: <<_::32>> | <<_::128>>}

  @typedoc "An address as an argument: a value, text as of `parse/1`, or a tuple as of `from_tuple/1`."
  @type input :: t() | String.t() | :inet.ip_address()

  defguardp is_u8(n) when is_integer(n) and n in 0..0xFF
  defguardp is_u16(n) when is_integer(n) and n in 0..0xFFFF

  @doc """
  Reads an address.

  IPv4 is four decimal octets without leading zeros. IPv6 is the text of RFC 4291 section 2.2, in
  upper or lower case, optionally with an IPv4 tail; a zone (`%eth0`) and brackets are errors.

      iex> {:ok, ip} = Linx.IP.parse("10.0.0.5")
      iex> ip.bytes
      <<10, 0, 0, 5>>
      iex> Linx.IP.parse("10.1")
      {:error, {:bad_address, "10.1"}}
  """
  @spec parse(String.t()) :: {:ok, t()} | {:error, {:bad_address, String.t()}}
  def parse(text) when is_binary(text) do
    case Text.read(text) do
      :error -> {:error, {:bad_address, text}}
      bytes -> {:ok, decode(bytes)}
    end
  end

  @doc """
  Reads an address as `parse/1` does; raises `ArgumentError` for any other text.

      iex> Linx.IP.parse!("::1").bytes
      <<1::128>>
      iex> Linx.IP.parse!("10.1")
      ** (ArgumentError) not an IP address: "10.1"
  """
  @spec parse!(String.t()) :: t()
  def parse!(text) when is_binary(text) do
    case parse(text) do
      {:ok, ip} -> ip
      {:error, _} -> raise ArgumentError, "not an IP address: #{inspect(text)}"
    end
  end

  @doc """
  The address that an argument stands for: a value, text or a tuple of `:inet`.

      iex> Linx.IP.cast({10, 0, 0, 5}) == Linx.IP.parse("10.0.0.5")
      true
      iex> Linx.IP.cast({10, 0, 0, 256})
      {:error, {:bad_address, {10, 0, 0, 256}}}
  """
  @spec cast(input() | term()) :: {:ok, t()} | {:error, {:bad_address, term()}}
  def cast(%__MODULE__{family: :inet, bytes: <<_::32>>} = ip), do: {:ok, ip}
  def cast(%__MODULE__{family: :inet6, bytes: <<_::128>>} = ip), do: {:ok, ip}
  def cast(text) when is_binary(text), do: parse(text)

  def cast(tuple) when is_tuple(tuple) do
    case from_elements(tuple) do
      nil -> {:error, {:bad_address, tuple}}
      ip -> {:ok, ip}
    end
  end

  def cast(other), do: {:error, {:bad_address, other}}

  @doc """
  Writes an address: dotted IPv4, or IPv6 as RFC 5952 recommends it.

  IPv6 is in lower case, the longest run of zero groups shortened to `::`, and IPv4-mapped addresses
  end in the dotted form. String interpolation gives the same text.

      iex> ip = Linx.IP.parse!("2001:DB8:0:0:1:0:0:1")
      iex> Linx.IP.to_string(ip)
      "2001:db8::1:0:0:1"
      iex> Linx.IP.to_string(Linx.IP.parse!("::ffff:a00:5"))
      "::ffff:10.0.0.5"
  """
  @spec to_string(t()) :: String.t()
  def to_string(%__MODULE__{family: :inet, bytes: <<bytes::binary-size(4)>>}),
    do: Text.write(bytes)

  def to_string(%__MODULE__{family: :inet6, bytes: <<bytes::binary-size(16)>>}),
    do: Text.write(bytes)

  @doc """
  The address of a tuple of Erlang's `:inet`: four octets, or eight groups of 16 bits.

  A term that is no such tuple raises `ArgumentError`; `cast/1` returns an error instead.

      iex> Linx.IP.to_string(Linx.IP.from_tuple({10, 0, 0, 5}))
      "10.0.0.5"
      iex> Linx.IP.to_string(Linx.IP.from_tuple({0xFD00, 0, 0, 0, 0, 0, 0, 1}))
      "fd00::1"
  """
  @spec from_tuple(:inet.ip_address()) :: t()
  def from_tuple(tuple) do
    case is_tuple(tuple) && from_elements(tuple) do
      %__MODULE__{} = ip -> ip
      _ -> raise ArgumentError, "not an IP address: #{inspect(tuple)}"
    end
  end

  @doc """
  The tuple of an address, as Erlang's `:inet`, `:gen_tcp` and `:gen_udp` take it.

      iex> Linx.IP.to_tuple(Linx.IP.parse!("10.0.0.5"))
      {10, 0, 0, 5}
      iex> Linx.IP.to_tuple(Linx.IP.parse!("fd00::1"))
      {0xFD00, 0, 0, 0, 0, 0, 0, 1}
  """
  @spec to_tuple(t()) :: :inet.ip_address()
  def to_tuple(%__MODULE__{family: :inet, bytes: <<a, b, c, d>>}), do: {a, b, c, d}

  def to_tuple(%__MODULE__{
        family: :inet6,
        bytes: <<a::16, b::16, c::16, d::16, e::16, f::16, g::16, h::16>>
      }),
      do: {a, b, c, d, e, f, g, h}

  @doc """
  Compares two addresses: IPv4 before IPv6, then by number.

      iex> addresses = Enum.map(["::1", "10.0.0.10", "10.0.0.9"], &Linx.IP.parse!/1)
      iex> Enum.map(Enum.sort(addresses, Linx.IP), &Linx.IP.to_string/1)
      ["10.0.0.9", "10.0.0.10", "::1"]
  """
  @spec compare(t(), t()) :: :lt | :eq | :gt
  def compare(%__MODULE__{} = a, %__MODULE__{} = b) do
    case {{a.family, a.bytes}, {b.family, b.bytes}} do
      {same, same} -> :eq
      {one, other} when one < other -> :lt
      _ -> :gt
    end
  end

  @doc """
  Is it the unspecified address, `0.0.0.0` or `::`?

      iex> Linx.IP.unspecified?(Linx.IP.parse!("::"))
      true
  """
  @spec unspecified?(t()) :: boolean()
  def unspecified?(%__MODULE__{bytes: bytes}), do: bytes in [<<0::32>>, <<0::128>>]

  @doc """
  Is it a loopback address, in `127.0.0.0/8` or `::1`?

  An IPv4-mapped address is an IPv6 address for this and all other predicates.

      iex> Linx.IP.loopback?(Linx.IP.parse!("127.0.0.53"))
      true
      iex> Linx.IP.loopback?(Linx.IP.parse!("::ffff:127.0.0.1"))
      false
  """
  @spec loopback?(t()) :: boolean()
  def loopback?(%__MODULE__{bytes: <<127, _::24>>}), do: true
  def loopback?(%__MODULE__{bytes: bytes}), do: bytes == <<1::128>>

  @doc """
  Is it a link-local address, in `169.254.0.0/16` (RFC 3927) or `fe80::/10` (RFC 4291)?

      iex> Linx.IP.link_local?(Linx.IP.parse!("fe80::1"))
      true
  """
  @spec link_local?(t()) :: boolean()
  def link_local?(%__MODULE__{bytes: <<169, 254, _::16>>}), do: true
  def link_local?(%__MODULE__{bytes: <<0xFE, 0b10::2, _::118>>}), do: true
  def link_local?(%__MODULE__{}), do: false

  @doc """
  Is it a private address, in `10.0.0.0/8`, `172.16.0.0/12` or `192.168.0.0/16` (RFC 1918), or
  `fc00::/7` (unique local, RFC 4193)?

      iex> Linx.IP.private?(Linx.IP.parse!("172.31.0.1"))
      true
      iex> Linx.IP.private?(Linx.IP.parse!("172.32.0.1"))
      false
  """
  @spec private?(t()) :: boolean()
  def private?(%__MODULE__{bytes: <<10, _::24>>}), do: true
  def private?(%__MODULE__{bytes: <<172, 1::4, _::20>>}), do: true
  def private?(%__MODULE__{bytes: <<192, 168, _::16>>}), do: true
  def private?(%__MODULE__{bytes: <<0b1111110::7, _::121>>}), do: true
  def private?(%__MODULE__{}), do: false

  @doc """
  Is it a multicast address, in `224.0.0.0/4` or `ff00::/8`?

      iex> Linx.IP.multicast?(Linx.IP.parse!("ff02::1"))
      true
  """
  @spec multicast?(t()) :: boolean()
  def multicast?(%__MODULE__{bytes: <<0xE::4, _::28>>}), do: true
  def multicast?(%__MODULE__{bytes: <<0xFF, _::120>>}), do: true
  def multicast?(%__MODULE__{}), do: false

  @doc """
  The sigil `~IP` of `Linx.Sigils`, for modules that `import Linx.IP`.
  """
  defmacro sigil_IP({:<<>>, _meta, [text]}, []) when is_binary(text),
    do: Macro.escape(Linx.Sigils.__ip__(text))

  @doc false
  @spec encode(t()) :: binary()
  def encode(%__MODULE__{bytes: bytes}), do: bytes

  @doc false
  @spec decode(binary()) :: t() | nil
  def decode(<<bytes::binary-size(4)>>), do: %__MODULE__{family: :inet, bytes: bytes}
  def decode(<<bytes::binary-size(16)>>), do: %__MODULE__{family: :inet6, bytes: bytes}
  def decode(bytes) when is_binary(bytes), do: nil

  defp from_elements({a, b, c, d}) when is_u8(a) and is_u8(b) and is_u8(c) and is_u8(d),
    do: decode(<<a, b, c, d>>)

  defp from_elements({a, b, c, d, e, f, g, h})
       when is_u16(a) and is_u16(b) and is_u16(c) and is_u16(d) and is_u16(e) and is_u16(f) and
              is_u16(g) and is_u16(h),
       do: decode(<<a::16, b::16, c::16, d::16, e::16, f::16, g::16, h::16>>)

  defp from_elements(_tuple), do: nil
end

defimpl String.Chars, for: Linx.IP do
  def to_string(ip), do: Linx.IP.to_string(ip)
end

defimpl Inspect, for: Linx.IP do
  def inspect(ip, opts),
    do: Linx.Text.literal(ip, opts, fn -> ~s(~IP"#{Linx.IP.to_string(ip)}") end)
end

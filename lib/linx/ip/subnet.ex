defmodule Linx.IP.Subnet do
  @moduledoc """
  An IP address with a prefix length.

  Kernel side: the pairs `ifa_prefixlen` with `IFA_ADDRESS` (`include/uapi/linux/if_addr.h`) and
  `rtm_dst_len` with `RTA_DST` (`include/uapi/linux/rtnetlink.h`).

      iex> subnet = Linx.IP.Subnet.parse!("10.0.42.7/24")
      iex> Linx.IP.Subnet.contains?(subnet, "10.0.42.200")
      true
      iex> "\#{subnet} lies in \#{Linx.IP.Subnet.network(subnet)}"
      "10.0.42.7/24 lies in 10.0.42.0"

  Host bits are kept as given: one value can hold both the address of a host and its network. Two
  subnets that differ in host bits alone are not equal; compare what `masked/1` gives.

  Literals are written with the sigil `~IP` of `Linx.Sigils`: `~IP"10.0.0.0/8"`. Functions of this
  library that take a subnet take a value, its text, an address or a pair (`t:input/0`); `cast/1` is
  their common reading. Subnets sort with `Enum.sort(subnets, Linx.IP.Subnet)`.
  """

  use Linx.ImportList

  import Bitwise

  alias Linx.IP

  @enforce_keys [:address, :prefix]
  defstruct [:address, :prefix]

  @typedoc "An address and the length of its network prefix in bits: 0..32 or 0..128."
  @type t :: %__MODULE__{address: IP.t(), prefix: 0..128}

  @typedoc """
  A subnet as an argument: a value; text, with or without a prefix length; an address; or a pair
  `{address, prefix}`. Without a prefix length it is the subnet of that address alone.
  """
  @type input :: t() | IP.input() | {IP.input(), 0..128}

  @doc """
  Reads `ADDRESS/PREFIX`, the address as `Linx.IP.parse/1` does, the prefix as decimal digits.

      iex> {:ok, subnet} = Linx.IP.Subnet.parse("fd00::/8")
      iex> subnet.prefix
      8
      iex> Linx.IP.Subnet.parse("10.0.0.0/33")
      {:error, {:bad_subnet, "10.0.0.0/33"}}
  """
  @spec parse(String.t()) :: {:ok, t()} | {:error, {:bad_subnet, String.t()}}
  def parse(text) when is_binary(text) do
    with [address, digits] <- :binary.split(text, "/"),
         {:ok, ip} <- IP.parse(address),
         {:ok, prefix} <- prefix(digits, width(ip)) do
      {:ok, %__MODULE__{address: ip, prefix: prefix}}
    else
      _ -> {:error, {:bad_subnet, text}}
    end
  end

  @doc """
  Reads a subnet as `parse/1` does; raises `ArgumentError` for any other text.

      iex> Linx.IP.Subnet.parse!("fd00::/8").prefix
      8
      iex> Linx.IP.Subnet.parse!("10.0.0.0")
      ** (ArgumentError) not a subnet: "10.0.0.0"
  """
  @spec parse!(String.t()) :: t()
  def parse!(text) when is_binary(text) do
    case parse(text) do
      {:ok, subnet} -> subnet
      {:error, _} -> raise ArgumentError, "not a subnet: #{inspect(text)}"
    end
  end

  @doc """
  The subnet that an argument stands for: see `t:input/0`.

      iex> alias Linx.IP.Subnet
      iex> Subnet.cast("10.0.0.0/8") == Subnet.parse("10.0.0.0/8")
      true
      iex> Subnet.cast({{10, 0, 0, 0}, 8}) == Subnet.parse("10.0.0.0/8")
      true
      iex> Subnet.cast("10.0.0.1") == Subnet.parse("10.0.0.1/32")
      true
      iex> Subnet.cast("10.0.0.0/33")
      {:error, {:bad_subnet, "10.0.0.0/33"}}
  """
  @spec cast(input() | term()) :: {:ok, t()} | {:error, {:bad_subnet, term()}}
  def cast(%__MODULE__{address: %IP{} = ip, prefix: prefix} = subnet),
    do: pair(ip, prefix, subnet)

  def cast({ip, prefix} = pair), do: pair(ip, prefix, pair)

  def cast(other) do
    with {:error, _} <- if(is_binary(other), do: parse(other), else: {:error, other}) do
      case IP.cast(other) do
        {:ok, ip} -> {:ok, %__MODULE__{address: ip, prefix: width(ip)}}
        {:error, _} -> {:error, {:bad_subnet, other}}
      end
    end
  end

  defp pair(ip, prefix, given) do
    with {:ok, ip} <- IP.cast(ip),
         true <- is_integer(prefix) and prefix in 0..width(ip) do
      {:ok, %__MODULE__{address: ip, prefix: prefix}}
    else
      _ -> {:error, {:bad_subnet, given}}
    end
  end

  @doc """
  Writes a subnet: its address as `Linx.IP.to_string/1`, a slash, the prefix length. String
  interpolation gives the same text.

      iex> Linx.IP.Subnet.to_string(Linx.IP.Subnet.parse!("FD00::/8"))
      "fd00::/8"
  """
  @spec to_string(t()) :: String.t()
  def to_string(%__MODULE__{address: address, prefix: prefix}),
    do: IP.to_string(address) <> "/" <> Integer.to_string(prefix)

  @doc """
  Is an address, or every address of a subnet, in the subnet?

  The second argument is a `t:input/0`; anything else raises `ArgumentError`. An address of the other
  family is in no subnet.

      iex> subnet = Linx.IP.Subnet.parse!("10.0.0.0/8")
      iex> Linx.IP.Subnet.contains?(subnet, "10.255.0.1")
      true
      iex> Linx.IP.Subnet.contains?(subnet, {10, 255, 0, 1})
      true
      iex> Linx.IP.Subnet.contains?(subnet, "10.0.0.0/7")
      false
      iex> Linx.IP.Subnet.contains?(subnet, "::ffff:10.255.0.1")
      false
  """
  @spec contains?(t(), input()) :: boolean()
  def contains?(%__MODULE__{} = subnet, other) do
    other = cast!(other)
    other.prefix >= subnet.prefix and network_of?(subnet, other.address)
  end

  @doc """
  Do two subnets have an address in common?

  The second argument is a `t:input/0`; anything else raises `ArgumentError`.

      iex> subnet = Linx.IP.Subnet.parse!("10.0.0.0/8")
      iex> Linx.IP.Subnet.overlaps?(subnet, "8.0.0.0/6")
      true
      iex> Linx.IP.Subnet.overlaps?(subnet, "11.0.0.0/8")
      false
  """
  @spec overlaps?(t(), input()) :: boolean()
  def overlaps?(%__MODULE__{} = subnet, other) do
    other = cast!(other)
    contains?(subnet, other) or contains?(other, subnet)
  end

  @doc """
  Compares two subnets: by their addresses as `Linx.IP.compare/2` does, then the shorter prefix
  length first.

      iex> subnets = Enum.map(["10.0.0.0/16", "9.0.0.0/8", "10.0.0.0/8"], &Linx.IP.Subnet.parse!/1)
      iex> Enum.map(Enum.sort(subnets, Linx.IP.Subnet), &Linx.IP.Subnet.to_string/1)
      ["9.0.0.0/8", "10.0.0.0/8", "10.0.0.0/16"]
  """
  @spec compare(t(), t()) :: :lt | :eq | :gt
  def compare(%__MODULE__{} = a, %__MODULE__{} = b) do
    case IP.compare(a.address, b.address) do
      :eq when a.prefix < b.prefix -> :lt
      :eq when a.prefix > b.prefix -> :gt
      order -> order
    end
  end

  @doc """
  The subnet with its host bits zero.

      iex> Linx.IP.Subnet.to_string(Linx.IP.Subnet.masked(Linx.IP.Subnet.parse!("10.0.42.7/24")))
      "10.0.42.0/24"
  """
  @spec masked(t()) :: t()
  def masked(%__MODULE__{} = subnet), do: %{subnet | address: network(subnet)}

  @doc """
  The address of the network: the host bits are zero.

      iex> subnet = Linx.IP.Subnet.parse!("fd00::7:1/112")
      iex> Linx.IP.to_string(Linx.IP.Subnet.network(subnet))
      "fd00::7:0"
  """
  @spec network(t()) :: IP.t()
  def network(%__MODULE__{address: address} = subnet) do
    put_number(address, number(address) &&& bnot(host_mask(subnet)))
  end

  @doc """
  The broadcast address: the host bits are one. `nil` for IPv6, which has none.

      iex> subnet = Linx.IP.Subnet.parse!("10.0.42.7/24")
      iex> Linx.IP.to_string(Linx.IP.Subnet.broadcast(subnet))
      "10.0.42.255"
  """
  @spec broadcast(t()) :: IP.t() | nil
  def broadcast(%__MODULE__{address: %IP{family: :inet} = address} = subnet) do
    put_number(address, number(address) ||| host_mask(subnet))
  end

  def broadcast(%__MODULE__{address: %IP{family: :inet6}}), do: nil

  @doc """
  The network mask: the bits of the prefix are one, the host bits zero.

      iex> Linx.IP.to_string(Linx.IP.Subnet.netmask(Linx.IP.Subnet.parse!("10.0.42.7/20")))
      "255.255.240.0"
  """
  @spec netmask(t()) :: IP.t()
  def netmask(%__MODULE__{address: address} = subnet),
    do: put_number(address, bnot(host_mask(subnet)))

  defp cast!(input) do
    case cast(input) do
      {:ok, subnet} -> subnet
      {:error, _} -> raise ArgumentError, "not an IP address or subnet: #{inspect(input)}"
    end
  end

  # Addresses of one network differ in host bits alone.
  defp network_of?(%__MODULE__{address: %IP{family: family}} = subnet, %IP{family: family} = ip),
    do: bxor(number(subnet.address), number(ip)) <= host_mask(subnet)

  defp network_of?(_subnet, _ip), do: false

  defp prefix(<<c, rest::binary>>, max) when c in ?0..?9, do: prefix(rest, c - ?0, max)
  defp prefix(_text, _max), do: :error

  # Stops at the first digit that exceeds the maximum: the text may be long.
  defp prefix(_text, value, max) when value > max, do: :error
  defp prefix(<<>>, value, _max), do: {:ok, value}

  defp prefix(<<c, rest::binary>>, value, max) when c in ?0..?9,
    do: prefix(rest, value * 10 + c - ?0, max)

  defp prefix(_text, _value, _max), do: :error

  defp host_mask(%__MODULE__{address: address, prefix: prefix}),
    do: (1 <<< (width(address) - prefix)) - 1

  defp width(%IP{family: :inet}), do: 32
  defp width(%IP{family: :inet6}), do: 128

  defp number(%IP{bytes: bytes}), do: :binary.decode_unsigned(bytes)

  defp put_number(%IP{} = ip, number), do: %{ip | bytes: <<number::size(width(ip))>>}
end

defimpl String.Chars, for: Linx.IP.Subnet do
  def to_string(subnet), do: Linx.IP.Subnet.to_string(subnet)
end

defimpl Inspect, for: Linx.IP.Subnet do
  def inspect(subnet, opts), do: Linx.Text.literal(subnet, opts, fn -> ~s(~IP"#{subnet}") end)
end

defmodule Linx.IP.Subnet do
  @moduledoc """
  An IP address with a prefix length.

  Kernel side: the pairs `ifa_prefixlen` with `IFA_ADDRESS` (`include/uapi/linux/if_addr.h`) and
  `rtm_dst_len` with `RTA_DST` (`include/uapi/linux/rtnetlink.h`).

      iex> {:ok, subnet} = Linx.IP.Subnet.parse("10.0.42.7/24")
      iex> {:ok, ip} = Linx.IP.parse("10.0.42.200")
      iex> Linx.IP.Subnet.contains?(subnet, ip)
      true
      iex> "\#{subnet} lies in \#{Linx.IP.Subnet.network(subnet)}"
      "10.0.42.7/24 lies in 10.0.42.0"

  Host bits are kept as given, so that one value can say both which network a host is in and which
  host it is. Two subnets that differ in them only are not equal; compare their `network/1`.
  """

  import Bitwise

  alias Linx.IP

  @enforce_keys [:address, :prefix]
  defstruct [:address, :prefix]

  @typedoc "An address and the number of its leading bits that name the network: 0..32 or 0..128."
  @type t :: %__MODULE__{address: IP.t(), prefix: 0..128}

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
  Is the address, a `Linx.IP` or its text, in the subnet?

  An address of the other family is not. Text that is no address raises `ArgumentError`.

      iex> {:ok, subnet} = Linx.IP.Subnet.parse("10.0.0.0/8")
      iex> Linx.IP.Subnet.contains?(subnet, "10.255.0.1")
      true
      iex> Linx.IP.Subnet.contains?(subnet, "::ffff:10.255.0.1")
      false
  """
  @spec contains?(t(), IP.t() | String.t()) :: boolean()
  def contains?(%__MODULE__{address: %IP{family: family}} = subnet, %IP{family: family} = ip) do
    # What differs is in the host bits.
    bxor(number(subnet.address), number(ip)) <= host_mask(subnet)
  end

  def contains?(%__MODULE__{}, %IP{}), do: false

  def contains?(%__MODULE__{} = subnet, text) when is_binary(text) do
    case IP.parse(text) do
      {:ok, ip} -> contains?(subnet, ip)
      {:error, _} -> raise ArgumentError, "not an IP address: #{inspect(text)}"
    end
  end

  @doc """
  The address of the network: the host bits are zero.

      iex> {:ok, subnet} = Linx.IP.Subnet.parse("fd00::7:1/112")
      iex> Linx.IP.to_string(Linx.IP.Subnet.network(subnet))
      "fd00::7:0"
  """
  @spec network(t()) :: IP.t()
  def network(%__MODULE__{address: address} = subnet) do
    put_number(address, number(address) &&& bnot(host_mask(subnet)))
  end

  @doc """
  The broadcast address: the host bits are one. `nil` for IPv6, which has none.

      iex> {:ok, subnet} = Linx.IP.Subnet.parse("10.0.42.7/24")
      iex> Linx.IP.to_string(Linx.IP.Subnet.broadcast(subnet))
      "10.0.42.255"
  """
  @spec broadcast(t()) :: IP.t() | nil
  def broadcast(%__MODULE__{address: %IP{family: :inet} = address} = subnet) do
    put_number(address, number(address) ||| host_mask(subnet))
  end

  def broadcast(%__MODULE__{address: %IP{family: :inet6}}), do: nil

  defp prefix(<<c, rest::binary>>, max) when c in ?0..?9, do: prefix(rest, c - ?0, max)
  defp prefix(_text, _max), do: :error

  # Ends with the first digit that is too much: the text may be long.
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
  def to_string(subnet),
    do: Linx.IP.to_string(subnet.address) <> "/" <> Integer.to_string(subnet.prefix)
end

defimpl Inspect, for: Linx.IP.Subnet do
  def inspect(subnet, opts), do: Linx.Text.literal(subnet, opts, fn -> ~s(~IP"#{subnet}") end)
end

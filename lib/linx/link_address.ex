defmodule Linx.LinkAddress do
  @moduledoc """
  A link-layer address whose length is not six bytes.

  Kernel side: the payload of `IFLA_ADDRESS`, `IFLA_BROADCAST` and `NDA_LLADDR`, up to
  `MAX_ADDR_LEN` (32) bytes of `include/uapi/linux/netdevice.h`.

  The type of a link gives the length of its address: 6 bytes for Ethernet, 4 for a tunnel in IPv4,
  16 for a tunnel in IPv6, 20 for InfiniBand, 8 for IEEE 802.15.4. The structs of this library hold an
  address of 6 bytes as a `Linx.MAC`, one of another length as a `Linx.LinkAddress`, and an empty one
  as `nil`. Both structs have the field `bytes`.

      iex> address = Linx.LinkAddress.parse!("192.0.2.9")
      iex> address.bytes
      <<192, 0, 2, 9>>
      iex> "\#{address}"
      "192.0.2.9"
      iex> Linx.LinkAddress.parse("02:00:00:00:00:09")
      Linx.MAC.parse("02:00:00:00:00:09")
  """

  use Linx.ImportList

  alias Linx.{IP, MAC}

  @enforce_keys [:bytes]
  defstruct [:bytes]

  @typedoc "An address of 1 to 32 bytes but not of 6, the first byte on the wire first."
  @type t :: %__MODULE__{bytes: binary()}

  @typedoc """
  A link-layer address as an argument: a value, text as of `parse/1`, or a tuple as of
  `Linx.IP.from_tuple/1`.
  """
  @type input :: t() | MAC.t() | IP.input()

  @doc """
  Reads a link-layer address.

  The text is 1 to 32 octets of one or two hex digits, in either case, joined by colons; an IPv4
  address, for 4 bytes; or an IPv6 address, for 16. Six octets give a `Linx.MAC`.

  Eight groups of one or two digits are eight octets, although they could be an IPv6 address.

      iex> Linx.LinkAddress.parse("0:1:2:3:4:5:6:FF")
      {:ok, %Linx.LinkAddress{bytes: <<0, 1, 2, 3, 4, 5, 6, 255>>}}
      iex> Linx.LinkAddress.parse("02-aa-bb-cc-dd-ee")
      {:error, {:bad_mac, "02-aa-bb-cc-dd-ee"}}
  """
  @spec parse(String.t()) :: {:ok, t() | MAC.t()} | {:error, {:bad_mac, String.t()}}
  def parse(text) when is_binary(text) do
    with :error <- MAC.__octets__(text, 32),
         {:error, _} <- IP.parse(text) do
      {:error, {:bad_mac, text}}
    else
      {:ok, %IP{bytes: bytes}} -> {:ok, decode(bytes)}
      bytes -> {:ok, decode(bytes)}
    end
  end

  @doc """
  Reads a link-layer address as `parse/1` does; raises `ArgumentError` for any other text.

      iex> Linx.LinkAddress.parse!("80:00:02").bytes
      <<0x80, 0, 2>>
      iex> Linx.LinkAddress.parse!("eth0")
      ** (ArgumentError) not a link-layer address: "eth0"
  """
  @spec parse!(String.t()) :: t() | MAC.t()
  def parse!(text) when is_binary(text) do
    case parse(text) do
      {:ok, address} -> address
      {:error, _} -> raise ArgumentError, "not a link-layer address: #{inspect(text)}"
    end
  end

  @doc """
  The address that an argument stands for: see `t:input/0`.

      iex> Linx.LinkAddress.cast({192, 0, 2, 9})
      Linx.LinkAddress.parse("192.0.2.9")
      iex> Linx.LinkAddress.cast(Linx.MAC.parse!("02:00:00:00:00:09"))
      Linx.MAC.parse("02:00:00:00:00:09")
      iex> Linx.LinkAddress.cast(nil)
      {:error, {:bad_mac, nil}}
  """
  @spec cast(input() | term()) :: {:ok, t() | MAC.t()} | {:error, {:bad_mac, term()}}
  def cast(text) when is_binary(text), do: parse(text)

  def cast(%module{bytes: bytes} = value) when module in [MAC, __MODULE__, IP] do
    if is_binary(bytes) and byte_size(bytes) in 1..32,
      do: {:ok, decode(bytes)},
      else: {:error, {:bad_mac, value}}
  end

  def cast(other) do
    case IP.cast(other) do
      {:ok, ip} -> {:ok, decode(ip.bytes)}
      {:error, _} -> {:error, {:bad_mac, other}}
    end
  end

  @doc """
  Writes an address as `ip` shows it: 4 bytes as an IPv4 address, 16 as an IPv6 address, and others in
  lower case, two digits an octet, joined by colons. String interpolation gives the same text.

      iex> Linx.LinkAddress.to_string(%Linx.LinkAddress{bytes: <<0xFD, 0::112, 1>>})
      "fd00::1"
      iex> Linx.LinkAddress.to_string(%Linx.LinkAddress{bytes: <<0x80, 0, 2>>})
      "80:00:02"
  """
  @spec to_string(t()) :: String.t()
  def to_string(%__MODULE__{bytes: bytes}) when byte_size(bytes) in [4, 16],
    do: bytes |> IP.decode() |> IP.to_string()

  def to_string(%__MODULE__{bytes: bytes}) when is_binary(bytes),
    do: for(<<byte <- bytes>>, do: Base.encode16(<<byte>>, case: :lower)) |> Enum.join(":")

  @doc false
  # Whether two addresses have the same length; an unknown one has any.
  @spec __length_of__?(t() | MAC.t(), t() | MAC.t() | nil) :: boolean()
  def __length_of__?(_address, nil), do: true
  def __length_of__?(%{bytes: one}, %{bytes: other}), do: byte_size(one) == byte_size(other)

  @doc false
  @spec encode(t() | MAC.t()) :: binary()
  def encode(%__MODULE__{bytes: bytes}), do: bytes
  def encode(%MAC{bytes: bytes}), do: bytes

  @doc false
  @spec decode(binary()) :: t() | MAC.t() | nil
  def decode(<<bytes::binary-size(6)>>), do: %MAC{bytes: bytes}

  def decode(bytes) when is_binary(bytes) and byte_size(bytes) in 1..32,
    do: %__MODULE__{bytes: bytes}

  def decode(bytes) when is_binary(bytes), do: nil
end

defimpl String.Chars, for: Linx.LinkAddress do
  def to_string(address), do: Linx.LinkAddress.to_string(address)
end

defimpl Inspect, for: Linx.LinkAddress do
  def inspect(address, opts),
    do: Linx.Text.show(address, opts, fn -> [Linx.LinkAddress.to_string(address)] end)
end

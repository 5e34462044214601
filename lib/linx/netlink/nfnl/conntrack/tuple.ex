defmodule Linx.Netlink.Nfnl.Conntrack.Tuple do
  @moduledoc """
  A tuple: addresses, protocol and ports of one direction of a connection.

  Kernel side: `CTA_TUPLE_*` of `include/uapi/linux/netfilter/nfnetlink_conntrack.h`.

      iex> alias Linx.Netlink.Nfnl.Conntrack.Tuple
      iex> {:ok, tuple} = Tuple.new("192.0.2.1", "192.0.2.2", :tcp, 40_000, 443)
      iex> to_string(Tuple.source(tuple))
      "192.0.2.1"
      iex> tuple.proto.dst_port
      443

  `zone` is set if the connection has a zone for this direction alone.
  """

  use Linx.Netlink.Codec

  import Linx.Netlink.IpProtocol, only: [is_protocol: 1]

  alias Linx.{IP, Text}
  alias Linx.Netlink.IpProtocol
  alias Linx.Netlink.Options.Type
  alias __MODULE__.{Addresses, Protocol}

  codec prefix: "CTA_TUPLE_" do
    attr 1, :ip, {:nested, Addresses}, "addresses"
    attr 2, :proto, {:nested, Protocol}, "protocol and ports"
    attr 3, :zone, :be16, "zone for this direction alone, 0 to 65535"
  end

  @doc """
  The tuple from a source to a destination. Addresses are values, text or tuples of `:inet`; the protocol is a name
  such as `:tcp` or a number. A protocol without ports needs none.

  Errors: `{:bad_address, text}`, `{:family_mismatch, {source, destination}}`. Raises
  `FunctionClauseError` for a protocol or a port that does not exist.
  """
  @spec new(
          IP.input(),
          IP.input(),
          IpProtocol.t(),
          0..0xFFFF | nil,
          0..0xFFFF | nil
        ) ::
          {:ok, t()}
          | {:error, {:bad_address, term()} | {:family_mismatch, {IP.family(), IP.family()}}}
  def new(source, destination, protocol, src_port \\ nil, dst_port \\ nil)
      when is_protocol(protocol) and (src_port == nil or src_port in 0..0xFFFF) and
             (dst_port == nil or dst_port in 0..0xFFFF) do
    with {:ok, source} <- Type.ip(source),
         {:ok, destination} <- Type.ip(destination),
         {:ok, addresses} <- addresses(source, destination) do
      proto = %Protocol{num: IpProtocol.name(protocol), src_port: src_port, dst_port: dst_port}
      {:ok, %__MODULE__{ip: addresses, proto: proto}}
    end
  end

  defp addresses(%IP{family: :inet} = source, %IP{family: :inet} = destination),
    do: {:ok, %Addresses{v4_src: source, v4_dst: destination}}

  defp addresses(%IP{family: :inet6} = source, %IP{family: :inet6} = destination),
    do: {:ok, %Addresses{v6_src: source, v6_dst: destination}}

  defp addresses(source, destination),
    do: {:error, {:family_mismatch, {source.family, destination.family}}}

  @doc """
  The source address of the packets, or `nil`.
  """
  @spec source(t()) :: IP.t() | nil
  def source(%__MODULE__{ip: nil}), do: nil
  def source(%__MODULE__{ip: ip}), do: ip.v4_src || ip.v6_src

  @doc """
  The destination address of the packets, or `nil`.
  """
  @spec destination(t()) :: IP.t() | nil
  def destination(%__MODULE__{ip: nil}), do: nil
  def destination(%__MODULE__{ip: ip}), do: ip.v4_dst || ip.v6_dst

  @doc false
  @spec family(t()) :: :ipv4 | :ipv6 | :unspec
  def family(%__MODULE__{} = tuple) do
    case source(tuple) || destination(tuple) do
      %IP{family: :inet} -> :ipv4
      %IP{family: :inet6} -> :ipv6
      nil -> :unspec
    end
  end

  @doc false
  @spec to_string(t()) :: String.t()
  def to_string(%__MODULE__{proto: proto} = tuple) do
    "#{Text.part("", proto && proto.num)} #{Text.part("", source(tuple))}" <>
      "#{Text.part(":", proto && proto.src_port)} -> " <>
      "#{Text.part("", destination(tuple))}#{Text.part(":", proto && proto.dst_port)}"
  end
end

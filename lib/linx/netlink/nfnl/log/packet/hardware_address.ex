defmodule Linx.Netlink.Nfnl.Log.Packet.HardwareAddress do
  @moduledoc false
  # `struct nfulnl_msg_packet_hw`: a length, two bytes of padding, and 8 bytes, of which the first
  # `length` are the address.

  alias Linx.{LinkAddress, MAC}

  @type t :: MAC.t() | LinkAddress.t()

  @spec decode(binary()) :: t() | nil
  def decode(<<len::16, _::16, address::binary-size(len), _::binary>>),
    do: LinkAddress.decode(address)

  def decode(_short), do: nil

  @spec encode(t() | binary()) :: binary()
  def encode(%module{bytes: bytes}) when module in [MAC, LinkAddress], do: encode(bytes)

  def encode(bytes) when is_binary(bytes) and byte_size(bytes) <= 8,
    do: <<byte_size(bytes)::16, 0::16, bytes::binary, 0::size(8 - byte_size(bytes))-unit(8)>>
end

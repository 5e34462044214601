defmodule Linx.Netlink.Rtnl.Link.Vf.Address do
  @moduledoc """
  Address of a virtual function: `struct ifla_vf_mac`.

  `mac` holds 32 bytes. The length of the address depends on the card:
  see `address/2`.
  """

  use Linx.Netlink.Codec

  alias Linx.{LinkAddress, MAC}

  codec do
    header "struct ifla_vf_mac" do
      field :vf, :u32, "number of the function"
      field :mac, {:binary, 32}, "address, padded to 32 bytes"
    end
  end

  @doc """
  The address, of a card whose addresses have `size` bytes: 6 with Ethernet, 20 with InfiniBand.

      Address.address(vf.mac, byte_size(link.address.bytes))

  A `Linx.MAC` or a `Linx.LinkAddress`; `nil` if the kernel sent a truncated address.
  """
  @spec address(t(), 1..32) :: MAC.t() | LinkAddress.t() | nil
  def address(address, size \\ 6)

  def address(%__MODULE__{mac: nil}, size) when size in 1..32, do: nil

  def address(%__MODULE__{mac: bytes}, size) when size in 1..32,
    do: LinkAddress.decode(binary_part(bytes, 0, size))
end

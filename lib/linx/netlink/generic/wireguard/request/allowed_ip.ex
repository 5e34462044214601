defmodule Linx.Netlink.Generic.WireGuard.Request.AllowedIp do
  @moduledoc false
  # A subnet in a request that changes a link.

  use Linx.Netlink.Codec

  alias Linx.IP.Subnet
  alias Linx.Netlink.Options

  # WGALLOWEDIP_F_* of include/uapi/linux/wireguard.h.
  @flags [remove_me: 0x1]

  codec prefix: "WGALLOWEDIP_A_" do
    attr 1, :family, {:enum, :u16, Options.families()}, values: "AF_"
    attr 2, :ipaddr, Linx.IP
    attr 3, :cidr_mask, :u8
    attr 4, :flags, {:flags, :u32, @flags}, values: "WGALLOWEDIP_F_"
  end

  @doc """
  The attribute of a subnet to be added or removed.
  """
  @spec new(Subnet.t() | {:remove, Subnet.t()}) :: t()
  def new({:remove, subnet}), do: %{new(subnet) | flags: [:remove_me]}

  def new(%Subnet{address: ip, prefix: prefix}),
    do: %__MODULE__{family: ip.family, ipaddr: ip, cidr_mask: prefix}
end

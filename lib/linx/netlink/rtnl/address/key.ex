defmodule Linx.Netlink.Rtnl.Address.Key do
  @moduledoc false
  # Identities of an address. Pure.

  alias Linx.IP.Subnet
  alias Linx.Netlink.Rtnl.Address

  # AF_INET and AF_INET6.
  @inet 2
  @inet6 10

  @doc """
  Whether the address is one of IPv4 or IPv6.
  """
  @spec ip?(Address.t()) :: boolean()
  def ip?(%{family: family}), do: family in [@inet, @inet6]

  @doc """
  Identity in the kernel.

  A link has an IPv6 address once, whatever its peer, which `inet6_addr_modify` changes in
  place; IPv4 addresses differ by network and peer as well.
  """
  @spec unique(Address.t()) :: tuple()
  def unique(%{family: @inet6} = a), do: {a.index, a.family, a.local || a.address}
  def unique(a), do: {a.index, a.family, a.local || a.address, a.address, a.prefixlen}

  @doc """
  Pattern of the keys of a link's IPv4 addresses, for ETS.
  """
  @spec inet_pattern(pos_integer()) :: tuple()
  def inet_pattern(index), do: {index, @inet, :_, :_, :_}

  @doc """
  Identity of a desired address: link, family, address and prefix length.
  """
  @spec desired(Address.t()) :: tuple()
  def desired(%{index: index, family: family, address: address, prefixlen: len}),
    do: {index, family, address, len}

  @doc """
  What a link cannot have twice: an address of IPv6, and one of IPv4 in a network
  (`inet_insert_ifa` of net/ipv4/devinet.c).
  """
  @spec slot(Address.t()) :: tuple()
  def slot(%{family: @inet} = address) do
    network = Subnet.network(%Subnet{address: address.address, prefix: address.prefixlen})
    {address.index, address.local || address.address, address.prefixlen, network}
  end

  def slot(address), do: {address.index, address.local || address.address}
end

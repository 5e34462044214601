defmodule Linx.Netlink.Rtnl.Address.Requests do
  @moduledoc false
  # Requests made of a listed address: to delete that very address, and to write it again. Pure.

  alias Linx.Netlink.Rtnl.Address
  alias Linx.Netlink.Rtnl.Address.Cacheinfo

  @inet 2
  @forever 0xFFFFFFFF

  # IFA_F_* that a request may have; the others are the kernel's to find.
  @settable [:nodad, :optimistic, :homeaddress, :managetempaddr, :noprefixroute, :mcautojoin]

  @doc "What the kernel finds the address by."
  @spec delete(Address.t()) :: Address.t()
  def delete(%Address{} = address) do
    struct!(
      Address,
      Map.take(address, [:family, :prefixlen, :index, :address, :local, :label])
    )
  end

  @doc "The address as the kernel takes it back, with as much as is left of its lifetimes."
  @spec create(Address.t()) :: Address.t()
  def create(%Address{} = address) do
    flags = Address.flags(address)

    %{
      address
      | flags: 0,
        flags_ext: Enum.filter(flags, &(&1 in @settable)),
        cacheinfo: lifetimes(address, flags),
        local: address.local || address.address,
        anycast: nil,
        multicast: nil,
        target_netnsid: nil
    }
  end

  defp lifetimes(%{cacheinfo: nil}, _flags), do: nil

  # Of an IPv4 address that lasts the kernel only tells by a flag that it is not preferred.
  defp lifetimes(%{family: @inet, cacheinfo: %{valid: @forever}}, flags),
    do: %Cacheinfo{valid: @forever, prefered: if(:deprecated in flags, do: 0, else: @forever)}

  # The kernel takes no address without any time left.
  defp lifetimes(%{cacheinfo: %{valid: valid, prefered: preferred}}, _flags),
    do: %Cacheinfo{valid: max(valid, 1), prefered: min(preferred, max(valid, 1))}
end

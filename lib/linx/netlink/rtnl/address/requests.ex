defmodule Linx.Netlink.Rtnl.Address.Requests do
  @moduledoc false
  # Requests that delete or create an address that was read.

  alias Linx.Netlink.Rtnl.Address
  alias Linx.Netlink.Rtnl.Address.Cacheinfo

  @inet 2
  @forever 0xFFFFFFFF

  # IFA_F_* that a request may set; the kernel derives the others.
  @settable [:nodad, :optimistic, :homeaddress, :managetempaddr, :noprefixroute, :mcautojoin]

  @doc "The fields by which the kernel finds the address to delete."
  @spec delete(Address.t()) :: Address.t()
  def delete(%Address{} = address) do
    struct!(
      Address,
      Map.take(address, [:family, :prefixlen, :index, :address, :local, :label])
    )
  end

  @doc "The address without its read-only fields, with the lifetimes that are left."
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

  # The preferred lifetime of an IPv4 address that is valid for ever is not reported; the flag
  # shows whether it has passed.
  defp lifetimes(%{family: @inet, cacheinfo: %{valid: @forever}}, flags),
    do: %Cacheinfo{valid: @forever, prefered: if(:deprecated in flags, do: 0, else: @forever)}

  # The kernel refuses a valid lifetime of 0.
  defp lifetimes(%{cacheinfo: %{valid: valid, prefered: preferred}}, _flags),
    do: %Cacheinfo{valid: max(valid, 1), prefered: min(preferred, max(valid, 1))}
end

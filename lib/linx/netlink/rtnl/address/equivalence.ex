defmodule Linx.Netlink.Rtnl.Address.Equivalence do
  @moduledoc false
  # Comparison of a desired address with an observed one. Pure.

  alias Linx.Netlink.Rtnl.Address
  alias Linx.Netlink.Rtnl.Address.Cacheinfo

  # AF_INET, INFINITY_LIFE_TIME, IP6_RT_PRIO_ADDRCONF.
  @inet 2
  @forever 0xFFFFFFFF
  @addrconf_metric 256

  # IFA_F_* that `inet6_addr_modify` of net/ipv6/addrconf.c can change, and those that it cannot.
  @changeable_flags [:nodad, :homeaddress, :managetempaddr, :noprefixroute]
  @fixed_flags [:noprefixroute, :mcautojoin]

  @doc """
  Whether the observed address needs no change: neither of `fixed?/2`, nor of what the kernel can
  change. The desired address of a pass's own has been completed by `complete/1`. `proto?` is
  whether the kernel reports protocols.
  """
  @spec address?(Address.t(), Address.t(), boolean()) :: boolean()
  def address?(desired, observed, proto?),
    do: fixed?(desired, observed) and changeable?(desired, observed, proto?)

  @doc """
  Whether the observed address has the attributes that only a new address takes.
  """
  @spec fixed?(Address.t(), Address.t()) :: boolean()
  def fixed?(%{family: @inet} = desired, observed) do
    desired.label in [nil, observed.label] and
      desired.broadcast in [nil, observed.broadcast] and
      desired.scope in [0, observed.scope] and
      flags?(desired, observed, @fixed_flags)
  end

  def fixed?(desired, observed), do: flags?(desired, observed, [:mcautojoin])

  defp changeable?(desired, observed, proto?) do
    (desired.rt_priority == nil or metric(desired) == metric(observed)) and
      proto?(desired.proto, observed.proto, proto?) and
      lifetimes?(desired, observed) and
      (desired.family == @inet or flags?(desired, observed, @changeable_flags))
  end

  # The kernel leaves out a protocol of 0. Before Linux 5.18 there was none.
  defp proto?(nil, _observed, _proto?), do: true
  defp proto?(desired, nil, proto?), do: not proto? or desired in [0, :unspec]
  defp proto?(desired, observed, _proto?), do: desired == observed

  defp flags?(%{flags_ext: nil}, _observed, _flags), do: true

  defp flags?(desired, observed, flags),
    do: Enum.all?(flags, &(&1 in desired.flags_ext == &1 in (observed.flags_ext || [])))

  @doc """
  The address with the defaults of unspecified attributes.
  """
  @spec complete(Address.t()) :: Address.t()
  def complete(address) do
    %{
      address
      | rt_priority: metric(address),
        cacheinfo: address.cacheinfo || %Cacheinfo{valid: @forever, prefered: @forever},
        flags_ext: address.flags_ext || []
    }
  end

  # IPv6 takes none for this, and does not go back to none.
  defp metric(%{rt_priority: metric} = address) when metric in [nil, 0],
    do: if(address.family == @inet, do: 0, else: @addrconf_metric)

  defp metric(address), do: address.rt_priority

  # Whether both are infinite, or no more of each time is left than desired.
  defp lifetimes?(%{cacheinfo: nil}, _observed), do: true
  defp lifetimes?(_desired, %{cacheinfo: nil}), do: true

  # Of an IPv4 address with an infinite lifetime the kernel does not report the preferred one
  # (`inet_fill_ifaddr` of net/ipv4/devinet.c), only that it is deprecated.
  defp lifetimes?(%{family: @inet, cacheinfo: %{valid: @forever} = desired}, observed) do
    deprecated? = :deprecated in (observed.flags_ext || [])
    observed.cacheinfo.valid == @forever and desired.prefered == 0 == deprecated?
  end

  defp lifetimes?(%{cacheinfo: desired}, %{cacheinfo: observed}) do
    left?(desired.valid, observed.valid) and
      if desired.prefered == 0,
        do: observed.prefered == 0,
        else: left?(desired.prefered, observed.prefered)
  end

  defp left?(@forever, observed), do: observed == @forever
  defp left?(desired, observed), do: observed <= desired
end

defmodule Linx.Netlink.Rtnl.Address.Options do
  @moduledoc false
  # Options of the verbs of addresses: checked, then made a request.

  alias Linx.IP
  alias Linx.IP.Subnet
  alias Linx.Netlink.Options
  alias Linx.Netlink.Options.Type
  alias Linx.Netlink.Rtnl.{Address, Link, Ref}
  alias Linx.Netlink.Rtnl.Address.Cacheinfo

  # AF_INET and AF_INET6.
  @families %{inet: 2, inet6: 10}

  # INFINITY_LIFE_TIME of include/linux/inetdevice.h.
  @forever 0xFFFFFFFF

  # RT_SCOPE_HOST of include/uapi/linux/rtnetlink.h.
  @host 254

  @doc "Checks the arguments of a verb, of whose options `keys` are allowed."
  @spec cast(Address.ref(), Address.ip() | Address.subnet(), term(), keyword(), [atom()]) ::
          {:ok, Ref.draft(Address.t())} | {:error, Address.error()}
  def cast(link, ip, prefix, opts, keys \\ Keyword.keys(Address.__options__())) do
    with {:ok, address} <- address(ip, prefix, opts, keys),
         do: {:ok, {address, [{[:index], link}]}}
  end

  @doc "The address without its link."
  @spec address(Address.ip() | Address.subnet(), term(), keyword(), [atom()]) ::
          {:ok, Address.t()} | {:error, Address.error()}
  def address(ip, prefix, opts, keys \\ Keyword.keys(Address.__options__())) do
    with :ok <- Options.keyword(opts),
         {:ok, ip, prefix} <- host(ip, prefix),
         table = Keyword.take(Address.__options__(), keys),
         opts = numbers(opts, ip, prefix),
         {:ok, fields} <- Options.parse(for_family(table, ip), opts, :create),
         fields = Map.new(fields, fn {[field], value} -> {field, value} end),
         :ok <- same_family(ip, [fields[:peer], fields[:broadcast]]),
         {:ok, cacheinfo} <- cacheinfo(fields[:valid_lft], fields[:preferred_lft]) do
      {special, fields} = Map.split(fields, [:peer, :valid_lft, :preferred_lft])

      address = %Address{
        family: @families[ip.family],
        prefixlen: prefix,
        scope: scope(ip),
        address: special[:peer] || ip,
        local: ip,
        cacheinfo: cacheinfo
      }

      {:ok, Map.merge(address, fields)}
    end
  end

  @doc "Looks up the link of a draft."
  @spec resolve(Ref.draft(Address.t()), Link.target(), keyword()) ::
          {:ok, Address.t()} | {:error, Link.error()}
  defdelegate resolve(draft, sock, request), to: Ref

  # An address and the length of its network, given apart or as one value.
  defp host(subnet, :subnet) do
    with {:ok, %Subnet{address: ip, prefix: prefix}} <- Subnet.cast(subnet),
         do: {:ok, ip, prefix}
  end

  defp host(ip, prefix) do
    with {:ok, ip} <- Type.ip(ip) do
      if is_integer(prefix) and prefix >= 0 and prefix <= bit_size(ip.bytes),
        do: {:ok, ip, prefix},
        else: {:error, {:bad_prefix, prefix}}
    end
  end

  # The kernel ignores these for IPv6; no value is valid.
  defp for_family(table, %IP{family: :inet}), do: table

  defp for_family(table, _ip) do
    Enum.map(table, fn
      {key, row} when key in [:broadcast, :label, :scope] -> {key, put_elem(row, 0, {:enum, []})}
      row -> row
    end)
  end

  # Values that depend on the address, and `:forever`, as the table takes them.
  defp numbers(opts, ip, prefix) do
    Enum.flat_map(opts, fn
      {:broadcast, :auto} when ip.family == :inet -> broadcast(opts[:peer] || ip, prefix)
      {key, :forever} when key in [:valid_lft, :preferred_lft] -> [{key, @forever}]
      option -> [option]
    end)
  end

  # RT_SCOPE_HOST for 127.0.0.0/8, as `default_scope` of ip/ipaddress.c has it. The kernel refuses
  # an address whose scope differs from that of the other addresses of its network.
  defp scope(%IP{family: :inet, bytes: <<127, _::24>>}), do: @host
  defp scope(_ip), do: 0

  # With `:peer`, `prefix` is the length of the peer's network. Networks of one or two addresses
  # have no broadcast address (RFC 3021).
  defp broadcast(_ip, prefix) when prefix > 30, do: []

  # The table reports a wrong `:peer`.
  defp broadcast(ip, prefix) do
    case Type.ip(ip) do
      {:ok, ip} -> [broadcast: Subnet.broadcast(%Subnet{address: ip, prefix: prefix})]
      {:error, _reason} -> []
    end
  end

  defp same_family(ip, others) do
    case Enum.find(others, &(&1 != nil and &1.family != ip.family)) do
      nil -> :ok
      other -> {:error, {:family_mismatch, {ip.family, other.family}}}
    end
  end

  defp cacheinfo(nil, nil), do: {:ok, nil}

  defp cacheinfo(valid, preferred) do
    valid = valid || @forever
    preferred = preferred || valid

    if preferred <= valid,
      do: {:ok, %Cacheinfo{prefered: preferred, valid: valid}},
      else: {:error, {:bad_option, :preferred_lft, preferred}}
  end
end

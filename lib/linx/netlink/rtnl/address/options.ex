defmodule Linx.Netlink.Rtnl.Address.Options do
  @moduledoc false
  # An address as a caller wants it, checked and made a message. Pure.

  alias Linx.IP
  alias Linx.IP.Subnet
  alias Linx.Netlink.Options.Type
  alias Linx.Netlink.Rtnl.Address
  alias Linx.Netlink.Rtnl.Address.Cacheinfo
  alias Linx.Netlink.Options

  # AF_INET and AF_INET6.
  @inet 2
  @inet6 10

  @forever 0xFFFFFFFF

  defp prefix(%IP{bytes: bytes}, prefix)
       when is_integer(prefix) and prefix >= 0 and prefix <= 8 * byte_size(bytes),
       do: :ok

  defp prefix(_ip, prefix), do: {:error, {:bad_prefix, prefix}}

  @doc false
  @spec cast(String.t() | IP.t(), term(), keyword(), keyword()) ::
          {:ok, Address.t()} | {:error, term()}
  def cast(ip, prefix, opts, table) do
    with :ok <- Options.keyword(opts),
         {:ok, ip} <- Type.ip(ip),
         :ok <- prefix(ip, prefix),
         {:ok, fields} <- Options.parse(for_family(table, ip), spell(opts, ip, prefix), :create),
         fields = Map.new(fields, fn {[field], value} -> {field, value} end),
         :ok <- same_family(ip, [fields[:peer], fields[:broadcast]]),
         {:ok, cacheinfo} <- cacheinfo(fields[:valid_lft], fields[:preferred_lft]) do
      {special, fields} = Map.split(fields, [:peer, :valid_lft, :preferred_lft])

      address = %Address{
        family: if(ip.family == :inet, do: @inet, else: @inet6),
        prefixlen: prefix,
        scope: scope(ip),
        address: special[:peer] || ip,
        local: ip,
        cacheinfo: cacheinfo
      }

      {:ok, Map.merge(address, fields)}
    end
  end

  # IPv6 would ignore these: no value is good.
  defp for_family(table, %IP{family: :inet}), do: table

  defp for_family(table, _ip) do
    Enum.map(table, fn
      {key, row} when key in [:broadcast, :label, :scope] -> {key, put_elem(row, 0, {:enum, []})}
      row -> row
    end)
  end

  # Names to the numbers of the table.
  defp spell(opts, ip, prefix) do
    Enum.flat_map(opts, fn
      {:broadcast, :auto} when ip.family == :inet ->
        broadcast(opts[:peer] || ip, prefix)

      {:scope, name} when is_atom(name) and ip.family == :inet ->
        [scope: Keyword.get(Address.__scopes__(), name, name)]

      {:proto, name} when is_atom(name) ->
        [proto: Keyword.get(Address.__protocols__(), name, name)]

      {key, :forever} when key in [:valid_lft, :preferred_lft] ->
        [{key, @forever}]

      option ->
        [option]
    end)
  end

  # RT_SCOPE_HOST for 127.0.0.0/8, as `default_scope` of ip/ipaddress.c has it. The kernel refuses
  # an address whose scope is not that of the others of its network.
  defp scope(%IP{family: :inet, bytes: <<127, _::24>>}), do: 254
  defp scope(_ip), do: 0

  # `prefix` is the network of the far end, if there is one. Networks of one or two addresses have
  # no broadcast address (RFC 3021).
  defp broadcast(_ip, prefix) when prefix > 30, do: []

  defp broadcast(%IP{family: :inet} = ip, prefix),
    do: [broadcast: Subnet.broadcast(%Subnet{address: ip, prefix: prefix})]

  defp broadcast(text, prefix) when is_binary(text),
    do: with({:ok, ip} <- IP.parse(text), do: broadcast(ip, prefix), else: (_ -> []))

  # A wrong `:peer`, which is an error of its own.
  defp broadcast(_other, _prefix), do: []

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

defmodule Linx.Netlink.Rtnl.Nexthop.Options do
  @moduledoc false
  # Checks what a caller wants of nexthop objects, and makes messages of it.

  import Bitwise

  alias Linx.Netlink.Rtnl.{Encap, Link, Nexthop}
  alias Linx.Netlink.Codec.Flags
  alias Linx.Netlink.Options
  alias Linx.Netlink.Options.Type
  alias Linx.Netlink.Rtnl.Nexthop.{Group, ResBucket, ResGroup}

  @families [:inet, :inet6]
  @special [:group, :gateway, :encap, :protocol, :family]
  @resilient [:buckets, :idle_timer, :unbalanced_timer]

  # Which objects and buckets to list. Attributes are the kernel's filters.
  @filters [
    dev: :link,
    oif: :link,
    master: :link,
    groups: :boolean,
    fdb: :boolean,
    family: {:choice, [inet: :inet, inet6: :inet6]},
    stats: :boolean
  ]
  @bucket_filters [
    id: 1..0xFFFFFFFF,
    nh_id: 1..0xFFFFFFFF,
    dev: :link,
    oif: :link,
    master: :link,
    index: 0..0xFFFF
  ]

  # The object, and its link, which is to be looked up.
  @spec cast(keyword()) ::
          {:ok, Nexthop.t(), Link.ref() | nil} | {:error, Nexthop.error()}
  def cast(opts) do
    with {:ok, assigns} <-
           Options.parse(Nexthop.__options__(), Keyword.drop(opts, @special), :create),
         {:ok, protocol} <- protocol(opts),
         {:ok, gateway} <- gateway(opts[:gateway]),
         {:ok, family} <- family(opts[:family], gateway),
         {:ok, group} <- group(opts[:group]),
         {:ok, {encap_type, encap}} <- Encap.cast(opts) do
      fields = for {[key], value} <- assigns, into: %{}, do: {key, value}

      nexthop = %Nexthop{
        # A group has none.
        family: if(group, do: :unspec, else: family),
        protocol: protocol || :unspec,
        flags: if(fields[:onlink] == 1, do: [:onlink], else: []),
        id: fields[:id],
        group: group,
        group_type: fields[:type],
        blackhole: fields[:blackhole],
        fdb: fields[:fdb],
        gateway: gateway,
        encap_type: encap_type,
        encap: encap,
        res_group: res_group(Map.take(fields, @resilient)),
        hw_stats_enable: fields[:hw_stats]
      }

      {:ok, nexthop, link(fields[:oif])}
    end
  end

  # A listed object as the kernel takes it back, without what only the kernel says. Its scope is
  # the kernel's to find (`rtm_to_nh_config` of net/ipv4/nexthop.c), and so are statistics.
  @spec again(Nexthop.t()) :: Nexthop.t()
  def again(nexthop) do
    %{
      nexthop
      | scope: :universe,
        flags: for(:onlink <- Flags.names(nexthop, :flags), do: :onlink),
        res_group: nexthop.res_group && %{nexthop.res_group | unbalanced_time: nil},
        res_bucket: nil,
        op_flags: nil,
        group_stats: nil,
        hw_stats_used: nil,
        master: nil,
        groups: nil
    }
  end

  @spec index(Link.target(), Link.ref() | nil, keyword()) ::
          {:ok, pos_integer() | nil} | {:error, Link.error()}
  def index(_sock, nil, _request), do: {:ok, nil}
  def index(sock, ref, request), do: Link.index(sock, ref, request)

  @spec id(term()) :: {:ok, pos_integer()} | {:error, {:bad_option, :id, term()}}
  def id(id), do: Type.check(1..0xFFFFFFFF, :id, id)

  # A name, or a number that has none.
  @spec protocol(keyword()) :: {:ok, atom() | 0..255} | {:error, {:bad_option, atom(), term()}}
  def protocol(opts) do
    case opts[:protocol] do
      nil -> {:ok, nil}
      number when is_integer(number) and number in 0..255 -> {:ok, number_name(number)}
      name -> if known?(name), do: {:ok, name}, else: {:error, {:bad_option, :protocol, name}}
    end
  end

  defp known?(name), do: is_atom(name) and Keyword.has_key?(Nexthop.__protocols__(), name)

  defp number_name(number) do
    case List.keyfind(Nexthop.__protocols__(), number, 1) do
      {name, _} -> name
      nil -> number
    end
  end

  # What is to be listed.
  @spec query(Link.target(), keyword(), keyword(), [atom()]) ::
          {:ok, Nexthop.t()} | {:error, Nexthop.error()}
  def query(sock, opts, request, keys \\ Keyword.keys(@filters)) do
    with {:ok, wanted} <- Options.cast(Keyword.take(@filters, keys), opts),
         {:ok, oif} <- Link.option_index(sock, wanted[:oif] || wanted[:dev], request),
         {:ok, master} <- Link.option_index(sock, wanted[:master], request) do
      {:ok,
       %Nexthop{
         family: wanted[:family] || :unspec,
         oif: oif,
         master: master,
         groups: wanted[:groups] || nil,
         fdb: wanted[:fdb] || nil,
         op_flags: if(wanted[:stats], do: [:dump_stats, :dump_hw_stats])
       }}
    end
  end

  # The kernel takes a filter for forwarding tables, and does not use it.
  @spec wanted?(Nexthop.t(), Nexthop.t()) :: boolean()
  def wanted?(nexthop, query) do
    query.family in [:unspec, nexthop.family] and query.oif in [nil, nexthop.oif] and
      query.fdb in [nil, nexthop.fdb] and (query.groups == nil or nexthop.group != nil)
  end

  # One bucket has an index, which is no filter of a dump.
  @spec bucket_query(Link.target(), keyword(), keyword(), [atom()]) ::
          {:ok, Nexthop.t()} | {:error, Nexthop.error()}
  def bucket_query(sock, opts, request, keys \\ [:id, :nh_id, :dev, :oif, :master]) do
    with {:ok, wanted} <- Options.cast(Keyword.take(@bucket_filters, keys), opts),
         {:ok, oif} <- Link.option_index(sock, wanted[:oif] || wanted[:dev], request),
         {:ok, master} <- Link.option_index(sock, wanted[:master], request) do
      {nh_id, index} = {wanted[:nh_id], wanted[:index]}
      bucket = if nh_id || index, do: %ResBucket{index: index, nh_id: nh_id}
      {:ok, %Nexthop{id: wanted[:id], oif: oif, master: master, res_bucket: bucket}}
    end
  end

  # Options

  defp link({:link, _key, ref}), do: ref
  defp link(nil), do: nil

  defp gateway(nil), do: {:ok, nil}
  defp gateway(ip), do: Type.check({:ip, {:gateway, :gateway}}, :gateway, ip)

  defp family(nil, nil), do: {:ok, :inet}
  defp family(nil, gateway), do: {:ok, gateway.family}
  defp family(family, nil) when family in @families, do: {:ok, family}
  defp family(family, %{family: family}), do: {:ok, family}

  defp family(family, gateway) when family in @families,
    do: {:error, {:family_mismatch, {family, gateway.family}}}

  defp family(family, _gateway), do: {:error, {:bad_option, :family, family}}

  defp group(nil), do: {:ok, nil}

  defp group([_ | _] = members) do
    entries = if List.improper?(members), do: [nil], else: Enum.map(members, &member/1)

    if Enum.member?(entries, nil),
      do: {:error, {:bad_option, :group, members}},
      else: {:ok, entries}
  end

  defp group(other), do: {:error, {:bad_option, :group, other}}

  defp member({id, weight})
       when is_integer(id) and id in 1..0xFFFFFFFF and is_integer(weight) and weight in 1..65_535 do
    %Group{id: id, weight: band(weight - 1, 0xFF), weight_high: (weight - 1) >>> 8}
  end

  defp member(id) when is_integer(id), do: member({id, 1})
  defp member(_other), do: nil

  defp res_group(fields) when fields == %{}, do: nil
  defp res_group(fields), do: struct!(ResGroup, fields)
end

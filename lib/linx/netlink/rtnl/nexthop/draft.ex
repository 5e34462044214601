defmodule Linx.Netlink.Rtnl.Nexthop.Draft do
  @moduledoc false
  # Checks what a caller wants of nexthop objects, and makes messages of it.

  import Bitwise

  alias Linx.IP
  alias Linx.Netlink.Rtnl.{Encap, Link, Nexthop}
  alias Linx.Netlink.Rtnl.Option
  alias Linx.Netlink.Rtnl.Nexthop.{Group, ResBucket, ResGroup}

  @families [:inet, :inet6]
  @special [:group, :gateway, :encap, :protocol, :family]
  @resilient [:buckets, :idle_timer, :unbalanced_timer]

  # The object, and its link, which is to be looked up.
  @spec new(keyword()) :: {:ok, Nexthop.t(), Link.ref() | nil} | {:error, Nexthop.error()}
  def new(opts) do
    with {:ok, assigns} <-
           Option.parse(Nexthop.__options__(), Keyword.drop(opts, @special), :create),
         {:ok, protocol} <- protocol(opts),
         {:ok, gateway} <- gateway(opts[:gateway]),
         {:ok, family} <- family(opts[:family], gateway),
         {:ok, group} <- group(opts[:group]),
         {:ok, {encap_type, encap}} <- encap(opts) do
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
        flags: for(:onlink <- nexthop.flags || [], do: :onlink),
        res_group: nexthop.res_group && %{nexthop.res_group | unbalanced_time: nil},
        res_bucket: nil,
        op_flags: nil,
        group_stats: nil,
        hw_stats_used: nil,
        master: nil,
        groups: nil
    }
  end

  @spec index(Link.target(), Link.ref() | nil) ::
          {:ok, pos_integer() | nil} | {:error, Link.error()}
  def index(_sock, index) when is_integer(index) or index == nil, do: {:ok, index}
  def index(sock, name), do: with({:ok, link} <- Link.get(sock, name), do: {:ok, link.index})

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

  # What is to be listed. Attributes are the kernel's filters.
  @spec query(Link.target(), keyword()) :: {:ok, Nexthop.t()} | {:error, Nexthop.error()}
  def query(sock, opts) do
    with :ok <- known(opts, [:dev, :oif, :master, :groups, :fdb, :family, :stats]),
         {:ok, groups} <- flag(opts, :groups),
         {:ok, fdb} <- flag(opts, :fdb),
         {:ok, stats} <- flag(opts, :stats),
         {:ok, family} <- family_filter(opts[:family]),
         {:ok, oif} <- index(sock, opts[:oif] || opts[:dev]),
         {:ok, master} <- index(sock, opts[:master]) do
      {:ok,
       %Nexthop{
         family: family,
         oif: oif,
         master: master,
         groups: groups,
         fdb: fdb,
         op_flags: if(stats, do: [:dump_stats, :dump_hw_stats])
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
  @spec bucket_query(Link.target(), keyword(), [atom()]) ::
          {:ok, Nexthop.t()} | {:error, Nexthop.error()}
  def bucket_query(sock, opts, keys \\ [:nh_id, :dev, :oif, :master]) do
    with :ok <- known(opts, [:id | keys]),
         {:ok, id} <- id(opts, :id),
         {:ok, nh_id} <- id(opts, :nh_id),
         {:ok, bucket_index} <- bucket_index(opts[:index]),
         {:ok, oif} <- index(sock, opts[:oif] || opts[:dev]),
         {:ok, master} <- index(sock, opts[:master]) do
      bucket = if nh_id || bucket_index, do: %ResBucket{index: bucket_index, nh_id: nh_id}
      {:ok, %Nexthop{id: id, oif: oif, master: master, res_bucket: bucket}}
    end
  end

  defp bucket_index(nil), do: {:ok, nil}
  defp bucket_index(index) when is_integer(index) and index in 0..0xFFFF, do: {:ok, index}
  defp bucket_index(other), do: {:error, {:bad_option, :index, other}}

  defp known(opts, keys) do
    case Keyword.keys(opts) -- keys do
      [] -> :ok
      [key | _] -> {:error, {:unknown_option, key}}
    end
  end

  defp flag(opts, key) do
    case opts[key] do
      none when none in [nil, false] -> {:ok, nil}
      true -> {:ok, true}
      other -> {:error, {:bad_option, key, other}}
    end
  end

  defp id(opts, key) do
    case opts[key] do
      nil -> {:ok, nil}
      id when is_integer(id) and id in 1..0xFFFFFFFF -> {:ok, id}
      other -> {:error, {:bad_option, key, other}}
    end
  end

  defp family_filter(nil), do: {:ok, :unspec}
  defp family_filter(family) when family in @families, do: {:ok, family}
  defp family_filter(family), do: {:error, {:bad_option, :family, family}}

  # Options

  defp link({:link, _key, ref}), do: ref
  defp link(nil), do: nil

  defp gateway(nil), do: {:ok, nil}
  defp gateway(%IP{} = ip), do: {:ok, ip}
  defp gateway(text) when is_binary(text), do: IP.parse(text)
  defp gateway(other), do: {:error, {:bad_option, :gateway, other}}

  defp family(nil, nil), do: {:ok, :inet}
  defp family(nil, gateway), do: {:ok, gateway.family}
  defp family(family, nil) when family in @families, do: {:ok, family}
  defp family(family, %{family: family}), do: {:ok, family}

  defp family(family, gateway) when family in @families,
    do: {:error, {:family_mismatch, {family, gateway.family}}}

  defp family(family, _gateway), do: {:error, {:bad_option, :family, family}}

  defp encap(opts) do
    case Keyword.fetch(opts, :encap) do
      {:ok, encap} -> Encap.new(encap)
      :error -> {:ok, {nil, nil}}
    end
  end

  defp group(nil), do: {:ok, nil}

  defp group([_ | _] = members) do
    entries = Enum.map(members, &member/1)

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

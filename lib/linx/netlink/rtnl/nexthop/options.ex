defmodule Linx.Netlink.Rtnl.Nexthop.Options do
  @moduledoc false
  # Options of the verbs of nexthop objects: checked, then made a request.

  alias Linx.Netlink.Options
  alias Linx.Netlink.Options.Type
  alias Linx.Netlink.Rtnl.{Encap, Link, Names, Nexthop, Protocol, Ref}
  alias Linx.Netlink.Rtnl.Nexthop.{Group, ResGroup}

  @families [:inet, :inet6]
  # Options that are not in the table.
  @special [:group, :gateway, :encap, :family]
  @resilient [:buckets, :idle_timer, :unbalanced_timer]

  @doc "Checks the options of a verb that writes."
  @spec cast(keyword()) :: {:ok, Ref.draft(Nexthop.t())} | {:error, Nexthop.error()}
  def cast(opts) do
    with :ok <- Options.keyword(opts),
         {:ok, assigns} <-
           Options.parse(Nexthop.__options__(), Keyword.drop(opts, @special), :create),
         {:ok, gateway} <- gateway(opts[:gateway]),
         {:ok, family} <- family(opts[:family], gateway),
         {:ok, group} <- group(opts[:group]),
         {:ok, {encap_type, encap}} <- Encap.cast(opts) do
      {fields, refs} = Ref.split(assigns)

      nexthop = %Nexthop{
        # The kernel refuses a group with a family.
        family: if(group, do: :unspec, else: family),
        protocol: Names.name(Protocol.names(), fields[:protocol] || 0),
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
        hw_stats_enable: fields[:hw_stats] && fields[:hw_stats] == 1
      }

      {:ok, {nexthop, refs}}
    end
  end

  @doc "Looks up the link of a draft."
  @spec resolve(Ref.draft(Nexthop.t()), Link.target(), keyword()) ::
          {:ok, Nexthop.t()} | {:error, Link.error()}
  defdelegate resolve(draft, sock, request), to: Ref

  @spec id(term()) :: {:ok, pos_integer()} | {:error, {:bad_option, :id, term()}}
  def id(id), do: Type.check(1..0xFFFFFFFF, :id, id)

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
       when is_integer(id) and id in 1..0xFFFFFFFF and is_integer(weight) and weight in 1..65_535,
       do: Group.new(id, weight)

  defp member(id) when is_integer(id), do: member({id, 1})
  defp member(_other), do: nil

  defp res_group(fields) when fields == %{}, do: nil
  defp res_group(fields), do: struct!(ResGroup, fields)
end

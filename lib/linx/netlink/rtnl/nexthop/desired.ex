defmodule Linx.Netlink.Rtnl.Nexthop.Desired do
  @moduledoc false
  # Nexthops of a desired state: the options of `Linx.Netlink.Rtnl.Nexthop.add/2`, with an `:id`.

  @behaviour Linx.Netlink.Resource.Desired

  alias Linx.Netlink.Resource.Desired
  alias Linx.Netlink.Rtnl.{Encap, Nexthop, Ref}

  @same [:family, :group, :blackhole, :fdb, :oif, :gateway, :encap_type]

  @impl true
  def cast([{_, _} | _] = opts, context) do
    opts = Keyword.put(opts, :protocol, context.protocol)

    with {:ok, {nexthop, refs}} <- Nexthop.Options.cast(opts),
         {:ok, nexthop} <- Ref.put(nexthop, refs, &Desired.link(&1, context)),
         {:id, true} <- {:id, is_integer(nexthop.id)} do
      {:ok, Desired.as_listed(nexthop)}
    else
      {:id, false} -> {:error, {:missing_option, :id}}
      {:error, reason} -> {:error, reason}
    end
  end

  def cast(spec, _context), do: {:error, {:bad_spec, spec}}

  @impl true
  def equivalent?(desired, observed) do
    Enum.all?(@same, &(Map.get(desired, &1) == Map.get(observed, &1))) and
      (desired.group_type || :mpath) == (observed.group_type || :mpath) and
      :onlink in desired.flags == :onlink in observed.flags and
      Encap.Specified.satisfies?(desired.encap, observed.encap) and
      desired.hw_stats_enable in [nil, observed.hw_stats_enable] and
      (desired.res_group == nil or Desired.satisfies?(desired.res_group, observed.res_group))
  end

  # Whether hardware counts is part of the statistics.
  @impl true
  def read(sock, wanted, _context) do
    stats? = Enum.any?(wanted, fn {nexthop, _takeover} -> nexthop.hw_stats_enable != nil end)
    Nexthop.list(sock, stats: stats?)
  end

  # The kernel keeps the protocol of a group that it replaces (`replace_nexthop_grp` of
  # net/ipv4/nexthop.c): that of another owner has to go first.
  @impl true
  def details(steps, _observed, _context) do
    Enum.map(steps, fn
      {{:replace, %Nexthop{group: [_ | _]}, _item} = op, _detail} -> {op, :recreate}
      step -> step
    end)
  end

  @doc """
  The request by which the kernel finds a nexthop.
  """
  @spec identity(Nexthop.t()) :: Nexthop.t()
  def identity(%Nexthop{id: id}), do: %Nexthop{id: id}
end

defmodule Linx.Netlink.Rtnl.Reconcile.Alike do
  @moduledoc false
  # Whether an object that is there does what the desired one says. Not by `==`: the kernel
  # adds to what it was told, such as the link by which a gateway is reached.

  import Bitwise, only: [&&&: 2]

  alias Linx.Netlink.Rtnl.{Diff, Rule}
  alias Linx.Netlink.Rtnl.Route.NextHop

  # AF_INET, RTNH_F_ONLINK, FIB_RULE_INVERT.
  @inet 2
  @onlink 0x4
  @invert 0x2

  @spec route?(struct(), struct()) :: boolean()
  def route?(desired, observed) do
    desired.type == observed.type and
      (desired.family != @inet or desired.scope == observed.scope) and
      hops?(desired, observed) and
      desired.prefsrc == observed.prefsrc and
      desired.flow == observed.flow and
      (desired.pref || :medium) == (observed.pref || :medium) and
      says?(desired.metrics, observed.metrics)
  end

  @spec nexthop?(struct(), struct()) :: boolean()
  def nexthop?(desired, observed) do
    same = &(Map.get(desired, &1) == Map.get(observed, &1))

    Enum.all?([:group, :blackhole, :fdb, :oif, :gateway, :encap_type], same) and
      (desired.group_type || :mpath) == (observed.group_type || :mpath) and
      :onlink in desired.flags == :onlink in observed.flags and
      says?(desired.encap, observed.encap) and
      desired.hw_stats_enable in [nil, observed.hw_stats_enable] and
      (desired.res_group == nil or says?(desired.res_group, observed.res_group))
  end

  # A rule is nothing but its identity: two that are equal here are the same.
  @spec rule(Rule.t()) :: term()
  def rule(rule) do
    mask = if (rule.fwmark || 0) != 0, do: rule.fwmask || 0xFFFFFFFF, else: rule.fwmask || 0
    ports = {rule.sport_range, rule.dport_range, masks(rule.masks)}
    none = &if(&1 == -1, do: nil, else: &1)

    {Diff.rule_key(rule), rule.action, rule.flags &&& @invert, mask, rule.tos, rule.dscp,
     rule.iifname, rule.oifname, rule.ip_proto, ports, rule.uid_range, rule.goto,
     rule.l3mdev || 0, rule.tun_id || 0, rule.flow || 0, none.(rule.suppress_prefixlen),
     none.(rule.suppress_ifgroup)}
  end

  # A mask of all bits is what there is without one, and some kernels tell it.
  defp masks(nil), do: masks(%Rule.Masks{})

  defp masks(%Rule.Masks{} = masks) do
    {masks.flowlabel, masks.flowlabel_mask, part(masks.sport_mask, 0xFFFF),
     part(masks.dport_mask, 0xFFFF), part(masks.dscp_mask, 0x3F)}
  end

  defp part(mask, all), do: if(mask in [nil, all], do: nil, else: mask)

  # A nexthop object says where its routes lead, and the kernel repeats it there.
  defp hops?(%{nh_id: id}, observed) when id != nil, do: observed.nh_id == id

  defp hops?(desired, observed) do
    desired = hops(desired)
    observed = hops(observed)

    length(desired) == length(observed) and
      desired |> Enum.zip(observed) |> Enum.all?(fn {hop, other} -> hop?(hop, other) end)
  end

  # Without a link in the desired hop the kernel has found one by the gateway.
  defp hop?({gateway, via, nil, weight, onlink, encap}, {_, _, index, _, _, _} = other),
    do: hop?({gateway, via, index || 0, weight, onlink, encap}, put_elem(other, 2, index || 0))

  defp hop?({gateway, via, index, weight, onlink, encap}, other) do
    match?({^gateway, ^via, ^index, ^weight, ^onlink, _}, other) and
      says?(encap(encap), encap(elem(other, 5)))
  end

  # The kernel orders them as it likes.
  defp hops(%{multipath: [_ | _] = hops}) do
    Enum.sort(
      for %NextHop{} = hop <- hops do
        {hop.gateway, hop.via, index(hop.ifindex), hop.hops, :onlink in hop.flags,
         hop.encapsulation}
      end
    )
  end

  defp hops(route) do
    onlink = (route.flags &&& @onlink) != 0
    [{route.gateway, route.via, index(route.oif), 0, onlink, route.encapsulation}]
  end

  defp encap(%{encap: encap}), do: encap
  defp encap(nil), do: nil

  defp index(0), do: nil
  defp index(index), do: index

  # All that is said, and nothing where nothing is said.
  defp says?(%module{} = desired, %module{} = observed) do
    Enum.all?(Map.keys(desired) -- [:__struct__], fn field ->
      value = Map.get(desired, field)
      value == nil or says?(value, Map.get(observed, field))
    end)
  end

  defp says?(desired, observed), do: desired == observed
end

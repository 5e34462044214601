defmodule Linx.Netlink.Rtnl.Rule.Match do
  @moduledoc false
  # Which rules are the same, and which one the kernel takes for another: `rule_find` and
  # `rule_exists` of net/core/fib_rules.c. Pure.

  import Bitwise

  alias Linx.Netlink.Rtnl.Rule
  alias Linx.Netlink.Rtnl.Rule.{Masks, PortRange}

  # FIB_RULE_INVERT.
  @invert 0x2

  # What the kernel does not look at when it compares rules.
  @overlooked [:invert, :goto]

  # All that a rule says. Rules with equal keys are the same.
  @spec key(Rule.t()) :: map()
  def key(rule), do: parts(%{rule | priority: rule.priority || 0})

  # Whether the kernel, asked to delete `asked`, takes `rule` for it. It compares only what is
  # said, so that a rule that says more may be taken for one that says less. Much the same
  # answers whether a rule is there already: then what says no network, TOS and realm is taken
  # for what does.
  @spec kernel_matches?(Rule.t(), Rule.t()) :: boolean()
  def kernel_matches?(asked, rule), do: matches?(compared_fields(asked), key(rule))

  # The same in parts, for those who compare many.
  @spec compared_fields(Rule.t()) :: keyword()
  def compared_fields(asked) do
    for {part, value} <- parts(asked), value != nil, part not in @overlooked, do: {part, value}
  end

  @spec matches?(keyword(), map()) :: boolean()
  def matches?(fields, key), do: Enum.all?(fields, fn {part, value} -> key[part] == value end)

  # The first of `rules` that `wanted?` and what to ask the kernel for so that it takes that
  # one, or the one that it would take instead.
  @spec select([Rule.t()], (Rule.t() -> boolean())) ::
          {:ok, Rule.t()} | {:error, :none | {:shadowed_by, Rule.t()}}
  def select(rules, wanted?) do
    with %Rule{} = rule <- Enum.find(rules, wanted?),
         asked = identity(rule),
         ^rule <- Enum.find(rules, &kernel_matches?(asked, &1)) do
      {:ok, asked}
    else
      nil -> {:error, :none}
      %Rule{} = other -> {:error, {:shadowed_by, other}}
    end
  end

  # What of a listed rule the kernel takes back. Its own flags it does not, and without a
  # priority it would take any.
  @spec identity(Rule.t()) :: Rule.t()
  def identity(rule) do
    %{
      rule
      | priority: rule.priority || 0,
        flags: band(rule.flags || 0, @invert),
        suppress_prefixlen: not_none(rule.suppress_prefixlen),
        suppress_ifgroup: not_none(rule.suppress_ifgroup)
    }
  end

  # Without zeros where they mean nothing, and the kernel leaves them out.
  defp parts(rule) do
    masks = rule.masks || %Masks{}
    mask = if rule.fwmark in [nil, 0], do: rule.fwmask, else: rule.fwmask || 0xFFFFFFFF

    %{
      family: rule.family,
      priority: rule.priority,
      action: some(rule.action),
      table: some(Rule.target_table(rule)),
      src: network(rule.src, rule.src_len),
      dst: network(rule.dst, rule.dst_len),
      invert: band(rule.flags || 0, @invert) != 0,
      goto: rule.goto,
      fwmark: some(rule.fwmark),
      fwmask: some(mask),
      tos: some(rule.tos),
      dscp: rule.dscp,
      dscp_mask: part(masks.dscp_mask, 0x3F),
      flowlabel: masks.flowlabel,
      flowlabel_mask: masks.flowlabel_mask,
      iifname: rule.iifname,
      oifname: rule.oifname,
      ip_proto: some(rule.ip_proto),
      sport: range(rule.sport_range),
      sport_mask: part(masks.sport_mask, 0xFFFF),
      dport: range(rule.dport_range),
      dport_mask: part(masks.dport_mask, 0xFFFF),
      uid_range: rule.uid_range,
      l3mdev: some(rule.l3mdev),
      tun_id: some(rule.tun_id),
      flow: some(rule.flow),
      suppress_prefixlen: not_none(rule.suppress_prefixlen),
      suppress_ifgroup: not_none(rule.suppress_ifgroup),
      protocol: some(rule.protocol)
    }
  end

  defp some(0), do: nil
  defp some(value), do: value

  defp network(_ip, none) when none in [0, nil], do: nil
  defp network(ip, length), do: {ip, length}

  defp range(%PortRange{start: 0}), do: nil
  defp range(range), do: range

  # A mask of all bits is what there is without one, and some kernels tell it.
  defp part(all, all), do: nil
  defp part(mask, _all), do: mask

  defp not_none(-1), do: nil
  defp not_none(number), do: number
end

defmodule Linx.Netlink.Rtnl.Rule.Match do
  @moduledoc false
  # Comparison of rules: which are equal, and which one the kernel finds by another, as `rule_find`
  # and `rule_exists` of net/core/fib_rules.c do.

  import Bitwise

  alias Linx.Netlink.IpProtocol
  alias Linx.Netlink.Rtnl.{Names, Protocol, Rule}
  alias Linx.Netlink.Rtnl.Rule.{Masks, PortRange}

  # FIB_RULE_INVERT.
  @invert 0x2

  # Fields that the kernel does not compare.
  @not_compared [:invert, :goto]

  # AF_INET and AF_INET6; FIB_RULE_IIF_DETACHED and FIB_RULE_OIF_DETACHED.
  @families [2, 10]
  @detached 0x18

  @doc "Whether the rule is of IPv4 or IPv6: multicast routing has rules of its own families."
  @spec ip?(Rule.t()) :: boolean()
  def ip?(%{family: family}), do: family in @families

  @doc """
  Identity in the kernel, which does not number rules: all attributes, but for whether the links
  exist.
  """
  @spec unique(Rule.t()) :: tuple()
  def unique(rule), do: {rule.family, rule.priority, %{rule | flags: attached(rule.flags)}}

  defp attached(flags) when is_integer(flags), do: band(flags, bnot(@detached))
  defp attached(flags), do: flags

  @doc "Priority, family, networks, mark and table."
  @spec selector(Rule.t()) :: tuple()
  def selector(%{family: family} = rule) do
    src = prefix(rule.src, rule.src_len)
    dst = prefix(rule.dst, rule.dst_len)
    # The kernel leaves zeros out.
    {rule.priority || 0, family, src, dst, rule.fwmark || 0, Rule.target_table(rule)}
  end

  defp prefix(_ip, 0), do: :all
  defp prefix(ip, len), do: {ip, len}

  @doc "All fields of a rule. Rules with the same key are equal."
  @spec key(Rule.t()) :: map()
  def key(rule), do: fields(%{rule | priority: rule.priority || 0})

  @doc """
  Whether the kernel, asked to delete `requested`, finds `rule`.

  It compares the fields that are set in `requested`, so that a rule with more fields may be found
  by one with fewer. It finds an existing rule for a new one nearly so: an unset network, TOS or
  realm of the new rule then equals any.
  """
  @spec kernel_matches?(Rule.t(), Rule.t()) :: boolean()
  def kernel_matches?(requested, rule), do: matches?(compared_fields(requested), key(rule))

  @doc "The fields of a request that the kernel compares, for `matches?/2`."
  @spec compared_fields(Rule.t()) :: keyword()
  def compared_fields(requested) do
    for {name, value} <- fields(requested),
        value != nil,
        name not in @not_compared,
        do: {name, value}
  end

  @doc "Whether a rule with a key has the fields of `compared_fields/1`."
  @spec matches?(keyword(), map()) :: boolean()
  def matches?(fields, key), do: Enum.all?(fields, fn {name, value} -> key[name] == value end)

  @doc """
  Whether `rule` has the fields that are set in `requested`, with `:invert` and `:goto` of the
  options that it was made of.
  """
  @spec specified?(Rule.t(), keyword(), Rule.t()) :: boolean()
  def specified?(requested, opts, rule) do
    kernel_matches?(requested, rule) and
      Enum.all?(opts, fn
        {:invert, invert} -> invert == :invert in Rule.flags(rule)
        {:goto, goto} -> goto == rule.goto
        _ -> true
      end)
  end

  @doc """
  The request by which the kernel finds the first rule that `wanted?` accepts; an error with the
  rule that it would find instead.
  """
  @spec select([Rule.t()], (Rule.t() -> boolean())) ::
          {:ok, Rule.t()} | {:error, :none | {:shadowed_by, Rule.t()}}
  def select(rules, wanted?) do
    with %Rule{} = rule <- Enum.find(rules, wanted?),
         request = request(rule),
         ^rule <- Enum.find(rules, &kernel_matches?(request, &1)) do
      {:ok, request}
    else
      nil -> {:error, :none}
      %Rule{} = other -> {:error, {:shadowed_by, other}}
    end
  end

  @doc """
  The request that creates or deletes a rule that was read: without its read-only flags, and with a
  priority, since the kernel takes none for any.
  """
  @spec request(Rule.t()) :: Rule.t()
  def request(rule) do
    %{
      rule
      | priority: rule.priority || 0,
        flags: band(rule.flags || 0, @invert),
        suppress_prefixlen: not_none(rule.suppress_prefixlen),
        suppress_ifgroup: not_none(rule.suppress_ifgroup)
    }
  end

  # By name; `nil` for zeros that the kernel leaves out.
  defp fields(rule) do
    masks = rule.masks || %Masks{}
    fwmask = if rule.fwmark in [nil, 0], do: rule.fwmask, else: rule.fwmask || 0xFFFFFFFF

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
      fwmask: some(fwmask),
      tos: some(rule.tos),
      dscp: rule.dscp,
      dscp_mask: mask(masks.dscp_mask, 0x3F),
      flowlabel: rule.flowlabel,
      flowlabel_mask: masks.flowlabel_mask,
      iifname: rule.iifname,
      oifname: rule.oifname,
      ip_proto: some(Names.number(IpProtocol.names(), rule.ip_proto)),
      sport: range(rule.sport_range),
      sport_mask: mask(masks.sport_mask, 0xFFFF),
      dport: range(rule.dport_range),
      dport_mask: mask(masks.dport_mask, 0xFFFF),
      uid_range: rule.uid_range,
      l3mdev: if(rule.l3mdev in [true, 1], do: true),
      tun_id: some(rule.tun_id),
      flow: some(rule.flow),
      suppress_prefixlen: not_none(rule.suppress_prefixlen),
      suppress_ifgroup: not_none(rule.suppress_ifgroup),
      protocol: some(Protocol.number(rule.protocol))
    }
  end

  defp some(0), do: nil
  defp some(value), do: value

  defp network(_ip, none) when none in [0, nil], do: nil
  defp network(ip, length), do: {ip, length}

  defp range(%PortRange{start: 0}), do: nil
  defp range(range), do: range

  # A mask of all bits equals none; some kernels report it.
  defp mask(all, all), do: nil
  defp mask(mask, _all), do: mask

  defp not_none(-1), do: nil
  defp not_none(number), do: number
end

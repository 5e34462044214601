defmodule Linx.Netlink.Rtnl.Diff do
  @moduledoc """
  What has to change for a namespace to be as desired. Pure: nothing is read or sent.

      {:ok, observed} = Linx.Netlink.Rtnl.Route.list(sock)
      Diff.routes(desired, observed, :static)
      #=> [create: %Route{…}, update: %Route{…}, delete: %Route{…}]

  The result lists creates, then updates, then deletes. A create or an update carries the
  desired item, a delete the observed one. Two items are the same thing if their keys are
  equal; a key is an opaque term, made by `route_key/1` and its like.

  What somebody else set up is not deleted: routes and nexthops are told by their protocol,
  everything else by the keys of what the caller has created, which the kernel does not
  remember for it.

  Of several desired items with one key, the first counts.
  `Linx.Netlink.Rtnl.Reconcile` reads, diffs and applies.
  """

  alias Linx.Netlink.Rtnl.{Address, Link, Neighbour, Nexthop, Route, Rule}

  @typedoc "A step towards what is desired."
  @type op :: op(struct())
  @type op(item) :: {:create, item} | {:update, item} | {:delete, item}

  @typedoc "What makes an item the same as another: opaque, to be compared only."
  @type key :: term()

  @typedoc "The tag of those who set up routes: a number or a name of `Linx.Netlink.Rtnl.Route`."
  @type protocol :: 0..255 | atom()

  # AF_INET6, and IP6_RT_PRIO_USER of include/uapi/linux/ipv6_route.h.
  @inet6 10
  @inet6_metric 1024

  @doc """
  Compares two lists: what is only desired is created, what is only observed is deleted,
  what is in both with different values is updated.

  `key` and `value` are functions of an item, of any kind. Without `value` nothing is
  updated.

      iex> desired = [%{id: 1, v: :new}]
      iex> observed = [%{id: 1, v: :old}, %{id: 2, v: :x}]
      iex> Linx.Netlink.Rtnl.Diff.two_way(desired, observed, & &1.id, & &1.v)
      [update: %{id: 1, v: :new}, delete: %{id: 2, v: :x}]
  """
  @spec two_way([item], [item], (item -> key()), (item -> term())) :: [op(item)]
        when item: term()
  def two_way(desired, observed, key, value \\ fn _ -> nil end) do
    diff(desired, observed, key, value, fn _ -> true end)
  end

  @doc """
  The same, but deletes only what has its key in `owned_keys`.

      iex> observed = [%{id: 2}, %{id: 3}]
      iex> Linx.Netlink.Rtnl.Diff.three_way([], observed, MapSet.new([3]), & &1.id)
      [delete: %{id: 3}]
  """
  @spec three_way([item], [item], MapSet.t(key()), (item -> key()), (item -> term())) ::
          [op(item)]
        when item: term()
  def three_way(desired, observed, owned_keys, key, value \\ fn _ -> nil end) do
    diff(desired, observed, key, value, &MapSet.member?(owned_keys, &1))
  end

  defp diff(desired, observed, key, value, owned?) do
    desired = for item <- desired, do: {key.(item), item}
    observed = for item <- observed, do: {key.(item), item}
    wanted = MapSet.new(desired, &elem(&1, 0))
    there = Map.new(Enum.reverse(observed))

    steps =
      desired
      |> Enum.uniq_by(&elem(&1, 0))
      |> Enum.group_by(fn {key, item} -> step(there, key, item, value) end, &elem(&1, 1))

    creates = for item <- Map.get(steps, :create, []), do: {:create, item}
    updates = for item <- Map.get(steps, :update, []), do: {:update, item}

    deletes =
      for {key, item} <- observed,
          not MapSet.member?(wanted, key),
          owned?.(key),
          do: {:delete, item}

    creates ++ updates ++ deletes
  end

  defp step(there, key, item, value) do
    case there do
      %{^key => other} -> if value.(item) == value.(other), do: :keep, else: :update
      %{} -> :create
    end
  end

  @doc """
  What to do about routes. Observed routes of another protocol do not exist for it; a
  route whose gateway differs is updated.
  """
  @spec routes([Route.t()], [Route.t()], protocol()) :: [op(Route.t())]
  def routes(desired, observed, protocol) do
    number = protocol(protocol)
    two_way(desired, Enum.filter(observed, &(&1.protocol == number)), &route_key/1, & &1.gateway)
  end

  @doc """
  What to do about addresses. Observed addresses with a scope, which are those that the
  kernel gives links, do not exist for it; only those in `owned` are deleted.
  """
  @spec addresses([Address.t()], [Address.t()], MapSet.t(key())) :: [op(Address.t())]
  def addresses(desired, observed, owned) do
    three_way(desired, Enum.filter(observed, &(&1.scope == 0)), owned, &address_key/1)
  end

  @doc """
  What to do about neighbours: one with another link-layer address is updated, only those
  in `owned` are deleted.
  """
  @spec neighbours([Neighbour.t()], [Neighbour.t()], MapSet.t(key())) :: [op(Neighbour.t())]
  def neighbours(desired, observed, owned),
    do: three_way(desired, observed, owned, &neighbour_key/1, & &1.lladdr)

  @doc """
  What to do about rules: none is updated, only those in `owned` are deleted.
  """
  @spec rules([Rule.t()], [Rule.t()], MapSet.t(key())) :: [op(Rule.t())]
  def rules(desired, observed, owned), do: three_way(desired, observed, owned, &rule_key/1)

  @doc """
  What to do about links: none is updated, only those in `owned` are deleted.
  """
  @spec links([Link.t()], [Link.t()], MapSet.t(key())) :: [op(Link.t())]
  def links(desired, observed, owned), do: three_way(desired, observed, owned, &link_key/1)

  @doc """
  What to do about nexthops. Observed nexthops of another protocol do not exist for it; one
  that forwards otherwise is updated.
  """
  @spec nexthops([Nexthop.t()], [Nexthop.t()], protocol()) :: [op(Nexthop.t())]
  def nexthops(desired, observed, protocol) do
    number = protocol(protocol)
    observed = Enum.filter(observed, &(protocol(&1.protocol) == number))
    two_way(desired, observed, &nexthop_key/1, &nexthop_value/1)
  end

  defp nexthop_value(nexthop) do
    {nexthop.group, nexthop.group_type || :mpath, nexthop.blackhole, nexthop.fdb, nexthop.oif,
     nexthop.gateway, nexthop.encap}
  end

  @doc """
  The identity of a route: its table, family, destination and metric.

  IPv6 makes the metric 1024 of none.
  """
  @spec route_key(Route.t()) :: key()
  def route_key(%{family: family, dst_len: len} = route) do
    dst = if len == 0, do: :default, else: route.dst
    {Route.target_table(route), family, dst, len, metric(family, route.priority)}
  end

  defp metric(@inet6, metric) when metric in [nil, 0], do: @inet6_metric
  defp metric(_family, metric), do: metric || 0

  @doc """
  The identity of an address: its link, family, address and prefix length.
  """
  @spec address_key(Address.t()) :: key()
  def address_key(%{index: index, family: family, address: address, prefixlen: len}),
    do: {index, family, address, len}

  @doc """
  The identity of a neighbour: its link and its IP address.
  """
  @spec neighbour_key(Neighbour.t()) :: key()
  def neighbour_key(%{ifindex: index, dst: dst}), do: {index, dst}

  @doc """
  The identity of a rule: its priority, family, both networks, mark and table.
  """
  @spec rule_key(Rule.t()) :: key()
  def rule_key(%{family: family} = rule) do
    src = network(rule.src, rule.src_len)
    dst = network(rule.dst, rule.dst_len)
    # The kernel leaves zeros out.
    {rule.priority || 0, family, src, dst, rule.fwmark || 0, Rule.target_table(rule)}
  end

  defp network(_ip, 0), do: :all
  defp network(ip, len), do: {ip, len}

  @doc """
  The identity of a link: its name.

      iex> Linx.Netlink.Rtnl.Diff.link_key(%Linx.Netlink.Rtnl.Link{name: "br0", index: 7})
      "br0"
  """
  @spec link_key(%{name: String.t() | nil}) :: key()
  def link_key(%{name: name}), do: name

  @doc """
  The identity of a nexthop: its id.
  """
  @spec nexthop_key(Nexthop.t()) :: key()
  def nexthop_key(%{id: id}), do: id

  @doc false
  @spec protocol(protocol()) :: 0..255
  def protocol(number) when number in 0..255, do: number

  def protocol(name) when is_atom(name) do
    Keyword.get(Linx.Netlink.Rtnl.Protocol.names(), name) ||
      raise ArgumentError, "not a protocol of routes: #{inspect(name)}"
  end
end

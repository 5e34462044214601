defmodule Linx.Netlink.Rtnl.Diff do
  @moduledoc """
  Differences between desired and observed objects. Pure: nothing is read or sent.

      {:ok, observed} = Linx.Netlink.Rtnl.Route.list(sock)
      Diff.routes(desired, observed, :static)
      #=> [create: %Route{…}, update: %Route{…}, delete: %Route{…}]

  The result lists creates, then updates, then deletes. A create or an update carries the
  desired item, a delete the observed one. Two items are the same object if their keys are
  equal; a key is an opaque term, made by `route_key/1`, `address_key/1`, ….

  Objects of other owners are not deleted: the owner of routes and nexthops is their protocol, that
  of others is known by the keys of the objects that the caller has created.

  Of several desired items with one key, the first counts.
  `Linx.Netlink.Rtnl.Reconcile` reads, diffs and applies.
  """

  alias Linx.Netlink.Resource
  alias Linx.Netlink.Rtnl.{Address, Link, Neighbour, Nexthop, Route, Rule}

  @typedoc "A step towards what is desired."
  @type op :: op(struct())
  @type op(item) :: {:create, item} | {:update, item} | {:delete, item}

  @typedoc "Identity of an item: an opaque term, to be compared only."
  @type key :: term()

  @typedoc "Origin of a route: a number or a name of `Linx.Netlink.Rtnl.Route.protocol/1`."
  @type protocol :: 0..255 | atom()

  @doc """
  Compares two lists: items that are only desired are created, those only observed are deleted,
  those in both with different values are updated.

  `key` and `value` are functions of an item, which may be any term. Without `value` nothing is
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
  Compares two lists as `two_way/4` does, and deletes only items with a key in `owned_keys`.

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
    by_key = Map.new(Enum.reverse(observed))

    steps =
      desired
      |> Enum.uniq_by(&elem(&1, 0))
      |> Enum.group_by(fn {key, item} -> step(by_key, key, item, value) end, &elem(&1, 1))

    creates = for item <- Map.get(steps, :create, []), do: {:create, item}
    updates = for item <- Map.get(steps, :update, []), do: {:update, item}

    deletes =
      for {key, item} <- observed,
          not MapSet.member?(wanted, key),
          owned?.(key),
          do: {:delete, item}

    creates ++ updates ++ deletes
  end

  defp step(by_key, key, item, value) do
    case by_key do
      %{^key => other} -> if value.(item) == value.(other), do: :keep, else: :update
      %{} -> :create
    end
  end

  @doc """
  Differences of routes. Observed routes of another protocol are ignored; a route whose gateway
  differs is updated.
  """
  @spec routes([Route.t()], [Route.t()], protocol()) :: [op(Route.t())]
  def routes(desired, observed, protocol) do
    number = protocol(protocol)
    two_way(desired, Enum.filter(observed, &(&1.protocol == number)), &route_key/1, & &1.gateway)
  end

  @doc """
  Differences of addresses. Observed addresses with a scope, which are those that the kernel
  assigns, are ignored; only those with a key in `owned` are deleted.
  """
  @spec addresses([Address.t()], [Address.t()], MapSet.t(key())) :: [op(Address.t())]
  def addresses(desired, observed, owned) do
    three_way(desired, Enum.filter(observed, &(&1.scope == 0)), owned, &address_key/1)
  end

  @doc """
  Differences of neighbours: one with another link-layer address is updated, only those
  with a key in `owned` are deleted.
  """
  @spec neighbours([Neighbour.t()], [Neighbour.t()], MapSet.t(key())) :: [op(Neighbour.t())]
  def neighbours(desired, observed, owned),
    do: three_way(desired, observed, owned, &neighbour_key/1, & &1.lladdr)

  @doc """
  Differences of rules: none is updated, only those with a key in `owned` are deleted.
  """
  @spec rules([Rule.t()], [Rule.t()], MapSet.t(key())) :: [op(Rule.t())]
  def rules(desired, observed, owned), do: three_way(desired, observed, owned, &rule_key/1)

  @doc """
  Differences of links: none is updated, only those with a key in `owned` are deleted.
  """
  @spec links([Link.t()], [Link.t()], MapSet.t(key())) :: [op(Link.t())]
  def links(desired, observed, owned), do: three_way(desired, observed, owned, &link_key/1)

  @doc """
  Differences of nexthops. Observed nexthops of another protocol are ignored; one with another
  gateway, link, group or encapsulation is updated.
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
  def route_key(route), do: Route.Key.destination(route)

  @doc """
  The identity of an address: its link, family, address and prefix length.
  """
  @spec address_key(Address.t()) :: key()
  def address_key(address), do: Address.Key.desired(address)

  @doc """
  The identity of a neighbour: its link and its IP address.
  """
  @spec neighbour_key(Neighbour.t()) :: key()
  def neighbour_key(neighbour), do: Neighbour.Key.desired(neighbour)

  @doc """
  The identity of a rule: its priority, family, both networks, mark and table.
  """
  @spec rule_key(Rule.t()) :: key()
  def rule_key(rule), do: Rule.Match.selector(rule)

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
  def nexthop_key(nexthop), do: Resource.key(Nexthop.__resource__(), nexthop)

  @doc false
  @spec protocol(protocol()) :: 0..255
  def protocol(number) when number in 0..255, do: number

  def protocol(name) when is_atom(name) do
    Keyword.get(Linx.Netlink.Rtnl.Protocol.names(), name) ||
      raise ArgumentError, "not a protocol of routes: #{inspect(name)}"
  end
end

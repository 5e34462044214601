defmodule Linx.Netlink.Rtnl.Reconcile do
  @moduledoc """
  Brings a network namespace to a desired state, and keeps it there.

  Kernel side: `include/uapi/linux/rtnetlink.h`; a pass uses the messages of `Linx.Netlink.Rtnl`.

      want = %{
        links: [{"br0", :bridge, up: true}],
        addresses: [{"br0", "10.50.0.2", 24}, {"br0", "fd50::2", 64}],
        routes: [{"10.51.0.0", 16, "10.50.0.1"}, {:default, "10.50.0.1", metric: 100}]
      }

      {:ok, report} = Reconcile.reconcile(sock, want)
      #=> {:ok, #Linx.Netlink.Rtnl.Reconcile.Report<converged: 5 applied>}

      {:ok, again} = Reconcile.reconcile(sock, want, report.last_applied)
      #=> {:ok, #Linx.Netlink.Rtnl.Reconcile.Report<converged: no-op>}

  A pass reads the kernel, compares, and changes what differs; where nothing differs it
  changes nothing. What the kernel takes its time for, such as the carrier of a new bridge
  that a nexthop needs, or the check of a new IPv6 address (without the flag `:nodad`) that
  a route has for `:prefsrc`, may want a second pass. `Linx.Netlink.Rtnl.Reconcile.Loop` is
  a process that makes passes whenever there is a reason to.

  It needs `CAP_NET_ADMIN` in the socket's namespace, a dry run needs no privilege.

  ## The desired state

  A map of lists. What is left out of it is as good as an empty list: what this reconciler
  once put there is removed.

    * `:links` - `{name, kind}` or `{name, kind, opts}`, as for
      `Linx.Netlink.Rtnl.Link.create/4`; the kind `nil` is for a link that exists, or the
      other end of one, of which only `opts` are kept. Not with `:netns`, `:info_data` and what
      a link is told as a `:port` of its master;
    * `:addresses` - `{link, ip, prefix}` or `{link, ip, prefix, opts}`, as for
      `Linx.Netlink.Rtnl.Address.add/5`. Of ours, `:metric`, IPv6 `:flags` and whether it lasts are
      kept also where nothing is said of them. `:label`, `:broadcast`, `:scope` and IPv4 `:flags`
      take a new address: the old one goes first, with its routes. Of a lifetime as much may be
      left as is desired, or less;
    * `:neighbours` - `{link, ip, mac}` or `{link, ip, mac, opts}`, permanent; the only option
      is `:takeover`;
    * `:nexthops` - the options of `Linx.Netlink.Rtnl.Nexthop.add/2`, with an `:id`;
    * `:routes` - `{dst, prefix, gateway}`, `{dst, prefix, gateway, opts}`,
      `{:default, gateway}` or `{:default, gateway, opts}`, as for
      `Linx.Netlink.Rtnl.Route.add/5`; the gateway is `nil` for a route by `:dev` alone. Of an
      IPv4 route with `:nh_id`, `:metrics` only count when it is added: such routes share them;
    * `:rules` - the options of `Linx.Netlink.Rtnl.Rule.add/2`, with a `:priority`.

  Links are named, an IP or link-layer address is a string or a struct. The options of any of them
  may have `:takeover`, see below.

  ## Owners

  Routes, nexthops and rules carry a tag, the protocol, 76 unless `:protocol` says otherwise.
  Those with this tag belong to this reconciler, which deletes the ones that are not desired.
  All others belong to other owners. Reconcilers with different tags do not get in each other's
  way.

  Links, addresses and neighbours belong to it if an earlier pass created them, as noted in
  `last_applied` of its report: give that to the next pass. Without it they are another owner's,
  and left behind. An address that is desired with a `:proto` above 3 and is there with the same
  one is its own in any case. An entry that the kernel has learned of a neighbour has no owner:
  it is made permanent, and belongs to the pass from then on.

  Nothing of another owner is changed or deleted, with one exception: a link of the kind `nil`
  gets the settings that are desired of it, whoever created it, and stays its owner's. Where
  something is desired that another owner's object is in the place of,

    * an object that does all that is desired, such as a link of that kind with those settings,
      or a rule that differs in nothing but the tag, is enough: no step, no conflict. It stays
      its owner's; if it goes, the next pass creates one;
    * any other object is a conflict: it is left alone and stands in `conflicts` of the report
      as `{existing, desired}`. While there are conflicts, a report is not converged;
    * with `takeover: true`, as an option of the pass or among those of the object, either kind
      of object is replaced: the step is `{:replace, existing, desired}`. What is taken over
      belongs to this reconciler from then on, and is deleted once it is not desired any more.
      An object's own `takeover: false` excepts it from the pass's.

  The place of an object is: the name of a link; the address on its link (of IPv4, within its
  network); link and IP address of a neighbour; the id of a nexthop; table, destination, metric,
  TOS and source of a route; everything but the tag of a rule.

  To be taken over, a link of another kind is deleted and created anew, and so is an address
  with another prefix or far end. A group of nexthops is, too, since the kernel does not change
  its tag: the routes over it go with it, and those that are desired are created again.
  """

  alias Linx.Netlink.{Error, Options, Request}
  alias Linx.Netlink.Rtnl.{Address, Diff, Link, Neighbour, Nexthop, Route, Rule}
  alias __MODULE__.{Desired, Links, Pass, Plan, Report}

  # No protocol that rtnetlink.h has a name for.
  @protocol 76

  # Indices in the place of those that links will get, counted down from the greatest.
  @planned 0x7FFFFFFF

  @type ip :: String.t() | Linx.IP.t()
  @type link_spec ::
          {String.t(), atom() | String.t() | nil}
          | {String.t(), atom() | String.t() | nil, keyword()}
  @type address_spec ::
          {link :: String.t(), ip(), prefix :: 0..128}
          | {link :: String.t(), ip(), prefix :: 0..128, keyword()}
  @type neighbour_spec ::
          {link :: String.t(), ip(), Linx.LinkAddress.input()}
          | {link :: String.t(), ip(), Linx.LinkAddress.input(), keyword()}
  @type route_spec ::
          {ip(), prefix :: 0..128, gateway :: ip() | nil}
          | {ip(), prefix :: 0..128, gateway :: ip() | nil, keyword()}
          | {:default, gateway :: ip()}
          | {:default, gateway :: ip(), keyword()}

  @typedoc "What there should be. See above."
  @type desired :: %{
          optional(:links) => [link_spec()],
          optional(:addresses) => [address_spec()],
          optional(:neighbours) => [neighbour_spec()],
          optional(:nexthops) => [keyword()],
          optional(:routes) => [route_spec()],
          optional(:rules) => [keyword()]
        }

  @typedoc """
  What earlier passes have created: keys as of `Linx.Netlink.Rtnl.Diff`, and names and
  indices of links.
  """
  @type last_applied :: %{
          optional(:addresses) => MapSet.t(Diff.key()),
          optional(:neighbours) => MapSet.t(Diff.key()),
          optional(:links) => MapSet.t({String.t(), pos_integer()})
        }

  @type option ::
          {:protocol, Diff.protocol()}
          | {:dry_run, boolean()}
          | {:on_error, :stop | :continue}
          | {:takeover, boolean()}

  @type error ::
          {:normalize, term()}
          | {:unknown_option, term()}
          | {:bad_option, atom(), term()}
          | Request.error()

  @doc """
  The protocol that tags routes, nexthops and rules of this reconciler: 76.

      iex> Linx.Netlink.Rtnl.Reconcile.default_protocol()
      76
  """
  @spec default_protocol() :: 76
  def default_protocol, do: @protocol

  @doc """
  One pass.

  Options:

    * `:protocol` - the tag, a number from 1 to 255 or a name of
      `Linx.Netlink.Rtnl.Route.protocol/1`, 76 if not given;
    * `:dry_run` - `true` to change nothing: the report has as pending what would be done.
      Links that would be created have indices counted down from 2147483647;
    * `:takeover` - `true` to replace what another owner has in the place of what is desired,
      instead of reporting a conflict; see above;
    * `:on_error` - `:stop`, which is the default, leaves the rest undone at the first
      failure; `:continue` goes on and reports each one.

  Additions come first, in the order of links, addresses, neighbours, nexthops, routes and
  rules, and deletions then, the other way round. What is to be deleted and is gone already
  counts as done. A rule that the kernel would take for one of the same priority that is to be
  deleted is created again behind it, and deleted first.

  The result is `{:ok, report}` whether all steps worked or not. Before anything is done,
  these are errors, and all but an unknown interface before anything is read:

    * `{:normalize, reason}` - the desired state does not make sense: `reason` is
      `{:unknown_interface, name}`, `{:bad_address, term}`, `{:unknown_section, key}`, or
      `{section, reason}` with the section in the singular and the reason of the verb, such
      as `{:route, {:bad_prefix, 33}}`;
    * `{:unknown_option, key}`, `{:bad_option, key, value}`, also for what is no
      `last_applied`;
    * those of `Linx.Netlink.Request` - the kernel could not be read.
  """
  @spec reconcile(Request.target(), desired(), last_applied(), [option()]) ::
          {:ok, Report.t()} | {:error, error()}
  def reconcile(sock, desired, last_applied \\ %{}, opts \\ [])
      when is_map(desired) and not is_struct(desired) do
    with {:ok, opts} <- options(opts),
         {:ok, _wanted} <- normalized(desired, :any, opts.protocol, opts.takeover),
         :ok <- check_last_applied(last_applied),
         {:ok, links} <- Link.list(sock, af_spec: Links.af_spec?(desired[:links])),
         owned = owned(last_applied),
         recreated = recreated(desired, links, owned.links, opts.takeover),
         names = Map.drop(names(links), Enum.map(recreated, & &1.name)),
         planned = planned(desired, names),
         indices = Map.merge(names, planned),
         {:ok, wanted} <- normalized(desired, indices, opts.protocol, opts.takeover),
         :ok <- existing(wanted, indices),
         {:ok, observed} <- observe(sock, links, wanted, owned, opts.protocol) do
      observed = without_links(observed, Enum.map(recreated, & &1.index))
      owned = present(owned, wanted, observed)
      plan = Plan.steps(wanted, observed, owned, indices, opts.protocol)

      report =
        if opts.dry_run,
          do: Pass.dry(plan, owned),
          else: Pass.run(sock, plan, owned, planned, opts.on_error)

      {:ok, %{report | last_applied: noted(report.last_applied)}}
    end
  end

  @doc false
  @spec normalize(desired(), %{optional(String.t()) => pos_integer()}, Diff.protocol()) ::
          {:ok,
           %{:addresses => [Address.t()], :routes => [Route.t()], optional(atom()) => list()}}
          | {:error, {:normalize, term()}}
  def normalize(desired, indices, protocol) do
    with {:ok, sections} <- normalized(desired, indices, Diff.protocol(protocol), false) do
      {:ok,
       Map.new(sections, fn {section, wanted} -> {section, Enum.map(wanted, &elem(&1, 0))} end)}
    end
  end

  # Whether a pass could be given these, as far as it can be told without the kernel.
  @doc false
  @spec check(desired(), [option()]) :: :ok | {:error, error()}
  def check(desired, opts) do
    with {:ok, opts} <- options(opts),
         {:ok, _wanted} <- normalized(desired, :any, opts.protocol, opts.takeover),
         do: :ok
  end

  @doc false
  @spec last_applied?(term()) :: boolean()
  def last_applied?(value) do
    is_map(value) and not is_struct(value) and
      Enum.all?(value, &match?({_section, %MapSet{}}, &1))
  end

  defp check_last_applied(value),
    do: if(last_applied?(value), do: :ok, else: {:error, {:bad_option, :last_applied, value}})

  @doc false
  @spec order_ops([Diff.op()], [Diff.op()]) :: [Diff.op()]
  def order_ops(address_ops, route_ops) do
    steps = %{
      addresses: for(op <- address_ops, do: {op, nil}),
      routes: for(op <- route_ops, do: {op, nil})
    }

    for {op, nil} <- Plan.order(steps), do: op
  end

  defp options(opts) do
    defaults = %{protocol: @protocol, dry_run: false, on_error: :stop, takeover: false}

    table = [
      protocol: {:named, 1..255, Linx.Netlink.Rtnl.Protocol.names()},
      dry_run: :boolean,
      on_error: {:choice, [stop: :stop, continue: :continue]},
      takeover: :boolean
    ]

    with {:ok, given} <- Options.cast(table, opts), do: {:ok, Map.merge(defaults, given)}
  end

  defp normalized(desired, indices, protocol, takeover) do
    with {:error, reason} <- Desired.normalize(desired, indices, protocol, takeover),
         do: {:error, {:normalize, reason}}
  end

  # Links by each of their names.
  defp names(links) do
    for link <- links, name <- [link.name | Link.alt_names(link)], into: %{} do
      {name, link.index}
    end
  end

  # The links that are taken over by being deleted and created anew, since they are of another
  # kind. What is no link is for `Desired` to refuse.
  defp recreated(%{links: specs}, links, owned, takeover) when is_list(specs) do
    there = Map.new(links, &{&1.name, &1})

    for spec <- specs,
        {name, kind, opts} <- [spec(spec)],
        link = there[name],
        kind not in [nil, link.linkinfo && link.linkinfo.kind],
        {:takeover, true} == List.keyfind(opts, :takeover, 0, {:takeover, takeover}),
        not MapSet.member?(owned, {link.name, link.index}),
        do: link
  end

  defp recreated(_desired, _links, _owned, _takeover), do: []

  defp spec({name, kind}), do: spec({name, kind, []})

  defp spec({name, kind, opts}) when is_atom(kind) and is_list(opts),
    do: {name, kind && to_string(kind), opts}

  defp spec({name, kind, opts}) when is_binary(kind) and is_list(opts), do: {name, kind, opts}
  defp spec(_other), do: nil

  # What is on a link goes with it.
  defp without_links(observed, []), do: observed

  defp without_links(observed, indices) do
    fields = [addresses: :index, neighbours: :ifindex, nexthops: :oif, routes: :oif]

    Enum.reduce(fields, observed, fn {section, field}, observed ->
      Map.update!(
        observed,
        section,
        &Enum.reject(&1, fn one -> Map.get(one, field) in indices end)
      )
    end)
  end

  # The links to be created, other ends included. What is no link is for `Desired` to refuse.
  defp planned(desired, names) do
    specs = with specs when not is_list(specs) <- desired[:links], do: []

    specs
    |> Enum.flat_map(fn
      {name, kind} when kind != nil -> [name]
      {name, kind, opts} when kind != nil and is_list(opts) -> [name, peer(opts)]
      _ -> []
    end)
    |> Enum.uniq()
    |> Enum.filter(&(is_binary(&1) and not is_map_key(names, &1)))
    |> Enum.with_index()
    |> Map.new(fn {name, n} -> {name, @planned - n} end)
  end

  defp peer(opts) do
    case List.keyfind(opts, :peer, 0) do
      {:peer, name} when is_binary(name) -> name
      {:peer, [_ | _] = opts} -> with {:name, name} <- List.keyfind(opts, :name, 0), do: name
      _ -> nil
    end
  end

  # A link without kind is one that exists.
  defp existing(wanted, indices) do
    missing = for {%{kind: nil, link: link}, _} <- wanted[:links] || [], do: link.name

    case Enum.reject(missing, &is_map_key(indices, &1)) do
      [] -> :ok
      [name | _] -> {:error, {:normalize, {:unknown_interface, name}}}
    end
  end

  defp owned(last_applied) do
    Map.merge(
      %{addresses: MapSet.new(), neighbours: MapSet.new(), links: MapSet.new()},
      Map.take(last_applied, [:addresses, :neighbours, :links])
    )
  end

  # The kernel forgets neighbours, and others delete links: those are no longer ours. Addresses
  # may be ours by their tag.
  defp present(owned, wanted, observed) do
    links = MapSet.new(observed.links, &{&1.name, &1.index})
    neighbours = MapSet.new(observed.neighbours, &Diff.neighbour_key/1)
    tagged = Plan.Addresses.tagged(wanted.addresses, observed.addresses)

    %{
      owned
      | links: MapSet.intersection(owned.links, links),
        neighbours: MapSet.intersection(owned.neighbours, neighbours),
        addresses: MapSet.union(owned.addresses, tagged)
    }
  end

  defp noted(owned) do
    Map.reject(owned, fn {section, keys} ->
      section != :addresses and MapSet.size(keys) == 0
    end)
  end

  # What cannot be wanted nor ours is not read.
  defp observe(sock, links, wanted, owned, protocol) do
    with {:ok, addresses} <-
           any(wanted.addresses, owned.addresses, fn -> Address.list(sock) end),
         {:ok, neighbours} <-
           any(wanted[:neighbours] || [], owned.neighbours, fn -> Neighbour.list(sock) end),
         {:ok, nexthops} <- nexthops(sock, wanted[:nexthops] || []),
         {:ok, routes} <- routes(sock, wanted.routes, protocol),
         {:ok, rules} <- Rule.list(sock) do
      {:ok,
       %{
         links: links,
         addresses: addresses,
         neighbours: neighbours,
         nexthops: nexthops,
         routes: routes,
         rules: rules
       }}
    end
  end

  # There may be very many routes of other owners: only those of the tables are read in which
  # something is to be done.
  defp routes(sock, wanted, protocol) do
    with {:ok, ours} <- Route.list(sock, protocol: protocol) do
      wanted
      |> Plan.unsettled(ours)
      |> Enum.map(&{&1.family, Route.target_table(&1)})
      |> Enum.uniq()
      |> Enum.reduce_while({:ok, ours}, fn {family, table} = place, {:ok, routes} ->
        case Route.list(sock, family: family, table: table) do
          {:ok, all} ->
            {:cont,
             {:ok, all ++ Enum.reject(routes, &({&1.family, Route.target_table(&1)} == place))}}

          {:error, reason} ->
            {:halt, {:error, reason}}
        end
      end)
    end
  end

  defp any([], owned, list), do: if(MapSet.size(owned) == 0, do: {:ok, []}, else: list.())
  defp any(_wanted, _owned, list), do: list.()

  # Before Linux 5.3 there were none. Whether hardware counts is told with the counters.
  defp nexthops(sock, wanted) do
    stats? = Enum.any?(wanted, fn {nexthop, _takeover} -> nexthop.hw_stats_enable != nil end)

    with {:error, %Error{errno: :eopnotsupp}} <- Nexthop.list(sock, stats: stats?),
         do: {:ok, []}
  end
end

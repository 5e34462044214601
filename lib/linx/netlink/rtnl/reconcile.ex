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

  A pass reads the kernel, compares, and changes the differences. Changes that the kernel completes
  later, such as the carrier of a new bridge that a nexthop needs, or duplicate address detection of
  a new IPv6 address (without the flag `:nodad`) that is the `:prefsrc` of a route, may need a
  second pass. `Linx.Netlink.Rtnl.Reconcile.Loop` is a process that makes passes after changes and
  at intervals.

  A pass needs `CAP_NET_ADMIN` in the socket's namespace, a dry run needs no privilege.

  ## The desired state

  A map of lists, one for each section. A missing section equals an empty one: the objects that
  this reconciler created before are deleted.

    * `:links` - `{name, kind}` or `{name, kind, opts}`, as for
      `Linx.Netlink.Rtnl.Link.create/4`; the kind `nil` is for a link that exists, or the
      peer of one, of which only `opts` are set. Without `:netns`, `:info_data` and the options of a
      link as a `:port` of its master;
    * `:addresses` - `{link, ip, prefix}` or `{link, ip, prefix, opts}`, as for
      `Linx.Netlink.Rtnl.Address.add/5`. Of the reconciler's own, `:metric`, IPv6 `:flags` and
      infinite lifetimes are restored to their defaults where they are not given. `:label`,
      `:broadcast`, `:scope` and IPv4 `:flags` need a new address: the old one is deleted first, with
      its routes. The rest of a lifetime may be the desired one or less;
    * `:neighbours` - `{link, ip, mac}` or `{link, ip, mac, opts}`, permanent; the only option
      is `:takeover`;
    * `:nexthops` - the options of `Linx.Netlink.Rtnl.Nexthop.add/2`, with an `:id`;
    * `:fdb` - `{link, mac}` or `{link, mac, opts}`, as for `Linx.Netlink.Rtnl.Fdb.add/4`: an entry is
      of the bridge's table unless it has a remote end or `self: true`;
    * `:vlans` - `{link, vids}` or `{link, vids, opts}`, as for `Linx.Netlink.Rtnl.Vlan.add/4`; other
      options than `:pvid` and `:untagged` are only compared where they are given;
    * `:routes` - `{dst, prefix, gateway}`, `{dst, prefix, gateway, opts}`,
      `{:default, gateway}` or `{:default, gateway, opts}`, as for
      `Linx.Netlink.Rtnl.Route.add/5`; the gateway is `nil` for a route by `:dev` alone. `:metrics` of
      an IPv4 route with `:nh_id` only apply when it is added: such routes share them;
    * `:rules` - the options of `Linx.Netlink.Rtnl.Rule.add/2`, with a `:priority`;
    * `:qdiscs` - `{link, kind}` or `{link, kind, opts}`, as for `Linx.Netlink.Rtnl.Tc.Qdisc.add/4`;
    * `:classes` - `{link, kind, opts}`, as for `Linx.Netlink.Rtnl.Tc.Class.add/4`, with a `:parent` and a
      `:classid`;
    * `:filters` - `{link, kind, opts}`, as for `Linx.Netlink.Rtnl.Tc.Filter.add/4`, with a `:prio`, a
      `:handle` and a `:parent`, which is not `:root`; for a shared block the link is `nil`, and there is a
      `:block`.

  Links are given by name, IP and link-layer addresses as a string or a struct. Each
  specification takes the option `:takeover`, see below.

  ## Owners

  Routes, nexthops and rules carry a tag, the protocol, which is 76 if `:protocol` is not given.
  Those with this tag belong to this reconciler, which deletes the ones that are not desired.
  All others belong to other owners. Reconcilers with different tags do not affect each other.

  Links, addresses, neighbours, forwarding entries, VLANs and traffic control belong to it if an earlier pass created
  them, as noted in `last_applied` of its report, which is an argument of the next pass. Without it
  they belong to another owner, and are left behind. An address that is desired with a `:proto` above 3, and exists
  with the same, is its own in any case. A neighbour or forwarding entry that the kernel has learned
  has no owner: it is overwritten, and belongs to the reconciler from then on. So is a default qdisc.

  Qdiscs, classes and filters belong to it in the same way, and by handles and chains as well, whatever
  earlier passes noted: a qdisc of the desired kind with the desired `:handle`; all classes of a qdisc of
  which a class is desired; all filters of a classful qdisc or class, and all of a chain other than 0,
  where a filter is desired. In chain 0 of received and sent packets, and of shared blocks, other programs
  may have filters of their own.

  Objects of other owners are neither changed nor deleted, with one exception: a link of the kind
  `nil` gets the desired settings, whatever its owner, and keeps that owner. Where an object of
  another owner is in the place of a desired one,

    * an object with all that is desired, such as a link of that kind with those settings,
      or a rule that differs in nothing but the tag, is enough: no step, no conflict. It keeps
      its owner; if it goes, the next pass creates one;
    * any other object is a conflict: it is left alone and stands in `conflicts` of the report
      as `{existing, desired}`. A report with conflicts is not converged;
    * with `takeover: true`, as an option of the pass or of the specification, either kind
      of object is replaced: the step is `{:replace, existing, desired}`. The replaced object
      belongs to this reconciler from then on, and is deleted once it is not desired any more.
      `takeover: false` of a specification excepts it from the option of the pass.

  The place of an object is: the name of a link; the address on its link (of IPv4, within its
  network); link and IP address of a neighbour; the id of a nexthop; table, destination, metric,
  TOS and source of a route; everything but the tag of a rule; link, table, address, VLAN and
  remote end of a forwarding entry; link and number of a VLAN; link and parent of a qdisc; link and id of
  a class; link and parent or block, chain, priority and handle of a filter.

  A qdisc of another kind or handle, or of a kind that the kernel does not change, such as `:htb`, is
  deleted and created again, with all that is desired below it; so is a class with another parent, and a
  filter of the kinds `:u32` and `:matchall`, of another kind or protocol. Options that are not given are not
  compared.

  With `takeover: true` a link of another kind is deleted and created again, and so is an address
  with another prefix or peer. So is a group of nexthops, whose tag the kernel does not change: the
  routes over it go with it, and those that are desired are created again.
  """

  alias Linx.Netlink.{Options, Request}
  alias Linx.Netlink.Rtnl.{Diff, Protocol}
  alias __MODULE__.{Desired, Pass, Plan, Report}

  # A number without a name in rtnetlink.h.
  @protocol 76

  @type ip :: Linx.IP.input()
  @type link_spec ::
          {String.t(), atom() | String.t() | nil}
          | {String.t(), atom() | String.t() | nil, keyword()}
  @type address_spec ::
          {link :: String.t(), ip(), prefix :: 0..128}
          | {link :: String.t(), ip(), prefix :: 0..128, keyword()}
  @type neighbour_spec ::
          {link :: String.t(), ip(), Linx.LinkAddress.input()}
          | {link :: String.t(), ip(), Linx.LinkAddress.input(), keyword()}
  @type fdb_spec ::
          {link :: String.t(), Linx.LinkAddress.input()}
          | {link :: String.t(), Linx.LinkAddress.input(), keyword()}
  @type qdisc_spec ::
          {link :: String.t(), atom() | String.t()}
          | {link :: String.t(), atom() | String.t(), keyword()}
  @type class_spec :: {link :: String.t(), atom() | String.t(), keyword()}
  @type filter_spec :: {link :: String.t() | nil, atom() | String.t(), keyword()}
  @type vlan_spec ::
          {link :: String.t(), term()} | {link :: String.t(), vids :: term(), keyword()}
  @type route_spec ::
          {ip(), prefix :: 0..128, gateway :: ip() | nil}
          | {ip(), prefix :: 0..128, gateway :: ip() | nil, keyword()}
          | {:default, gateway :: ip()}
          | {:default, gateway :: ip(), keyword()}

  @typedoc "The desired state; see above."
  @type desired :: %{
          optional(:links) => [link_spec()],
          optional(:addresses) => [address_spec()],
          optional(:neighbours) => [neighbour_spec()],
          optional(:fdb) => [fdb_spec()],
          optional(:vlans) => [vlan_spec()],
          optional(:nexthops) => [keyword()],
          optional(:routes) => [route_spec()],
          optional(:rules) => [keyword()],
          optional(:qdiscs) => [qdisc_spec()],
          optional(:classes) => [class_spec()],
          optional(:filters) => [filter_spec()]
        }

  @typedoc """
  Keys of the objects that earlier passes have created, as of `Linx.Netlink.Rtnl.Diff`, and names
  and indices of links.
  """
  @type last_applied :: %{
          optional(:addresses) => MapSet.t(Diff.key()),
          optional(:neighbours) => MapSet.t(Diff.key()),
          optional(:fdb) => MapSet.t(Diff.key()),
          optional(:vlans) => MapSet.t(Diff.key()),
          optional(:qdiscs) => MapSet.t(Diff.key()),
          optional(:classes) => MapSet.t(Diff.key()),
          optional(:filters) => MapSet.t(Diff.key()),
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
  The default protocol, which tags routes, nexthops and rules: 76.

      iex> Linx.Netlink.Rtnl.Reconcile.default_protocol()
      76
  """
  @spec default_protocol() :: 76
  def default_protocol, do: @protocol

  @doc """
  Makes one pass: reads the kernel, compares, and changes the differences.

  Options:

    * `:protocol` - the tag, a number from 1 to 255 or a name of
      `Linx.Netlink.Rtnl.Route.protocol/1`, 76 if not given;
    * `:dry_run` - `true` to change nothing: the steps are pending in the report.
      Links that would be created have indices counted down from 2147483647;
    * `:takeover` - `true` to replace an object of another owner in the place of a desired one,
      instead of reporting a conflict; see above;
    * `:on_error` - `:stop`, which is the default, ends the pass with the first failed step;
      `:continue` goes on and reports each one.

  Objects are created in the order of links, qdiscs and classes from the root on, filters, VLANs, addresses,
  neighbours, nexthops, forwarding entries, routes and rules, and then deleted in the reverse order. A delete
  of an object that no longer exists counts as applied. A rule that the kernel would delete in the place of one of the same priority is
  created again behind that one, and deleted first.

  The result is `{:ok, report}` whether all steps succeeded or not. These errors come before any
  change, and all but an unknown interface before any read:

    * `{:normalize, reason}` - the desired state is invalid: `reason` is
      `{:unknown_interface, name}`, `{:bad_address, term}`, `{:unknown_section, key}`, or
      `{section, reason}` with the section in the singular and the reason of the verb, such
      as `{:route, {:bad_prefix, 33}}`;
    * `{:unknown_option, key}`, `{:bad_option, key, value}`, also for an invalid
      `last_applied`;
    * those of `Linx.Netlink.Request` for a failed read.
  """
  @spec reconcile(Request.target(), desired(), last_applied(), [option()]) ::
          {:ok, Report.t()} | {:error, error()}
  def reconcile(sock, desired, last_applied \\ %{}, opts \\ [])
      when is_map(desired) and not is_struct(desired) do
    with {:ok, opts} <- options(opts),
         :ok <- accepted(desired, opts),
         :ok <- check_last_applied(last_applied),
         {:ok, report} <- Pass.run(sock, desired, last_applied, opts),
         do: {:ok, %{report | last_applied: noted(report.last_applied)}}
  end

  # Contract: a normalized state and a `last_applied` always have these sections.
  @always %{addresses: [], routes: []}

  defp noted(owned) do
    Map.reject(owned, fn {section, keys} ->
      MapSet.size(keys) == 0 and not is_map_key(@always, section)
    end)
  end

  @doc false
  @spec normalize(desired(), %{optional(String.t()) => pos_integer()}, Diff.protocol()) ::
          {:ok, %{:addresses => [struct()], :routes => [struct()], optional(atom()) => list()}}
          | {:error, {:normalize, term()}}
  def normalize(desired, indices, protocol) do
    context = %{indices: indices, protocol: Diff.protocol(protocol)}

    with {:ok, sections} <- Desired.normalize(Map.merge(@always, desired), context, false) do
      {:ok,
       Map.new(sections, fn {section, wanted} -> {section, Enum.map(wanted, &elem(&1, 0))} end)}
    end
  end

  # Whether a pass accepts these, as far as that does not depend on the kernel.
  @doc false
  @spec check(desired(), [option()]) :: :ok | {:error, error()}
  def check(desired, opts) do
    with {:ok, opts} <- options(opts), do: accepted(desired, opts)
  end

  defp accepted(desired, opts) do
    context = %{indices: :any, protocol: opts.protocol}
    with {:ok, _wanted} <- Desired.normalize(desired, context, opts.takeover), do: :ok
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
      protocol: {:named, 1..255, Protocol.names()},
      dry_run: :boolean,
      on_error: {:choice, [stop: :stop, continue: :continue]},
      takeover: :boolean
    ]

    with {:ok, given} <- Options.cast(table, opts), do: {:ok, Map.merge(defaults, given)}
  end
end

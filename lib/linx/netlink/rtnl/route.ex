defmodule Linx.Netlink.Rtnl.Route do
  @moduledoc """
  Route of IPv4, IPv6 or MPLS.

  Kernel side: `struct rtmsg` and the `RTA_*` attributes of
  `include/uapi/linux/rtnetlink.h`.

      {:ok, sock} = Linx.Netlink.Rtnl.open()
      {:ok, routes} = Route.list(sock, table: :main)

      :ok = Route.add(sock, "10.9.0.0/16", "10.0.0.1", metric: 50)
      :ok = Route.add(sock, "10.8.0.0", 16, nil, dev: "wg0", prefsrc: "10.8.0.1")
      :ok = Route.add(sock, "10.7.0.0/16", nil, type: :blackhole)
      {:ok, route} = Route.get(sock, "10.9.0.1")

  Reading needs no privilege; everything else needs `CAP_NET_ADMIN` in the socket's namespace.
  The verbs that write take the options of `Linx.Netlink.Rtnl.Route.Options`.

  A destination is an address and a prefix length, or both as one `Linx.IP.Subnet` or text; its
  host bits have to be zero. A gateway is of the destination's family, or `nil` for none; one of the
  other family, such as an IPv6 gateway of an IPv4 route, is the option `:via`. Addresses are text,
  `Linx.IP` or tuples of `:inet`, links names or indices.

  The header fields `type`, `scope`, `protocol` and `flags` are numbers: `type/1`, `scope/1`,
  `protocol/1` and `flags/1` give their names. `table` and `table_ext` hold the table:
  `target_table/1`. `flow` holds the realms: `realms/1`. `oif` is the index of the outgoing link,
  `priority` the metric. `dst` of a default route that was read is `nil`; of an MPLS route
  (`family` 28) it is a label in the form of an address: `label/1`.

  ## Errors

    * `%Linx.Netlink.Error{}` - refused by the kernel: `:eexist` if the route exists, `:esrch` if
      it does not, `:enodev` for an unknown link;
    * `{:bad_address, text}`, `{:bad_prefix, prefix}`, `{:bad_subnet, text}`, `{:bad_cidr, text}`,
      `{:family_mismatch, {destination, gateway}}`, `{:unknown_option, key}`,
      `{:bad_option, key, value}`, before anything is sent;
    * those of `Linx.Netlink.Request`.
  """

  use Linx.Netlink.Codec

  use Linx.Netlink.Resource,
    name: :route,
    plural: :routes,
    messages: [new: 24, del: 25, get: 26],
    groups: [7, 11],
    key: &__MODULE__.Key.unique/1,
    tracked?: &__MODULE__.Key.tracked?/1,
    ifindex: [:oif, [:multipath, :ifindex]],
    gone: [:esrch, :enodev],
    identity: &__MODULE__.Desired.identity/1,
    owner: :protocol,
    owner_key: &__MODULE__.Key.slot/1,
    desired: __MODULE__.Desired

  alias Linx.{IP, LinkAddress, MAC}
  alias Linx.IP.Subnet
  alias Linx.Netlink.{Batch, Message, Request}
  alias Linx.Netlink.Rtnl.{Encap, Link, Names, Protocol, Realms}
  alias __MODULE__
  alias __MODULE__.{Cacheinfo, Change, Lookup, Metrics, MfcStats, Mpls, Path, Query}

  # NETLINK_ROUTE of include/uapi/linux/netlink.h.
  @netlink_route 0

  @rtm_getroute 26
  @encap_types Encap.__types__()
  @encaps Encap.__table__()

  @af_mpls 28

  codec prefix: "RTA_" do
    header "struct rtmsg", prefix: "rtm_" do
      field :family, :u8, "address family, AF_*"
      field :dst_len, :u8, "length of the destination's prefix, bits"
      field :src_len, :u8, "length of the source's prefix, bits"
      field :tos, :u8, "TOS byte"
      field :table, :u8, "table up to 255, RT_TABLE_*"
      field :protocol, :u8, "origin, RTPROT_*"
      field :scope, :u8, "scope, RT_SCOPE_*"
      field :type, :u8, "type, RTN_*"
      field :flags, :u32, "flags, RTNH_F_* and RTM_F_*"
    end

    attr 1, :dst, IP, "destination, `nil` for the default route"
    attr 4, :oif, :u32, "index of the outgoing link"
    attr 5, :gateway, IP, "gateway of the route's family"
    attr 6, :priority, :u32, "metric, the lowest is preferred"
    attr 15, :table_ext, :u32, "table", c: "RTA_TABLE"
    attr 2, :src, IP, "source subnet, IPv6 only"
    attr 7, :prefsrc, IP, "preferred source address"
    attr 8, :metrics, {:nested, Metrics}, "metrics"
    attr 9, :multipath, {:chain, Path}, "paths of a multipath route"
    attr 11, :flow, :u32, "realms, the source's in the upper 16 bits"
    attr 12, :cacheinfo, Cacheinfo, "usage and remaining lifetime"
    attr 18, :via, :binary, "gateway of another family, `struct rtvia`"

    attr 20, :pref, {:enum, :u8, Route.Names.prefs()}, "router preference, IPv6 only",
      values: "ICMPV6_ROUTER_PREF_"

    attr 23, :expires, :u32, "lifetime, s", volatile: true
    attr 30, :nh_id, :u32, "id of the nexthop object"
    group :lookup, Lookup
    attr 17, :mfc_stats, MfcStats, "counters of a multicast route"

    attr 21, :encap_type, {:enum, :u16, @encap_types}, "type of the encapsulation",
      values: "LWTUNNEL_ENCAP_"

    attr 22, :encap, {:dispatch, :encap_type, @encaps}, "encapsulation"
    group :mpls, Mpls
  end

  @type ip :: IP.input()
  @type dst :: IP.input()
  @type subnet :: Subnet.input()
  @type ref :: Link.ref()
  @type opts :: keyword()
  @type input_error ::
          {:bad_address | :bad_subnet | :bad_prefix | :bad_cidr | :unknown_option, term()}
          | {:family_mismatch, {IP.family(), IP.family()}}
          | {:bad_option, atom(), term()}
  @type error :: input_error() | Link.error()

  @typedoc "`:ok`; with `echo: true` the route after the change; in a batch the request."
  @type done :: :ok | {:ok, t() | Message.t()} | {:error, error()}

  @doc """
  Lists the routes of the socket's namespace: every table, every family, unless options filter.

  The kernel filters by

    * `:table` - a number, 1 to 4294967295, or `:main`, `:local`, `:default` or `:compat`;
    * `:oif` or `:dev` - a link; of a multipath route, that of one of its paths;
    * `:protocol`, `:type` - a number or name;
    * `:family` - `:inet` or `:inet6`, or a number; with any filter above it is IPv4 and IPv6
      if not given;
    * `:cached` - `true` for the exceptions that the kernel has learned, such as the MTU of a path,
      in place of routes.

  Further options are those of `Linx.Netlink.Request`.

  The kernel has no room for a route of more than 32 KiB, which takes some 2,000 gateways. With
  such a route a list is `{:error, %Linx.Netlink.Error{errno: :emsgsize}}`; with a filter the
  kernel leaves the route out without an error (seen with Linux 6.18).
  """
  @spec list(Link.target(), keyword()) :: {:ok, [t()]} | {:error, error()}
  def list(sock, opts \\ []),
    do: Query.list(sock, opts, &Request.dump(sock, @rtm_getroute, &1, rtnetlink(&2)))

  @doc """
  Streams the routes that `list/2` gives, lazily and in constant memory.

  Raises `Linx.Netlink.Error` as `Linx.Netlink.Request.stream!/4` does, and `ArgumentError` at once
  for options that are an error of `list/2`.
  """
  @spec stream!(Link.target(), keyword()) :: Enumerable.t()
  def stream!(sock, opts \\ []),
    do: Query.stream!(sock, opts, &Request.stream!(sock, @rtm_getroute, &1, rtnetlink(&2)))

  defp rtnetlink(request), do: [protocol: @netlink_route] ++ request

  @doc """
  Looks up the route that the kernel would use for packets to an address.

      {:ok, route} = Route.get(sock, "10.9.0.1", from: "10.0.0.5", mark: 7)

  Options, beside those of `Linx.Netlink.Rtnl.Route.Lookup` and `:timeout`:

    * `:from` - source address;
    * `:oif` or `:dev` - outgoing link that the packets have to use;
    * `:tos` - TOS byte;
    * `:fib_match` - `true` for the route as it was added, in place of the result for this address.

  `{:error, %Linx.Netlink.Error{errno: :enetunreach}}` without a route.
  """
  @spec get(Link.target(), ip(), keyword()) :: {:ok, t() | Batch.Read.t()} | {:error, error()}
  def get(sock, ip, opts \\ []), do: Query.get(sock, ip, opts, @rtm_getroute)

  @doc """
  Table of a route; `table_ext` holds tables above 255.

      iex> Linx.Netlink.Rtnl.Route.target_table(%Linx.Netlink.Rtnl.Route{table: 0, table_ext: 5000})
      5000
  """
  @spec target_table(t()) :: non_neg_integer()
  def target_table(%__MODULE__{table_ext: table}) when is_integer(table) and table > 0, do: table
  def target_table(%__MODULE__{table: table}), do: table

  @doc """
  Name of the type of a route, such as `:unicast` or `:blackhole`, or a number.
  """
  @spec type(t()) :: atom() | non_neg_integer()
  def type(%__MODULE__{type: type}), do: Names.name(Route.Names.types(), type)

  @doc """
  Name of the origin of a route, as of `Linx.Netlink.Rtnl.Protocol.names/0`, or a number.
  """
  @spec protocol(t()) :: atom() | non_neg_integer()
  def protocol(%__MODULE__{protocol: protocol}), do: Names.name(Protocol.names(), protocol)

  @doc """
  Scope of a route: `:universe`, `:site`, `:link`, `:host`, `:nowhere`, or a number.
  """
  @spec scope(t()) :: atom() | non_neg_integer()
  def scope(%__MODULE__{scope: scope}), do: Names.name(Names.scopes(), scope)

  @doc """
  Names of the flags of a route, and of its path if it is not multipath.

      iex> Linx.Netlink.Rtnl.Route.flags(%Linx.Netlink.Rtnl.Route{flags: 0x4004})
      [:onlink, :rt_offload]
  """
  @spec flags(t()) :: [atom()]
  def flags(%__MODULE__{flags: flags}), do: Names.bits(Route.Names.flags(), flags)

  @doc """
  Source and destination realm of a route; `nil` without realms.
  """
  @spec realms(t()) :: {0..0xFFFF, 0..0xFFFF} | nil
  def realms(%__MODULE__{flow: flow}), do: Realms.split(flow)

  @doc """
  Gateway of either family; of an MPLS route it may be a link-layer address. `nil` for a route
  without one, and for a multipath route.
  """
  @spec gateway(t()) :: IP.t() | MAC.t() | LinkAddress.t() | nil
  def gateway(%__MODULE__{} = route), do: Path.gateway(route)

  @doc """
  Paths of a route: several of a multipath route, one of another, none of one that drops packets.
  """
  @spec paths(t()) :: [Path.t()]
  def paths(%__MODULE__{multipath: [_ | _] = paths}), do: paths
  def paths(%__MODULE__{} = route), do: Path.of(route)

  @doc """
  Label of the packets of an MPLS route; `nil` for any other route.
  """
  @spec label(t()) :: 0..0xFFFFF | nil
  def label(%__MODULE__{family: @af_mpls, dst: %IP{bytes: <<label::20, _::12>>}}), do: label
  def label(%__MODULE__{}), do: nil

  @doc """
  Adds a route; `:eexist` if there is one with the same destination, table and metric.

      :ok = Route.add(sock, "10.9.0.0", 16, "10.0.0.1", table: 5000, protocol: :static)
      :ok = Route.add(sock, "10.8.0.0/16", nil, via: "fe80::1", dev: "eth0")
      {:ok, route} = Route.add(sock, "fd09::/64", nil, dev: "eth0", echo: true)

  A subnet takes the place of destination and prefix length.
  """
  @spec add(Link.target(), dst(), 0..128, ip() | nil, opts()) :: done()
  @spec add(Link.target(), subnet(), ip() | nil, opts(), []) :: done()
  def add(sock, dst, prefix, gateway, opts \\ []),
    do: Change.write(:add, sock, dst, prefix, gateway, opts)

  @doc """
  Adds a route that was read, such as one of `list/2`, or a route to a subnet; see `add/5`.

      :ok = Route.delete(sock, route)
      :ok = Route.add(sock, route)

  Read-only fields are left out. With a route that was read, options are `:echo` and `:timeout`.
  """
  @spec add(Link.target(), t(), keyword()) :: done()
  @spec add(Link.target(), subnet(), ip() | nil) :: done()
  def add(sock, route, opts \\ [])
  def add(sock, %__MODULE__{} = route, opts), do: Change.write_whole(:add, sock, route, opts)
  def add(sock, subnet, gateway), do: add(sock, subnet, gateway, [])

  @doc """
  Adds a route, or replaces one with the same destination, table and metric. Arguments as for
  `add/5`.

  With `echo: true`, `{:error, :no_reply}` means that the same IPv4 route existed.
  """
  @spec replace(Link.target(), dst(), 0..128, ip() | nil, opts()) :: done()
  @spec replace(Link.target(), subnet(), ip() | nil, opts(), []) :: done()
  def replace(sock, dst, prefix, gateway, opts \\ []),
    do: Change.write(:replace, sock, dst, prefix, gateway, opts)

  @doc """
  Adds or replaces a route that was read, or a route to a subnet; see `add/3` and `replace/5`.
  """
  @spec replace(Link.target(), t(), keyword()) :: done()
  @spec replace(Link.target(), subnet(), ip() | nil) :: done()
  def replace(sock, route, opts \\ [])

  def replace(sock, %__MODULE__{} = route, opts),
    do: Change.write_whole(:replace, sock, route, opts)

  def replace(sock, subnet, gateway), do: replace(sock, subnet, gateway, [])

  @doc """
  Adds a route behind those with the same destination, table and metric. Arguments as for `add/5`.

  IPv6 joins them to one multipath route.
  """
  @spec append(Link.target(), dst(), 0..128, ip() | nil, opts()) :: done()
  @spec append(Link.target(), subnet(), ip() | nil, opts(), []) :: done()
  def append(sock, dst, prefix, gateway, opts \\ []),
    do: Change.write(:append, sock, dst, prefix, gateway, opts)

  @doc """
  Replaces a route with the same destination, table and metric; `:enoent` if there is none.
  Arguments as for `add/5`.
  """
  @spec change(Link.target(), dst(), 0..128, ip() | nil, opts()) :: done()
  @spec change(Link.target(), subnet(), ip() | nil, opts(), []) :: done()
  def change(sock, dst, prefix, gateway, opts \\ []),
    do: Change.write(:change, sock, dst, prefix, gateway, opts)

  @doc """
  Deletes a route: the first to this destination that has all the given properties.

      :ok = Route.delete(sock, "10.9.0.0/16", nil)
      :ok = Route.delete(sock, "10.9.0.0", 16, "10.0.0.1", table: 5000, protocol: :static)

  Arguments as for `add/5`; the table is that of `add/5` if not given. `:esrch` if there is no such
  route.

  IPv6 compares destination, `:from`, `:table`, `:metric`, `:protocol`, gateway and link only: it
  deletes a route of another `:type` or `:prefsrc`.
  """
  @spec delete(Link.target(), dst(), 0..128, ip() | nil, opts()) :: done()
  @spec delete(Link.target(), subnet(), ip() | nil, opts(), []) :: done()
  def delete(sock, dst, prefix, gateway, opts \\ []),
    do: Change.delete(sock, dst, prefix, gateway, opts)

  @doc """
  Deletes a route that was read, such as one of `list/2`, or the first route to a subnet; see
  `delete/5`.

  A route that was read is compared by all that the kernel compares: destination, table, metric,
  protocol, source subnet, gateway and link; for IPv4 also type, scope, TOS, preferred source,
  metrics and realms. Takes the option `:timeout`.

  The kernel has no request for some routes that were appended to others with the same destination,
  TOS and metric. IPv4 takes a route by the first path of a multipath route for that route, and a
  route over a nexthop object for one that drops packets and has the same type. IPv6 takes a route
  over a nexthop object for any of the same protocol.
  """
  @spec delete(Link.target(), t(), keyword()) :: done()
  @spec delete(Link.target(), subnet(), ip() | nil) :: done()
  def delete(sock, route, opts \\ [])
  def delete(sock, %__MODULE__{} = route, opts), do: Change.delete_whole(sock, route, opts)
  def delete(sock, subnet, gateway), do: delete(sock, subnet, gateway, [])

  @doc """
  Adds a default route, `0.0.0.0/0` or `::/0` by the gateway's family.

      :ok = Route.add_default(sock, "10.0.0.1", metric: 100)
      :ok = Route.add_default(sock, nil, dev: "wg0", family: :inet6)

  Without gateway the option `:family` gives the family, `:inet` if not given.
  """
  @spec add_default(Link.target(), ip() | nil, opts()) :: done()
  def add_default(sock, gateway, opts \\ []), do: Change.default(&add/5, sock, gateway, opts)

  @doc """
  Adds or replaces a default route, see `add_default/3` and `replace/5`.
  """
  @spec replace_default(Link.target(), ip() | nil, opts()) :: done()
  def replace_default(sock, gateway, opts \\ []),
    do: Change.default(&replace/5, sock, gateway, opts)

  @doc """
  Deletes a default route, see `add_default/3` and `delete/5`.
  """
  @spec delete_default(Link.target(), ip() | nil, opts()) :: done()
  def delete_default(sock, gateway, opts \\ []),
    do: Change.default(&delete/5, sock, gateway, opts)

  @doc """
  Deletes the routes that `list/2` gives for the same options, and returns their number.

      {:ok, 3} = Route.flush(sock, protocol: :bgp)
      {:ok, 7} = Route.flush(sock, table: 5000)

  The table is `:main` if not given; routes of other tables stay. Without further filters, the
  routes of addresses are deleted, too. The kernel has no such request: routes that are added
  meanwhile may stay.
  """
  @spec flush(Link.target(), keyword()) :: {:ok, non_neg_integer()} | {:error, error()}
  def flush(sock, opts \\ []), do: Change.flush(sock, opts)

  @doc false
  @spec build(dst(), term(), ip() | nil, atom() | 0..255, opts()) ::
          {:ok, t()} | {:error, input_error()}
  def build(dst, prefix, gateway, scope, opts \\ []),
    do: Change.build(dst, prefix, gateway, scope, opts)

  defimpl Inspect do
    alias Linx.Netlink.Rtnl.Route
    alias Linx.Text

    def inspect(route, opts), do: Text.show(route, opts, fn -> Route.Text.parts(route) end)
  end
end

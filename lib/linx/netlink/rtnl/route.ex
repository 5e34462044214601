defmodule Linx.Netlink.Rtnl.Route do
  @moduledoc """
  A route.

  Kernel side: `struct rtmsg` and the `RTA_*` attributes of
  `include/uapi/linux/rtnetlink.h`.

      {:ok, sock} = Linx.Netlink.Rtnl.open()
      {:ok, routes} = Route.list(sock, table: 254)

      :ok = Route.add(sock, "10.9.0.0", 16, "10.0.0.1", metric: 50)
      :ok = Route.add(sock, "10.8.0.0", 16, nil, dev: "wg0", prefsrc: "10.8.0.1")
      :ok = Route.add(sock, "10.7.0.0", 16, nil, type: :blackhole)
      {:ok, way} = Route.get(sock, "10.9.0.1")

  Reading needs no privilege, everything else `CAP_NET_ADMIN` in the socket's namespace.

  A destination is an address and a prefix length; its host bits have to be zero. A
  gateway is of the destination's family, or `nil` where there is none; one of the other
  family, such as an IPv6 one for IPv4, is the option `:via`. Addresses are strings or
  `Linx.IP`, links names or indices.

  The header holds numbers, for which `type/1`, `scope/1`, `protocol/1` and `flags/1` have
  names, and `target_table/1` knows the table wherever it is. `gateway/1` and `paths/1`
  say where the route leads, however it was written. A default route that the kernel
  reports has `dst: nil`.

  The kernel also reports MPLS routes (`family` 28), whose `dst` is a label in the form of
  an address: `label/1` reads it.

  ## Further options

  Of those verbs that write:

    * `:table` - routing table, 1 to 4294967295; if not given, 255 (`local`) for the types
      `:local`, `:broadcast`, `:anycast` and `:nat`, and else 254 (`main`);
    * `:protocol` - who made the route, 0 to 255 or a name as of `protocol/1`, `:boot` if
      not given;
    * `:metric` - priority, 0 to 4294967295; the lower is preferred. None is 0 for IPv4 and
      1024 for IPv6;
    * `:via` - gateway of either family;
    * `:from` - IPv6 only: source subnet the route is for, such as `"fd00::/64"`;
    * `:metrics` - keyword list, see `Linx.Netlink.Rtnl.Route.Metrics`;
    * `:nexthops` - several ways: a list of keyword lists, see
      `Linx.Netlink.Rtnl.Route.Path`;
    * `:encap` - what to wrap packets in, see `Linx.Netlink.Rtnl.Encap`;
    * `:realms` - IPv4 only: realm of the destination, or `{source, destination}`;
    * `:echo` - `true` to get `{:ok, route}`, as the kernel made it, in place of `:ok`;
    * those of `Linx.Netlink.Request`.

  ## Errors

    * `%Linx.Netlink.Error{}` - the kernel refused; a route that is there already is
      `:eexist`, one that is not `:esrch`, an unknown link `:enodev`;
    * `{:bad_address, text}`, `{:bad_prefix, prefix}`, `{:bad_cidr, text}`;
    * `{:family_mismatch, {destination, gateway}}`;
    * `{:unknown_option, key}`, `{:bad_option, key, value}`;
    * those of `Linx.Netlink.Request`.

  All but the kernel's refusals are found before anything is sent.
  """

  use Linx.Netlink.Codec
  use Linx.Netlink.Options

  import Bitwise

  import Linx.Netlink.Constants,
    only: [nlm_f_append: 0, nlm_f_create: 0, nlm_f_excl: 0, nlm_f_replace: 0]

  alias Linx.{IP, LinkAddress, MAC}
  alias Linx.Netlink.{Batch, Message, Options, Request}
  alias Linx.Netlink.Options.Type
  alias Linx.Netlink.Rtnl.{Encap, Link}

  alias __MODULE__

  alias __MODULE__.{
    Cacheinfo,
    Lookup,
    Metrics,
    MfcStats,
    Mpls,
    Path,
    Query,
    Requests,
    Via
  }

  # NETLINK_ROUTE of include/uapi/linux/netlink.h.
  @netlink_route 0

  @rtm_newroute 24
  @rtm_delroute 25
  @rtm_getroute 26

  # RTN_*.
  @types [
    unspec: 0,
    unicast: 1,
    local: 2,
    broadcast: 3,
    anycast: 4,
    multicast: 5,
    blackhole: 6,
    unreachable: 7,
    prohibit: 8,
    throw: 9,
    nat: 10,
    xresolve: 11
  ]

  # RTPROT_*.
  @protocols Linx.Netlink.Rtnl.Protocol.names()

  # RT_SCOPE_*.
  @scopes [universe: 0, site: 200, link: 253, host: 254, nowhere: 255]

  # RTNH_F_* and RTM_F_*; the two that both have are prefixed as `ip route` does it.
  @flags [
    dead: 0x1,
    pervasive: 0x2,
    onlink: 0x4,
    offload: 0x8,
    linkdown: 0x10,
    unresolved: 0x20,
    trap: 0x40,
    notify: 0x100,
    cloned: 0x200,
    equalize: 0x400,
    prefix: 0x800,
    lookup_table: 0x1000,
    fib_match: 0x2000,
    rt_offload: 0x4000,
    rt_trap: 0x8000,
    offload_failed: 0x20000000
  ]

  # ICMPV6_ROUTER_PREF_* of include/uapi/linux/icmpv6.h.
  @prefs [medium: 0, high: 1, invalid: 2, low: 3]

  @encap_types Encap.__types__()
  @encaps Encap.__table__()

  @af_mpls 28

  codec do
    header do
      field :family, :u8
      field :dst_len, :u8
      field :src_len, :u8
      field :tos, :u8
      field :table, :u8
      field :protocol, :u8
      field :scope, :u8
      field :type, :u8
      field :flags, :u32
    end

    attr 1, :dst, IP
    attr 4, :oif, :u32
    attr 5, :gateway, IP
    attr 6, :priority, :u32
    attr 15, :table_ext, :u32
    attr 2, :src, IP
    attr 7, :prefsrc, IP
    attr 8, :metrics, {:nested, Metrics}
    attr 9, :multipath, {:chain, Path}
    attr 11, :flow, :u32
    attr 12, :cacheinfo, Cacheinfo
    attr 18, :via, :binary
    attr 20, :pref, {:enum, :u8, @prefs}
    attr 23, :expires, :u32, volatile: true
    attr 30, :nh_id, :u32
    group :lookup, Lookup
    attr 17, :mfc_stats, MfcStats
    attr 21, :encap_type, {:enum, :u16, @encap_types}
    attr 22, :encap, {:dispatch, :encap_type, @encaps}
    group :mpls, Mpls
  end

  options(
    dev: {:link, "outgoing link", field: [:oif]},
    oif: {:link, "the same"},
    type: {{:named, 0..11, @types}, "what becomes of packets; unicast if not given"},
    scope: {{:named, 0..255, @scopes}, "how far away it leads; follows from the rest"},
    tos: {0..255, "IPv4 only: TOS byte of the packets it is for"},
    prefsrc: {{:ip, {:prefsrc, :prefsrc}}, "source address to prefer, `src` to `ip route`"},
    onlink: {:bool, "take the gateway to be on the link whatever the addresses say"},
    nh_id: {1..0xFFFFFFFF, "nexthop object that says where the route leads"},
    pref: {{:enum, Keyword.delete(@prefs, :invalid)}, "IPv6 only: preference as a router"},
    expires: {1..0xFFFFFFFF, "IPv6 only: seconds until the route goes"}
  )

  @type ip :: String.t() | IP.t()
  @type dst :: ip()
  @type ref :: Link.ref()
  @type opts :: keyword()
  @type input_error ::
          {:bad_address, String.t()}
          | {:family_mismatch, {IP.family(), IP.family()}}
          | {:bad_prefix, term()}
          | {:bad_cidr, String.t()}
          | {:unknown_option, term()}
          | {:bad_option, atom(), term()}
  @type error :: input_error() | Link.error()

  @typedoc "`:ok`; with `echo: true` the route as it became; in a batch the request."
  @type done :: :ok | {:ok, t() | Message.t()} | {:error, error()}

  # Reading

  @doc """
  The routes of the socket's namespace: every table, every family, unless options choose.

  The kernel filters by

    * `:table` - a number, 1 to 4294967295;
    * `:oif` or `:dev` - a link; routes with several next hops are of each one's link;
    * `:protocol`, `:type` - a number or name;
    * `:family` - `:inet` or `:inet6`, or a number; with any filter above it is both IPv4
      and IPv6 if not given;
    * `:cached` - `true` for the exceptions that the kernel has learned, such as the MTU of
      a path, and not the routes.

  Further options are those of `Linx.Netlink.Request`.

  The kernel has no room for a route of more than 32 KiB, which takes some 2,000 gateways. With
  such a route in it a list is `{:error, %Linx.Netlink.Error{errno: :emsgsize}}`; with a filter
  the kernel leaves the route out and does not say so (seen with Linux 6.18).
  """
  @spec list(Link.target(), keyword()) :: {:ok, [t()]} | {:error, error()}
  def list(sock, opts \\ []),
    do: Query.list(sock, opts, &Request.dump(sock, @rtm_getroute, &1, own(&2)))

  defp own(request), do: [protocol: @netlink_route] ++ request

  @doc """
  The same as `list/2`, lazily and in constant memory.

  Raises `Linx.Netlink.Error` as `Linx.Netlink.Request.stream!/4` does, and `ArgumentError`
  at once for options that `list/2` gives an error for.
  """
  @spec stream!(Link.target(), keyword()) :: Enumerable.t()
  def stream!(sock, opts \\ []),
    do: Query.stream!(sock, opts, &Request.stream!(sock, @rtm_getroute, &1, own(&2)))

  @doc """
  Which route the kernel would use for packets to an address.

      {:ok, way} = Route.get(sock, "10.9.0.1", from: "10.0.0.5", mark: 7)

  Options, besides those of `Linx.Netlink.Rtnl.Route.Lookup` and of
  `Linx.Netlink.Request`:

    * `:from` - source address;
    * `:oif` or `:dev` - link that the packets have to leave by;
    * `:tos` - TOS byte;
    * `:fib_match` - `true` for the route itself as it was added, in place of what it comes
      to for this address.

  `{:error, %Linx.Netlink.Error{errno: :enetunreach}}` where there is none.
  """
  @spec get(Link.target(), ip(), keyword()) :: {:ok, t()} | {:error, error()}
  def get(sock, ip, opts \\ []) do
    with {:ok, request, opts} <- Options.split(opts, :get, @netlink_route),
         {:ok, draft} <- Route.Options.cast_lookup(ip, opts),
         {:ok, query} <- Route.Options.resolve(draft, sock, request) do
      Request.fetch(sock, @rtm_getroute, query, request)
    end
  end

  @doc """
  The table the route is in, which the header has no room for if it is beyond 255.

      iex> Linx.Netlink.Rtnl.Route.target_table(%Linx.Netlink.Rtnl.Route{table: 0, table_ext: 5000})
      5000
  """
  @spec target_table(t()) :: non_neg_integer()
  def target_table(%__MODULE__{table_ext: table}) when is_integer(table) and table > 0, do: table
  def target_table(%__MODULE__{table: table}), do: table

  @doc """
  What becomes of packets, by name.

      iex> Linx.Netlink.Rtnl.Route.type(%Linx.Netlink.Rtnl.Route{type: 6})
      :blackhole

  One of `:unspec`, `:unicast`, `:local`, `:broadcast`, `:anycast`, `:multicast`,
  `:blackhole`, `:unreachable`, `:prohibit`, `:throw`, `:nat`, `:xresolve`, or a number.
  """
  @spec type(t()) :: atom() | non_neg_integer()
  def type(%__MODULE__{type: type}), do: name(@types, type)

  @doc """
  Who made the route, by name.

      iex> Linx.Netlink.Rtnl.Route.protocol(%Linx.Netlink.Rtnl.Route{protocol: 186})
      :bgp

  One of `:unspec`, `:redirect`, `:kernel`, `:boot`, `:static`, `:gated`, `:ra`, `:mrt`,
  `:zebra`, `:bird`, `:dnrouted`, `:xorp`, `:ntk`, `:dhcp`, `:mrouted`, `:keepalived`,
  `:babel`, `:ovn`, `:openr`, `:bgp`, `:isis`, `:ospf`, `:rip`, `:eigrp`, or a number.
  """
  @spec protocol(t()) :: atom() | non_neg_integer()
  def protocol(%__MODULE__{protocol: protocol}), do: name(@protocols, protocol)

  @doc """
  How far away the route leads, by name.

      iex> Linx.Netlink.Rtnl.Route.scope(%Linx.Netlink.Rtnl.Route{scope: 253})
      :link

  One of `:universe`, `:site`, `:link`, `:host`, `:nowhere`, or a number.
  """
  @spec scope(t()) :: atom() | non_neg_integer()
  def scope(%__MODULE__{scope: scope}), do: name(@scopes, scope)

  @doc """
  The flags of the route, and of its next hop if it has only one, by name.

      iex> Linx.Netlink.Rtnl.Route.flags(%Linx.Netlink.Rtnl.Route{flags: 0x4004})
      [:onlink, :rt_offload]
  """
  @spec flags(t()) :: [atom()]
  def flags(%__MODULE__{flags: flags}),
    do: for({name, bit} <- @flags, band(flags || 0, bit) != 0, do: name)

  @doc """
  The gateway, of whichever family; of an MPLS route perhaps a hardware address.

  `nil` for a route without one, and for one with several next hops.
  """
  @spec gateway(t()) :: IP.t() | MAC.t() | LinkAddress.t() | nil
  def gateway(%__MODULE__{gateway: nil, via: via}), do: Via.decode(via)
  def gateway(%__MODULE__{gateway: gateway}), do: gateway

  @doc """
  The ways that the route leads: one, several, or none if packets go no further.
  """
  @spec paths(t()) :: [Path.t()]
  def paths(%__MODULE__{multipath: [_ | _] = hops}), do: hops
  def paths(%__MODULE__{oif: nil, gateway: nil, via: nil}), do: []

  def paths(%__MODULE__{} = route) do
    # The low byte is of the next hop.
    flags = for {name, bit} <- Path.__flags__(), band(route.flags || 0, bit) != 0, do: name

    [
      %Path{
        flags: flags,
        ifindex: route.oif || 0,
        gateway: route.gateway,
        via: route.via,
        flow: route.flow,
        encap_type: route.encap_type,
        encap: route.encap,
        mpls: route.mpls
      }
    ]
  end

  @doc """
  The label that an MPLS route is for; `nil` for any other route.
  """
  @spec label(t()) :: 0..0xFFFFF | nil
  def label(%__MODULE__{family: @af_mpls, dst: %IP{bytes: <<label::20, _::12>>}}), do: label
  def label(%__MODULE__{}), do: nil

  defp name(names, number) do
    case List.keyfind(names, number, 1) do
      {name, _} -> name
      nil -> number
    end
  end

  @doc false
  @spec __types__() :: keyword(0..11)
  def __types__, do: @types

  @doc false
  @spec __protocols__() :: keyword(0..255)
  def __protocols__, do: @protocols

  @doc false
  @spec __scopes__() :: keyword(0..255)
  def __scopes__, do: @scopes

  # Writing

  @doc """
  Adds a route; `:eexist` if there is one with the same destination, table and metric.

      :ok = Route.add(sock, "10.9.0.0", 16, "10.0.0.1", table: 5000, protocol: :static)
      :ok = Route.add(sock, "10.8.0.0", 16, nil, via: "fe80::1", dev: "eth0")
      {:ok, route} = Route.add(sock, "fd09::", 64, nil, dev: "eth0", echo: true)

  `add/2`, `replace/2` and `delete/2` take a whole route instead, such as one of `list/2`.
  """
  @spec add(Link.target(), dst(), 0..128, ip() | nil, opts()) :: done()
  def add(sock, dst, prefix, gateway, opts \\ []),
    do: write(sock, nlm_f_create() ||| nlm_f_excl(), dst, prefix, gateway, opts)

  @doc """
  Adds a route that is given whole, such as one of `list/2`.

      :ok = Route.delete(sock, route)
      :ok = Route.add(sock, route)

  What only the kernel can say of it is left out. Options are `:echo` and those of
  `Linx.Netlink.Request`.
  """
  @spec add(Link.target(), t(), keyword()) :: done()
  def add(sock, %__MODULE__{} = route, opts \\ []),
    do: write_whole(sock, nlm_f_create() ||| nlm_f_excl(), route, opts)

  @doc """
  Adds a route, or puts it in the place of one with the same destination, table and metric.

  With `echo: true`, `{:error, :no_reply}` says that the very same IPv4 route was there.
  """
  @spec replace(Link.target(), dst(), 0..128, ip() | nil, opts()) :: done()
  def replace(sock, dst, prefix, gateway, opts \\ []),
    do: write(sock, nlm_f_create() ||| nlm_f_replace(), dst, prefix, gateway, opts)

  @doc """
  Adds or replaces a route that is given whole; see `add/3` and `replace/5`.
  """
  @spec replace(Link.target(), t(), keyword()) :: done()
  def replace(sock, %__MODULE__{} = route, opts \\ []),
    do: write_whole(sock, nlm_f_create() ||| nlm_f_replace(), route, opts)

  @doc """
  Adds a route behind those with the same destination, table and metric.

  IPv6 makes one route with several next hops of them.
  """
  @spec append(Link.target(), dst(), 0..128, ip() | nil, opts()) :: done()
  def append(sock, dst, prefix, gateway, opts \\ []),
    do: write(sock, nlm_f_create() ||| nlm_f_append(), dst, prefix, gateway, opts)

  @doc """
  Puts a route in the place of one with the same destination, table and metric, which has
  to be there: otherwise `:enoent`.
  """
  @spec change(Link.target(), dst(), 0..128, ip() | nil, opts()) :: done()
  def change(sock, dst, prefix, gateway, opts \\ []),
    do: write(sock, nlm_f_replace(), dst, prefix, gateway, opts)

  @doc """
  Deletes a route: the first with this destination that has all that is given.

      :ok = Route.delete(sock, "10.9.0.0", 16, nil)
      :ok = Route.delete(sock, "10.9.0.0", 16, "10.0.0.1", table: 5000, protocol: :static)

  The table is that of `add/5` if not given. `:esrch` if there is no such route.

  IPv6 only looks at destination, `:from`, `:table`, `:metric`, `:protocol` and where the route
  leads: it takes one of another `:type` or `:prefsrc`.
  """
  @spec delete(Link.target(), dst(), 0..128, ip() | nil, opts()) :: done()
  def delete(sock, dst, prefix, gateway, opts \\ []) do
    with {:ok, request, opts} <- Options.split(opts, :set, @netlink_route),
         {:ok, draft} <- Route.Options.cast(dst, prefix, gateway, opts, :delete),
         {:ok, route} <- Route.Options.resolve(draft, sock, request) do
      Request.run(sock, @rtm_delroute, 0, route, request)
    end
  end

  @doc """
  Deletes a route of `list/2`, and no other that differs in what the kernel compares: destination,
  table, metric, protocol, source subnet and where it leads, of IPv4 type, scope, TOS, preferred
  source, metrics and realms. Takes the option `:timeout`.

  There is no request for some routes that were appended to others with the same destination, TOS
  and metric. IPv4 takes a route by the first of several ways for one by all of them, and one over
  a nexthop object for one that refuses packets and is of the same type; IPv6 takes a route over a
  nexthop object for any of the same protocol.
  """
  @spec delete(Link.target(), t(), keyword()) :: done()
  def delete(sock, %__MODULE__{} = route, opts \\ []) do
    with {:ok, request, %{}} <- Options.read(opts, :set, @netlink_route, []),
         do: Request.run(sock, @rtm_delroute, 0, Requests.delete(route), request)
  end

  @doc """
  Adds a default route, `0.0.0.0/0` or `::/0` by the gateway's family.

      :ok = Route.add_default(sock, "10.0.0.1", metric: 100)
      :ok = Route.add_default(sock, nil, dev: "wg0", family: :inet6)

  Without gateway the family is that of the option `:family`, `:inet` if not given; with one,
  `:family` has to be that of the gateway.
  """
  @spec add_default(Link.target(), ip() | nil, opts()) :: done()
  def add_default(sock, gateway, opts \\ []) do
    with :ok <- Options.keyword(opts),
         {:ok, dst, opts} <- default(gateway, opts),
         do: add(sock, dst, 0, gateway, opts)
  end

  @doc """
  Deletes a default route, see `add_default/3` and `delete/5`.
  """
  @spec delete_default(Link.target(), ip() | nil, opts()) :: done()
  def delete_default(sock, gateway, opts \\ []) do
    with :ok <- Options.keyword(opts),
         {:ok, dst, opts} <- default(gateway, opts),
         do: delete(sock, dst, 0, gateway, opts)
  end

  @doc """
  Deletes the routes that `list/2` gives for the same options, and says how many.

      {:ok, 3} = Route.flush(sock, protocol: :bgp)
      {:ok, 7} = Route.flush(sock, table: 5000)

  The table is 254 (`main`) if not given; no route of another one is touched. Without
  further options, those that belong to addresses go as well. The kernel has no such
  request: routes that come meanwhile may stay, and the count is of those deleted.
  """
  @spec flush(Link.target(), keyword()) :: {:ok, non_neg_integer()} | {:error, error()}
  def flush(sock, opts \\ []) do
    with :ok <- Options.keyword(opts),
         {:ok, routes} <- list(sock, Keyword.put_new(opts, :table, 254)),
         request = Keyword.take(opts, [:timeout]),
         {:ok, results} <- Batch.run(sock, &deletions(&1, routes), request) do
      Query.count(results)
    end
  end

  defp deletions(batch, routes) do
    Enum.map(routes, &Request.run(batch, @rtm_delroute, 0, Requests.delete(&1)))
  end

  defp write(sock, flags, dst, prefix, gateway, opts) do
    with {:ok, request, opts} <- Options.split(opts, :add, @netlink_route),
         {:ok, draft} <- Route.Options.cast(dst, prefix, gateway, opts, :write),
         {:ok, route} <- Route.Options.resolve(draft, sock, request) do
      Request.run(sock, @rtm_newroute, flags, route, request)
    end
  end

  defp write_whole(sock, flags, route, opts) do
    with {:ok, request, %{}} <- Options.read(opts, :add, @netlink_route, []),
         do: Request.run(sock, @rtm_newroute, flags, Requests.create(route), request)
  end

  # The route as the writing verbs would send it. Pure: a link has to be an index.
  @doc false
  @spec build(dst(), term(), ip() | nil, atom() | 0..255, opts()) ::
          {:ok, t()} | {:error, input_error()}
  def build(dst, prefix, gateway, scope, opts \\ []) do
    with :ok <- Options.keyword(opts),
         {:ok, draft} <- Route.Options.cast(dst, prefix, gateway, opts ++ [scope: scope], :write),
         do: Route.Options.without_names(draft)
  end

  defp default(nil, opts) do
    case Keyword.pop(opts, :family, :inet) do
      {:inet, opts} -> {:ok, "0.0.0.0", opts}
      {:inet6, opts} -> {:ok, "::", opts}
      {family, _opts} -> {:error, {:bad_option, :family, family}}
    end
  end

  defp default(%IP{family: :inet}, opts), do: {:ok, "0.0.0.0", opts}
  defp default(%IP{family: :inet6}, opts), do: {:ok, "::", opts}

  defp default(gateway, opts),
    do: with({:ok, ip} <- Type.ip(gateway), do: default(ip, opts))

  defimpl Inspect do
    alias Linx.Netlink.Rtnl.Route
    alias Linx.Netlink.Rtnl.Route.Via
    alias Linx.Text

    @main 254
    @boot 3

    def inspect(route, opts) do
      Text.show(route, opts, fn ->
        table = Route.target_table(route)

        [
          destination(route),
          Text.part("via ", route.gateway || Via.decode(route.via)),
          Text.part("oif=", route.oif),
          table != @main && "table=#{Text.field(table)}",
          Text.part("metric=", route.priority),
          route.protocol != @boot && "proto=#{Text.field(route.protocol)}",
          Text.part("nexthops=", route.multipath && length(route.multipath)),
          Text.part("nhid=", route.nh_id),
          refusal(Route.type(route))
        ]
      end)
    end

    defp destination(%{dst: nil, dst_len: 0}), do: "default"
    defp destination(%{dst: nil}), do: "?"

    defp destination(%{dst: dst, dst_len: length} = route) do
      if label = Route.label(route),
        do: "label #{Text.field(label)}",
        else: "#{Text.field(dst)}/#{Text.field(length)}"
    end

    # Without it, such a route would look as if it led somewhere.
    defp refusal(type) when type in [:blackhole, :unreachable, :prohibit, :throw],
      do: "type=#{type}"

    defp refusal(_type), do: nil
  end
end

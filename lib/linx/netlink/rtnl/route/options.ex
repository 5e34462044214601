defmodule Linx.Netlink.Rtnl.Route.Options do
  @moduledoc """
  Options of the verbs that write routes: `Linx.Netlink.Rtnl.Route.add/5`, `replace/5`, `append/5`,
  `change/5` and `delete/5`.

      Route.add(sock, "10.9.0.0/16", "10.0.0.1", metric: 50, metrics: [mtu: 1400])
      Route.add(sock, "10.8.0.0/16", nil, nexthops: [[gateway: "10.0.0.1"], [dev: "wg0"]])

  Beside those of the table below:

    * `:via` - gateway of either family, in place of the argument;
    * `:from` - IPv6 only: source subnet of packets, such as `"fd00::/64"`;
    * `:metrics` - keyword list, see `Linx.Netlink.Rtnl.Route.Metrics`;
    * `:nexthops` - paths of a multipath route: a list of keyword lists, see
      `Linx.Netlink.Rtnl.Route.Path`;
    * `:encap` - encapsulation of packets, see `Linx.Netlink.Rtnl.Encap`;
    * `:realms` - IPv4 only: destination realm, or `{source, destination}`;
    * `:family` - `:inet` or `:inet6`; has to be that of the destination;
    * `:echo` - not of `delete/5`: `true` to get `{:ok, route}`, as the kernel made it, in place of
      `:ok`;
    * `:timeout` - that of `Linx.Netlink.Request`.
  """

  use Linx.Netlink.Options

  alias Linx.IP
  alias Linx.IP.Subnet
  alias Linx.Netlink.Options
  alias Linx.Netlink.Options.Type
  alias Linx.Netlink.Rtnl.{Encap, Link, Names, Protocol, Realms, Ref, Route}
  alias Linx.Netlink.Rtnl.Route.{Metrics, Path, Via}

  @type verb :: :write | :delete

  @families %{inet: 2, inet6: 10}
  @inet6 10
  # RT_TABLE_*, RTPROT_BOOT and RTN_*.
  @main 254
  @local_table 255
  @boot 3
  @unicast 1
  @local 2
  @broadcast 3
  @anycast 4
  @multicast 5
  @nat 10
  # RT_SCOPE_*.
  @universe 0
  @link 253
  @host 254
  @nowhere 255
  # RTNH_F_ONLINK.
  @onlink 0x4

  @u32 0..0xFFFFFFFF

  options(
    table:
      {{:named, 1..0xFFFFFFFF, Names.tables()},
       "routing table; if not given, `:local` for the types `:local`, `:broadcast`, `:anycast` and " <>
         "`:nat`, and else `:main`"},
    protocol: {{:named, 0..255, Protocol.names()}, "origin of the route, `:boot` if not given"},
    metric:
      {@u32,
       "priority, of which the lowest is preferred; if not given, 0 for IPv4 and 1024 for IPv6",
       field: [:priority]},
    dev: {:link, "outgoing link", field: [:oif]},
    oif: {:link, "outgoing link"},
    type: {{:named, 0..11, Route.Names.types()}, "type, `:unicast` if not given"},
    scope:
      {{:named, 0..255, Names.scopes()},
       "distance to the destination; if not given, as `ip route` derives it from type and gateway"},
    tos: {0..255, "IPv4 only: TOS byte of packets"},
    prefsrc: {{:ip, {:prefsrc, :prefsrc}}, "preferred source address, `src` of `ip route`"},
    onlink: {:bool, "the gateway is on the link, whatever the addresses of the link are"},
    nh_id: {1..0xFFFFFFFF, "id of a nexthop object, in place of gateway and link"},
    pref:
      {{:enum, Keyword.delete(Route.Names.prefs(), :invalid)}, "IPv6 only: router preference"},
    expires: {1..0xFFFFFFFF, "IPv6 only: lifetime of the route, s"}
  )

  # Options that are not in the table.
  @special [:family, :from, :via, :realms, :metrics, :encap, :nexthops]

  @doc false
  @spec cast(Route.dst(), term(), Route.ip() | nil, keyword(), verb()) ::
          {:ok, Ref.draft(Route.t())} | {:error, Route.input_error()}
  def cast(dst, prefix, gateway, opts, verb) do
    with :ok <- Options.keyword(opts),
         {:ok, dst, prefix} <- destination(dst, prefix),
         {:ok, gateway} <- address(gateway),
         :ok <- same_family(dst, gateway),
         :ok <- prefix(dst, prefix),
         {special, opts} = Options.split_keys(opts, @special),
         {:ok, assigns} <- Options.parse(__options__(), in_order(opts), :create),
         {fields, refs} = Ref.split(assigns),
         {:ok, special, path_refs} <- special(special, gateway, dst),
         :ok <- prefsrc(fields, dst, opts) do
      family = Map.fetch!(@families, dst.family)
      route = Map.merge(%Route{family: family, dst: dst, dst_len: prefix}, special)
      {:ok, {fill(route, fields, verb), refs ++ path_refs}}
    end
  end

  # Fields of the options that are not in the table, and of the gateway.
  defp special([], nil, _dst), do: {:ok, %{}, []}
  defp special([], gateway, _dst), do: {:ok, %{gateway: gateway}, []}

  defp special(opts, gateway, dst) do
    with :ok <- family(opts, dst),
         {:ok, source} <- source(opts[:from], dst),
         {:ok, gateway} <- Via.cast(gateway, opts[:via], dst),
         {:ok, realms} <- Realms.cast(opts[:realms]),
         {:ok, metrics} <- metrics(opts[:metrics]),
         {:ok, {encap_type, encap}} <- Encap.cast(opts),
         {:ok, multipath, refs} <- Path.Options.cast(opts[:nexthops], dst) do
      fields = %{
        flow: realms,
        metrics: metrics,
        encap_type: encap_type,
        encap: encap,
        multipath: multipath
      }

      {:ok, fields |> Map.merge(source) |> Map.merge(gateway), refs}
    end
  end

  @doc false
  @spec resolve(Ref.draft(Route.t()), Link.target(), keyword()) ::
          {:ok, Route.t()} | {:error, Link.error()}
  defdelegate resolve(draft, sock, request), to: Ref

  # A draft whose links are given by index.
  @doc false
  @spec without_names(Ref.draft(Route.t())) ::
          {:ok, Route.t()} | {:error, {:bad_option, :dev, String.t()}}
  def without_names({route, refs}) do
    Ref.put(route, refs, fn ref ->
      if is_integer(ref), do: {:ok, ref}, else: {:error, {:bad_option, :dev, ref}}
    end)
  end

  # `0.0.0.0` or `::`, by the family of the gateway or the option `:family`.
  @doc false
  @spec default_destination(Route.ip() | nil, keyword()) ::
          {:ok, IP.t(), keyword()} | {:error, Route.input_error()}
  def default_destination(gateway, opts) do
    with :ok <- Options.keyword(opts),
         {:ok, gateway} <- address(gateway) do
      {family, rest} = Keyword.pop(opts, :family, :inet)

      cond do
        gateway != nil -> {:ok, unspecified(gateway.family), opts}
        is_map_key(@families, family) -> {:ok, unspecified(family), rest}
        true -> {:error, {:bad_option, :family, family}}
      end
    end
  end

  defp unspecified(:inet), do: %IP{family: :inet, bytes: <<0::32>>}
  defp unspecified(:inet6), do: %IP{family: :inet6, bytes: <<0::128>>}

  # The header byte holds tables up to 255.
  @doc false
  @spec put_table(struct(), non_neg_integer()) :: struct()
  def put_table(route, table) when table <= 255, do: %{route | table: table}
  def put_table(route, table), do: %{route | table: 0, table_ext: table}

  defp table(table) when table <= 255, do: {table, nil}
  defp table(table), do: {0, table}

  # Arguments

  # An address and the length of its prefix, given apart or as one value.
  defp destination(subnet, :subnet) do
    with {:ok, %Subnet{address: ip, prefix: prefix}} <- Subnet.cast(subnet),
         do: {:ok, ip, prefix}
  end

  defp destination(dst, prefix), do: with({:ok, ip} <- Type.ip(dst), do: {:ok, ip, prefix})

  defp address(nil), do: {:ok, nil}
  defp address(ip), do: Type.ip(ip)

  defp same_family(%{family: family}, %{family: other}) when family != other,
    do: {:error, {:family_mismatch, {family, other}}}

  defp same_family(_dst, _gateway), do: :ok

  defp prefix(dst, prefix) do
    if is_integer(prefix) and prefix in 0..bit_size(dst.bytes),
      do: :ok,
      else: {:error, {:bad_prefix, prefix}}
  end

  # Options

  # Table, protocol and metric are checked before the others.
  @first [:table, :protocol, :metric]

  defp in_order(opts) do
    case Options.split_keys(opts, @first) do
      {[], opts} ->
        opts

      {[one], others} ->
        [one | others]

      {several, others} ->
        Enum.sort_by(several, fn {key, _value} -> Enum.find_index(@first, &(&1 == key)) end) ++
          others
    end
  end

  defp family(opts, dst) do
    case Keyword.get(opts, :family, dst.family) do
      family when family == dst.family -> :ok
      other -> {:error, {:bad_option, :family, other}}
    end
  end

  defp source(nil, _dst), do: {:ok, %{}}

  defp source(given, %{family: family}) do
    case Subnet.cast(given) do
      {:ok, %Subnet{address: %{family: ^family} = ip, prefix: length}} ->
        {:ok, %{src: ip, src_len: length}}

      {:error, _reason} when is_binary(given) ->
        if String.contains?(given, "/"),
          do: {:error, {:bad_cidr, given}},
          else: {:error, {:bad_address, given}}

      _ ->
        {:error, {:bad_option, :from, given}}
    end
  end

  defp prefsrc(%{prefsrc: %{family: other}}, %{family: family}, opts) when other != family,
    do: {:error, {:bad_option, :prefsrc, opts[:prefsrc]}}

  defp prefsrc(_fields, _dst, _opts), do: :ok

  defp metrics(nil), do: {:ok, nil}
  defp metrics(%Metrics{} = metrics), do: {:ok, metrics}

  defp metrics(opts) when is_list(opts) do
    with {:ok, assigns} <- Options.parse(Metrics.__options__(), opts, :create) do
      {fields, []} = Ref.split(assigns)
      {:ok, struct!(Metrics, fields)}
    end
  end

  defp metrics(other), do: {:error, {:bad_option, :metrics, other}}

  # Fields that are not given

  defp fill(route, fields, verb) do
    {table, table_ext} = table(Map.get_lazy(fields, :table, fn -> default_table(fields) end))
    flags = if is_map_key(fields, :onlink) and fields.onlink == 1, do: @onlink, else: 0
    fields = Map.drop(fields, [:onlink, :table])
    protocol = if verb == :delete, do: 0, else: @boot
    type = default_type(route, verb)

    %{route | protocol: protocol, type: type, flags: flags, table: table, table_ext: table_ext}
    |> Map.merge(fields)
    |> put_scope(fields, verb)
  end

  # The table of a type, as `iproute_modify` of ip/iproute.c has it.
  defp default_table(%{type: type}) when type in [@local, @broadcast, @anycast, @nat],
    do: @local_table

  defp default_table(_fields), do: @main

  # A deletion by destination matches routes of any type.
  defp default_type(%{gateway: nil}, :delete), do: 0
  defp default_type(_route, _verb), do: @unicast

  defp put_scope(route, %{scope: _}, _verb), do: route
  defp put_scope(route, _fields, :delete), do: %{route | scope: @nowhere}
  defp put_scope(%{family: @inet6} = route, _fields, _verb), do: %{route | scope: @universe}
  defp put_scope(route, _fields, _verb), do: %{route | scope: scope(route)}

  # The scopes that `ip route` gives to IPv4 routes.
  defp scope(%{type: type}) when type in [@local, @nat], do: @host
  defp scope(%{type: type}) when type in [@broadcast, @anycast, @multicast], do: @link
  defp scope(%{type: @unicast, gateway: nil, via: nil, multipath: nil, nh_id: nil}), do: @link
  defp scope(_route), do: @universe
end

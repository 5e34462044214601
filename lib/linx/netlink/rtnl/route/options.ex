defmodule Linx.Netlink.Rtnl.Route.Options do
  @moduledoc false
  # A route as a caller wants it, on its way to a message: first everything is checked,
  # then the links it names are looked up.

  import Bitwise

  alias Linx.IP
  alias Linx.IP.Subnet
  alias Linx.Netlink.Rtnl.{Encap, Link, Route}
  alias Linx.Netlink.Options
  alias Linx.Netlink.Options.Type
  alias Linx.Netlink.Rtnl.Route.{Lookup, Metrics, Path, Via}

  # The route without its links; by the field they are for, those links.
  @type t :: {Route.t(), [{:oif | :iif | {:hop, non_neg_integer()}, Link.ref()}]}
  @type verb :: :write | :delete

  @inet 2
  @inet6 10
  # RT_TABLE_*, RTPROT_* and RTN_*.
  @main 254
  @local_table 255
  @boot 3
  @unicast 1
  @local 2
  @broadcast 3
  @anycast 4
  @nat 10
  # RT_SCOPE_*.
  @universe 0
  @link 253
  @host 254
  @nowhere 255
  # RTNH_F_ONLINK.
  @onlink 0x4

  # Options that no table describes.
  @special [
    :table,
    :protocol,
    :metric,
    :family,
    :from,
    :via,
    :realms,
    :metrics,
    :encap,
    :nexthops
  ]

  @spec cast(Route.dst(), term(), Route.ip() | nil, keyword(), verb()) ::
          {:ok, t()} | {:error, Route.input_error()}
  def cast(dst, prefix, gateway, opts, verb) do
    with :ok <- Options.keyword(opts),
         {:ok, dst} <- Type.ip(dst),
         {:ok, gateway} <- address(gateway),
         :ok <- same_family(dst, gateway),
         :ok <- prefix(dst, prefix),
         {:ok, table} <- number(opts, :table, 1..0xFFFFFFFF, []),
         {:ok, protocol} <- number(opts, :protocol, 0..255, Route.__protocols__()),
         {:ok, metric} <- number(opts, :metric, 0..0xFFFFFFFF, []),
         :ok <- own_family(opts, dst),
         {:ok, assigns} <- parse(opts),
         {:ok, from} <- from(opts[:from], dst),
         {:ok, via} <- via(opts, gateway),
         {:ok, realms} <- realms(opts[:realms]),
         {:ok, metrics} <- metrics(opts[:metrics]),
         {:ok, {encap_type, encap}} <- encap(opts),
         {:ok, hops} <- hops(opts[:nexthops], dst),
         {fields, links} = split(assigns),
         :ok <- prefsrc(fields, dst, opts) do
      {gateway, via} = gateway(dst, gateway, via)
      {onlink, fields} = Map.pop(fields, :onlink, 0)

      route = %Route{
        family: family(dst),
        dst_len: prefix,
        protocol: protocol || default(verb, @boot, 0),
        dst: dst,
        gateway: gateway,
        via: via,
        priority: metric,
        flow: realms,
        metrics: metrics,
        encap_type: encap_type,
        encap: encap,
        multipath: hops && Enum.map(hops, &elem(&1, 0)),
        flags: if(onlink == 1, do: @onlink, else: 0)
      }

      route =
        route
        |> table(table || default_table(fields))
        |> source(from)
        |> type(gateway, verb)
        |> Map.merge(fields)

      links = links ++ for({{_, ref}, at} <- Enum.with_index(hops || []), do: {{:hop, at}, ref})
      {:ok, {scope(route, fields, verb), for({_, ref} = link <- links, ref != nil, do: link)}}
    end
  end

  # What the kernel is asked about an address.
  @spec cast_lookup(Route.ip(), keyword()) :: {:ok, t()} | {:error, Route.input_error()}
  def cast_lookup(ip, opts) do
    {own, opts} = Keyword.split(opts, [:from, :dev, :oif, :tos, :fib_match])
    table = [dev: {:link, "", field: [:oif]}, oif: {:link, ""}, tos: {0..255, ""}]
    {from, own} = Keyword.pop(own, :from)
    {fib_match, own} = Keyword.pop(own, :fib_match, false)

    with {:ok, ip} <- Type.ip(ip),
         {:ok, from} <- from_host(from, ip),
         {:ok, flags} <- lookup_flags(fib_match),
         {:ok, own} <- Options.parse(table, own, :create),
         {:ok, assigns} <- Options.parse(Lookup.__options__(), opts, :create) do
      {fields, links} = split(own)
      {lookup, more} = split(assigns)
      width = width(ip)

      route =
        Map.merge(
          %Route{
            family: family(ip),
            dst: ip,
            dst_len: width,
            src: from,
            src_len: if(from, do: width, else: 0),
            flags: flags,
            lookup: struct!(Lookup, lookup)
          },
          fields
        )

      {:ok, {route, links ++ more}}
    end
  end

  # RTM_F_LOOKUP_TABLE, so that the answer has the route's table, and RTM_F_FIB_MATCH.
  defp lookup_flags(false), do: {:ok, 0x1000}
  defp lookup_flags(true), do: {:ok, 0x3000}
  defp lookup_flags(other), do: {:error, {:bad_option, :fib_match, other}}

  # A draft whose links are all indices.
  @spec without_names(t()) :: {:ok, Route.t()} | {:error, {:bad_option, :dev, String.t()}}
  def without_names({route, links}) do
    case Enum.find(links, fn {_, ref} -> is_binary(ref) end) do
      nil -> {:ok, Enum.reduce(links, route, fn {at, index}, route -> put(route, at, index) end)}
      {_, name} -> {:error, {:bad_option, :dev, name}}
    end
  end

  @spec resolve(t(), Link.target(), keyword()) :: {:ok, Route.t()} | {:error, Link.error()}
  def resolve({route, links}, sock, request) do
    Enum.reduce_while(links, {:ok, route}, fn {at, ref}, {:ok, route} ->
      case Link.index(sock, ref, request) do
        {:ok, index} -> {:cont, {:ok, put(route, at, index)}}
        {:error, reason} -> {:halt, {:error, reason}}
      end
    end)
  end

  defp put(route, :oif, index), do: %{route | oif: index}
  defp put(route, :iif, index), do: %{route | lookup: %{route.lookup | iif: index}}

  defp put(route, {:hop, at}, index),
    do: %{route | multipath: List.update_at(route.multipath, at, &%{&1 | ifindex: index})}

  # Arguments

  defp address(nil), do: {:ok, nil}
  defp address(ip), do: Type.ip(ip)

  defp same_family(%{family: family}, %{family: other}) when family != other,
    do: {:error, {:family_mismatch, {family, other}}}

  defp same_family(_dst, _gateway), do: :ok

  defp prefix(dst, prefix) do
    if is_integer(prefix) and prefix in 0..width(dst),
      do: :ok,
      else: {:error, {:bad_prefix, prefix}}
  end

  @doc false
  def width(%IP{family: :inet}), do: 32
  def width(%IP{family: :inet6}), do: 128

  defp family(%IP{family: :inet}), do: @inet
  defp family(%IP{family: :inet6}), do: @inet6

  # Options

  # A number or its name; `nil` if not given.
  @spec number(keyword(), atom(), Range.t(), keyword()) ::
          {:ok, integer() | nil} | {:error, {:bad_option, atom(), term()}}
  defp number(opts, key, range, names) do
    case Keyword.fetch(opts, key) do
      :error ->
        {:ok, nil}

      {:ok, given} ->
        Type.check({:named, range, names}, key, given)
    end
  end

  # The family is that of the destination, whether it is given or not.
  defp own_family(opts, dst) do
    case Keyword.get(opts, :family, dst.family) do
      family when family == dst.family -> :ok
      other -> {:error, {:bad_option, :family, other}}
    end
  end

  defp parse(opts),
    do: Options.parse(Route.__options__(), Keyword.drop(opts, @special), :create)

  # Fields to set, and links to look up.
  defp split(assigns) do
    {links, fields} = Enum.split_with(assigns, &match?({_, {:link, _, _}}, &1))
    fields = Map.new(fields, fn {[field], value} -> {field, value} end)
    {fields, for({[field], {:link, _key, ref}} <- links, do: {field, ref})}
  end

  defp from(nil, _dst), do: {:ok, nil}
  defp from(%Subnet{} = subnet, dst), do: from_family(subnet, subnet, dst)

  defp from(%IP{} = ip, dst),
    do: from_family(%Subnet{address: ip, prefix: width(ip)}, ip, dst)

  defp from(text, dst) when is_binary(text) do
    if String.contains?(text, "/") do
      case Subnet.parse(text) do
        {:ok, subnet} -> from(subnet, dst)
        {:error, _} -> {:error, {:bad_cidr, text}}
      end
    else
      with {:ok, ip} <- IP.parse(text), do: from(ip, dst)
    end
  end

  defp from(other, _dst), do: {:error, {:bad_option, :from, other}}

  defp from_family(%{address: %{family: family}} = subnet, _given, %{family: family}),
    do: {:ok, subnet}

  defp from_family(_subnet, given, _dst), do: {:error, {:bad_option, :from, given}}

  defp from_host(nil, _ip), do: {:ok, nil}

  defp from_host(given, %{family: family}) when is_binary(given) or is_struct(given, IP) do
    with {:ok, from} <- address(given) do
      if from.family == family, do: {:ok, from}, else: {:error, {:bad_option, :from, given}}
    end
  end

  defp from_host(other, _ip), do: {:error, {:bad_option, :from, other}}

  defp via(opts, gateway) do
    case opts[:via] do
      nil -> {:ok, nil}
      via when gateway != nil -> {:error, {:bad_option, :via, via}}
      via when is_binary(via) or is_struct(via, IP) -> address(via)
      other -> {:error, {:bad_option, :via, other}}
    end
  end

  defp gateway(_dst, gateway, nil), do: {gateway, nil}
  defp gateway(%{family: family}, nil, %{family: family} = via), do: {via, nil}
  defp gateway(_dst, nil, via), do: {nil, Via.encode(via)}

  defp prefsrc(%{prefsrc: %{family: other}}, %{family: family}, opts) when other != family,
    do: {:error, {:bad_option, :prefsrc, opts[:prefsrc]}}

  defp prefsrc(_fields, _dst, _opts), do: :ok

  defp realms(nil), do: {:ok, nil}
  defp realms(to) when is_integer(to) and to in 0..0xFFFFFFFF, do: {:ok, to}

  defp realms({from, to}) when from in 0..0xFFFF and to in 0..0xFFFF,
    do: {:ok, from <<< 16 ||| to}

  defp realms(other), do: {:error, {:bad_option, :realms, other}}

  defp metrics(nil), do: {:ok, nil}
  defp metrics(%Metrics{} = metrics), do: {:ok, metrics}

  defp metrics(opts) when is_list(opts) do
    with {:ok, assigns} <- Options.parse(Metrics.__options__(), opts, :create) do
      {fields, []} = split(assigns)
      {:ok, struct!(Metrics, fields)}
    end
  end

  defp metrics(other), do: {:error, {:bad_option, :metrics, other}}

  defp encap(opts) do
    case Keyword.fetch(opts, :encap) do
      {:ok, encap} -> Encap.new(encap)
      :error -> {:ok, {nil, nil}}
    end
  end

  # Next hops, each with its link.

  defp hops(nil, _dst), do: {:ok, nil}

  defp hops([_ | _] = hops, dst) do
    if List.improper?(hops),
      do: {:error, {:bad_option, :nexthops, hops}},
      else: Type.each(hops, &hop(&1, dst))
  end

  defp hops(other, _dst), do: {:error, {:bad_option, :nexthops, other}}

  defp hop(%Path{} = hop, _dst), do: {:ok, {hop, nil}}

  defp hop(opts, dst) when is_list(opts) do
    with :ok <- Options.keyword(opts),
         own = Keyword.drop(opts, [:encap, :realms]),
         {:ok, assigns} <- Options.parse(Path.__options__(), own, :create),
         {:ok, realms} <- realms(opts[:realms]),
         {:ok, {encap_type, encap}} <- encap(opts),
         {fields, links} = split(assigns),
         :ok <- same_family(dst, fields[:gateway]),
         {:ok, via} <- via(opts, fields[:gateway]) do
      {gateway, via} = gateway(dst, fields[:gateway], via)

      hop = %Path{
        flags: if(fields[:onlink] == 1, do: [:onlink], else: []),
        hops: Map.get(fields, :weight, 1) - 1,
        gateway: gateway,
        via: via,
        flow: realms,
        encap_type: encap_type,
        encap: encap
      }

      {:ok, {hop, links[:ifindex]}}
    end
  end

  defp hop(other, _dst), do: {:error, {:bad_option, :nexthops, other}}

  # What follows from all of it

  @doc false
  def table(route, table) when table <= 255, do: %{route | table: table}
  def table(route, table), do: %{route | table: 0, table_ext: table}

  # The table that `iproute_modify` of ip/iproute.c takes for a type.
  defp default_table(%{type: type}) when type in [@local, @broadcast, @anycast, @nat],
    do: @local_table

  defp default_table(_fields), do: @main

  defp source(route, nil), do: route
  defp source(route, subnet), do: %{route | src: subnet.address, src_len: subnet.prefix}

  # To delete by destination alone, the type is left open.
  defp type(route, nil, :delete), do: route
  defp type(route, _gateway, _verb), do: %{route | type: @unicast}

  defp default(:write, value, _any), do: value
  defp default(:delete, _value, any), do: any

  defp scope(route, %{scope: _}, _verb), do: route
  defp scope(route, _fields, :delete), do: %{route | scope: @nowhere}
  defp scope(%{family: @inet6} = route, _fields, _verb), do: %{route | scope: @universe}
  defp scope(route, _fields, _verb), do: %{route | scope: reach(route)}

  # The scopes that `ip route` gives to IPv4 routes.
  defp reach(%{type: type}) when type in [@local, @nat], do: @host
  # RTN_BROADCAST, RTN_ANYCAST and RTN_MULTICAST.
  defp reach(%{type: type}) when type in 3..5, do: @link

  defp reach(%{type: @unicast, gateway: nil, via: nil, multipath: nil, nh_id: nil}), do: @link
  defp reach(_route), do: @universe
end

defmodule Linx.Netlink.Rtnl.Route.Query do
  @moduledoc false
  # Lists of routes, and lookups of the route of an address.
  #
  # A list is a query that the kernel filters by, and a check of each route, since kernels before
  # 4.20 do not filter.

  import Bitwise, only: [|||: 2]

  alias Linx.Netlink.{Batch, Error, Options, Request}
  alias Linx.Netlink.Options.Type
  alias Linx.Netlink.Rtnl.{Link, Names, Protocol, Ref, Route}
  alias Linx.Netlink.Rtnl.Route.Lookup

  @typep check :: (Route.t() -> boolean()) | nil
  @typep dump :: (Route.t(), [Request.option()] -> {:ok, [Route.t()]} | {:error, term()})

  # NETLINK_ROUTE of include/uapi/linux/netlink.h.
  @netlink_route 0
  # RTM_F_CLONED, RTM_F_LOOKUP_TABLE and RTM_F_FIB_MATCH.
  @cloned 0x200
  @lookup_table 0x1000
  @fib_match 0x2000
  # RTN_BLACKHOLE.
  @blackhole 6

  @spec list(Link.target(), keyword(), dump()) :: {:ok, [Route.t()]} | {:error, Route.error()}
  def list(sock, opts, dump) do
    with {:ok, queries, check, request} <- queries(sock, opts) do
      collect(queries, fn query ->
        with {:error, %Error{errno: :enoent} = error} <- dump.(query, request) do
          if Route.target_table(query) == 0, do: {:error, error}, else: {:ok, []}
        end
      end)
      |> checked(check)
    end
  end

  @spec stream!(Link.target(), keyword(), (Route.t(), [Request.option()] -> Enumerable.t())) ::
          Enumerable.t()
  def stream!(sock, opts, stream) do
    case queries(sock, opts) do
      {:ok, queries, check, request} ->
        routes = queries |> Enum.map(&empty_if_none(stream.(&1, request), &1)) |> Stream.concat()
        if check, do: Stream.filter(routes, check), else: routes

      {:error, reason} when is_exception(reason) ->
        raise reason

      {:error, reason} ->
        raise ArgumentError, "cannot list routes: #{Linx.Netlink.Reason.text(reason)}"
    end
  end

  # The kernel answers ENOENT, before the first route, for a table that a family does not have.
  # The list is empty then.
  defp empty_if_none(stream, query) do
    if Route.target_table(query) == 0 do
      stream
    else
      fn acc, fun ->
        begun = :counters.new(1, [])

        try do
          Enumerable.reduce(stream, acc, fn route, acc ->
            :counters.put(begun, 1, 1)
            fun.(route, acc)
          end)
        rescue
          error in Error ->
            if error.errno == :enoent and :counters.get(begun, 1) == 0,
              do: {:done, elem(acc, 1)},
              else: reraise(error, __STACKTRACE__)
        end
      end
    end
  end

  defp collect(queries, fun) do
    Enum.reduce_while(queries, {:ok, []}, fn query, {:ok, routes} ->
      case fun.(query) do
        {:ok, more} -> {:cont, {:ok, join(routes, more)}}
        {:error, reason} -> {:halt, {:error, reason}}
      end
    end)
  end

  # The first list is not copied.
  defp join([], more), do: more
  defp join(routes, more), do: routes ++ more

  defp checked({:ok, routes}, check) when check != nil, do: {:ok, Enum.filter(routes, check)}
  defp checked(result, _check), do: result

  @spec queries(Link.target(), keyword()) ::
          {:ok, [Route.t()], check(), [Request.option()]} | {:error, Route.error()}
  defp queries(sock, opts) do
    with {:ok, request, given} <- Options.read(opts, :dump, @netlink_route, filters()),
         {:ok, oif} <- Link.option_index(sock, given[:oif] || given[:dev], request) do
      %{table: table, protocol: protocol, type: type, family: family} =
        Map.merge(%{table: nil, protocol: nil, type: nil, family: nil}, given)

      flags = if given[:cached], do: @cloned, else: 0

      # A route that the kernel shows as a blackhole may have another type.
      asked = if type == @blackhole, do: 0, else: type || 0

      query =
        Route.Options.put_table(
          %Route{protocol: protocol || 0, type: asked, flags: flags, oif: oif},
          table || 0
        )

      plain = %Route{}

      # Other families than IPv4 and IPv6 refuse filters.
      families = if family == nil and query != plain, do: [2, 10], else: [family || 0]
      wanted = %{table: table, protocol: protocol, type: type, family: family, oif: oif}
      check = if(query != plain or family != nil or type != nil, do: &wanted?(&1, wanted))

      {:ok, for(family <- families, do: %{query | family: family}), check,
       Keyword.delete(request, :protocol)}
    end
  end

  defp filters do
    [
      table: {:named, 1..0xFFFFFFFF, Names.tables()},
      oif: :link,
      dev: :link,
      protocol: {:named, 0..255, Protocol.names()},
      type: {:named, 0..11, Route.Names.types()},
      family: {:named, 0..255, Options.families()},
      cached: :boolean
    ]
  end

  defp wanted?(route, wanted) do
    same?(wanted.family, route.family) and same?(wanted.protocol, route.protocol) and
      same?(wanted.type, route.type) and same?(wanted.table, Route.target_table(route)) and
      leaves_by?(route, wanted.oif)
  end

  defp same?(nil, _value), do: true
  defp same?(wanted, value), do: wanted == value

  defp leaves_by?(_route, nil), do: true
  # The kernel need not report the link of a nexthop object.
  defp leaves_by?(%{nh_id: id}, _oif) when id != nil, do: true
  defp leaves_by?(route, oif), do: Enum.any?(Route.paths(route), &(&1.ifindex == oif))

  @doc "Looks up the route that the kernel would use for packets to an address."
  @spec get(Link.target(), Route.ip(), keyword(), 0..0xFFFF) ::
          {:ok, Route.t() | Batch.Read.t()} | {:error, Route.error()}
  def get(sock, ip, opts, type) do
    with {:ok, request, opts} <- Options.split(opts, :get, @netlink_route),
         {:ok, draft} <- cast(ip, opts),
         {:ok, query} <- Ref.resolve(draft, sock, request),
         do: Request.fetch(sock, type, query, request)
  end

  @own [dev: {:link, "", field: [:oif]}, oif: {:link, ""}, tos: {0..255, ""}]

  @doc false
  @spec cast(Route.ip(), keyword()) ::
          {:ok, Ref.draft(Route.t())} | {:error, Route.input_error()}
  def cast(ip, []) do
    with {:ok, ip} <- Type.ip(ip), do: {:ok, {query(ip, @lookup_table, %Lookup{}), []}}
  end

  def cast(ip, opts) do
    {special, opts} = Keyword.split(opts, [:from, :fib_match])
    {own, opts} = Keyword.split(opts, Keyword.keys(@own))

    with {:ok, ip} <- Type.ip(ip),
         {:ok, source} <- source(special[:from], ip),
         {:ok, flags} <- flags(Keyword.get(special, :fib_match, false)),
         {:ok, own} <- Options.parse(@own, own, :create),
         {:ok, assigns} <- Options.parse(Lookup.__options__(), opts, :create) do
      {fields, refs} = Ref.split(own)
      {lookup, lookup_refs} = Ref.split(assigns)

      route = query(ip, flags, struct!(Lookup, lookup))
      lookup_refs = for {path, ref} <- lookup_refs, do: {[:lookup | path], ref}
      {:ok, {route |> Map.merge(source) |> Map.merge(fields), refs ++ lookup_refs}}
    end
  end

  defp query(ip, flags, lookup) do
    family = Keyword.fetch!(Options.families(), ip.family)
    %Route{family: family, dst: ip, dst_len: bit_size(ip.bytes), flags: flags, lookup: lookup}
  end

  defp source(nil, _ip), do: {:ok, %{}}

  defp source(given, %{family: family}) do
    with {:ok, from} <- Type.check({:ip, {:src, :src}}, :from, given) do
      if from.family == family,
        do: {:ok, %{src: from, src_len: bit_size(from.bytes)}},
        else: {:error, {:bad_option, :from, given}}
    end
  end

  # The answer names the table of the route with RTM_F_LOOKUP_TABLE.
  defp flags(false), do: {:ok, @lookup_table}
  defp flags(true), do: {:ok, @lookup_table ||| @fib_match}
  defp flags(other), do: {:error, {:bad_option, :fib_match, other}}
end

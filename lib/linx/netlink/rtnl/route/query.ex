defmodule Linx.Netlink.Rtnl.Route.Query do
  @moduledoc false
  # Which routes are wanted: as queries that the kernel filters by, and as a check of what
  # it gives, since kernels before 4.20 do not filter.

  alias Linx.Netlink.{Batch, Error, Options, Request}
  alias Linx.Netlink.Rtnl.{Link, Route}
  alias Linx.Netlink.Rtnl.Route.Options, as: RouteOptions

  @typep check :: (Route.t() -> boolean()) | nil
  @typep dump :: (Route.t(), [Request.option()] -> {:ok, [Route.t()]} | {:error, term()})

  # NETLINK_ROUTE of include/uapi/linux/netlink.h.
  @netlink_route 0
  # RTM_F_CLONED.
  @cloned 0x200
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
        raise ArgumentError, "cannot list routes: #{inspect(reason)}"
    end
  end

  # A table that a family does not have is an error to the kernel, to us it is empty. The
  # kernel says so before there is a first route.
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

  # A long list is not to be copied for nothing.
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

      # What the kernel shows as a black hole it may have stored as another type.
      asked = if type == @blackhole, do: 0, else: type || 0

      query =
        RouteOptions.table(
          %Route{protocol: protocol || 0, type: asked, flags: flags, oif: oif},
          table || 0
        )

      plain = %Route{}

      # Families other than IPv4 and IPv6 refuse what they cannot filter by.
      families = if family == nil and query != plain, do: [2, 10], else: [family || 0]
      wanted = %{table: table, protocol: protocol, type: type, family: family, oif: oif}
      check = if(query != plain or family != nil or type != nil, do: &wanted?(&1, wanted))

      {:ok, for(family <- families, do: %{query | family: family}), check,
       Keyword.delete(request, :protocol)}
    end
  end

  defp filters do
    [
      table: 1..0xFFFFFFFF,
      oif: :link,
      dev: :link,
      protocol: {:named, 0..255, Route.__protocols__()},
      type: {:named, 0..11, Route.__types__()},
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
  # Where a nexthop object leads, the route itself need not say.
  defp leaves_by?(%{nh_id: id}, _oif) when id != nil, do: true
  defp leaves_by?(route, oif), do: Enum.any?(Route.paths(route), &(&1.ifindex == oif))

  # How many were deleted. Some may have gone before, with another one or with their link.
  @spec count([Batch.result()]) :: {:ok, non_neg_integer()} | {:error, term()}
  def count(results) do
    Enum.reduce_while(results, {:ok, 0}, fn
      :ok, {:ok, count} -> {:cont, {:ok, count + 1}}
      {:error, %Error{errno: errno}}, done when errno in [:esrch, :enodev] -> {:cont, done}
      {:error, reason}, _done -> {:halt, {:error, reason}}
    end)
  end
end

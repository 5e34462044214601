defmodule Linx.Netlink.Rtnl.Route.Desired do
  @moduledoc false
  # Routes of a desired state: `{dst, prefix, gateway}` or `{:default, gateway}`, with options or
  # without.

  @behaviour Linx.Netlink.Resource.Desired

  alias Linx.IP
  alias Linx.IP.Subnet
  alias Linx.Netlink.Resource.{Desired, Verbs}
  alias Linx.Netlink.Rtnl.{Ref, Route}
  alias Linx.Netlink.Rtnl.Route.{Equivalence, Key, Options, Requests}

  # AF_INET6.
  @inet6 10

  @impl true
  def cast({:default, gateway}, context), do: cast({:default, gateway, []}, context)

  def cast({:default, gateway, opts}, context) when is_list(opts) do
    case gateway(gateway) do
      {:ok, %IP{family: :inet}} -> route({"0.0.0.0", 0, gateway, opts}, context)
      {:ok, %IP{family: :inet6}} -> route({"::", 0, gateway, opts}, context)
      {:error, reason} -> {:error, reason}
    end
  end

  def cast({dst, prefix, gateway}, context), do: route({dst, prefix, gateway, []}, context)

  def cast({_dst, _prefix, _gateway, opts} = spec, context) when is_list(opts),
    do: route(spec, context)

  def cast(spec, _context), do: {:error, {:bad_spec, spec}}

  defp gateway(given) do
    case IP.cast(given) do
      {:ok, ip} -> {:ok, ip}
      {:error, reason} when is_binary(given) -> {:error, reason}
      {:error, _} -> {:error, {:bad_spec, given}}
    end
  end

  defp route({dst, _prefix, _gateway, _opts}, _context)
       when not is_binary(dst) and not is_tuple(dst) and not is_struct(dst, IP),
       do: {:error, {:bad_address, dst}}

  defp route({dst, prefix, gateway, opts}, context) do
    opts = Keyword.put(opts, :protocol, context.protocol)

    with {:ok, {route, refs}} <- Options.cast(dst, prefix, gateway, opts, :write),
         {:ok, route} <- Ref.put(route, refs, &Desired.link(&1, context)),
         do: {:ok, route |> Desired.as_listed() |> masked()}
  end

  # IPv6 clears host bits, where IPv4 refuses them.
  defp masked(%Route{family: @inet6} = route) do
    %{route | dst: network(route.dst, route.dst_len), src: network(route.src, route.src_len)}
  end

  defp masked(route), do: route

  defp network(nil, _length), do: nil
  defp network(ip, length), do: Subnet.network(%Subnet{address: ip, prefix: length})

  @impl true
  def equivalent?(desired, observed), do: Equivalence.route?(desired, observed)

  # There may be very many routes of other owners: of these, only the tables are read in which a
  # desired route is missing or different.
  @impl true
  def read(sock, wanted, context) do
    with {:ok, managed} <- Route.list(sock, protocol: context.protocol) do
      wanted
      |> missing(managed)
      |> Enum.map(&table/1)
      |> Enum.uniq()
      |> Enum.reduce_while({:ok, managed}, fn {family, number} = table, {:ok, routes} ->
        case Route.list(sock, family: family, table: number) do
          {:ok, all} -> {:cont, {:ok, all ++ Enum.reject(routes, &(table(&1) == table))}}
          {:error, reason} -> {:halt, {:error, reason}}
        end
      end)
    end
  end

  defp table(route), do: {route.family, Route.target_table(route)}

  defp missing(desired, managed) do
    by_slot = Enum.group_by(managed, &Key.slot/1)

    for {route, _takeover} <- desired,
        not Enum.any?(Map.get(by_slot, Key.slot(route), []), &equivalent?(route, &1)),
        do: route
  end

  # A replacement takes the place of the first route with its key. Where that is another owner's,
  # the pass's own is deleted first and the new one appended.
  @impl true
  def details(steps, observed, context) do
    by_slot = Enum.group_by(observed, &Key.slot/1)

    Enum.map(steps, fn
      {{:update, route} = op, detail} ->
        [first | _] = same = Map.fetch!(by_slot, Key.slot(route))

        if context.managed?.(first),
          do: {op, detail},
          else: {op, {:delete_first, Enum.find(same, context.managed?)}}

      step ->
        step
    end)
  end

  @impl true
  def execute(sock, {:update, route}, {:delete_first, managed}) do
    with :ok <- Verbs.delete(sock, managed),
         :ok <- Verbs.append(sock, route),
         do: {:ok, route}
  end

  def execute(_sock, _op, _detail), do: :default

  @doc """
  The request by which the kernel finds a route: of an IPv6 route that other owners have appended
  to, the part with the protocol of the route.
  """
  @spec identity(Route.t()) :: Route.t()
  def identity(route), do: %{Requests.delete(route) | protocol: route.protocol}
end

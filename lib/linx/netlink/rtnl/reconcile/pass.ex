defmodule Linx.Netlink.Rtnl.Reconcile.Pass do
  @moduledoc false
  # One pass: indices of links, observed objects, plan, execution.

  alias Linx.Netlink.{Error, Request, Resource, Rtnl}
  alias Linx.Netlink.Rtnl.Reconcile.{Desired, Executor, Indices, Plan, Report}

  @doc """
  Makes a pass with checked options.
  """
  @spec run(Request.target(), map(), map(), map()) :: {:ok, Report.t()} | {:error, term()}
  def run(sock, desired, last_applied, opts) do
    owned = owned(last_applied)

    with {:ok, indices} <- Indices.read(sock, desired, owned, opts.takeover),
         context = %{indices: indices.all, protocol: opts.protocol},
         {:ok, wanted} <- Desired.normalize(desired, context, opts.takeover),
         :ok <- Indices.check(wanted, indices),
         {:ok, observed} <- observe(sock, Indices.observed(indices), wanted, owned, context) do
      observed = Indices.remaining(observed, indices)
      owned = still_owned(owned, wanted, observed)
      plan = Plan.steps(wanted, observed, owned, context)

      if opts.dry_run,
        do: {:ok, Executor.dry(plan, owned)},
        else: {:ok, Executor.run(sock, plan, owned, indices.planned, opts.on_error)}
    end
  end

  # The keys of objects whose owner is known by `last_applied` alone.
  defp owned(last_applied) do
    for %{owner: :applied, plural: plural} <- Desired.resources(), into: %{} do
      {plural, Map.get(last_applied, plural, MapSet.new())}
    end
  end

  # Without those that no longer exist: the kernel forgets neighbours, and links are deleted by
  # others.
  defp still_owned(owned, wanted, observed) do
    for {plural, keys} <- owned, into: %{} do
      resource = Rtnl.resource!(plural)
      objects = observed[plural]

      if Resource.exports?(resource, :owned, 3),
        do: {plural, resource.desired.owned(keys, wanted[plural] || [], objects)},
        else:
          {plural,
           MapSet.intersection(keys, MapSet.new(objects, &Resource.owner_key(resource, &1)))}
    end
  end

  # The objects of each section. Those that can neither be desired nor be the pass's own are not
  # read.
  defp observe(sock, read, wanted, owned, context) do
    Enum.reduce_while(Desired.resources(), {:ok, read}, fn resource, {:ok, observed} ->
      case read(resource, observed, sock, wanted, owned, context) do
        {:ok, objects} -> {:cont, {:ok, Map.put(observed, resource.plural, objects)}}
        {:error, reason} -> {:halt, {:error, reason}}
      end
    end)
  end

  defp read(%{plural: plural}, observed, _sock, _wanted, _owned, _context)
       when is_map_key(observed, plural),
       do: Map.fetch(observed, plural)

  defp read(%{plural: plural} = resource, _observed, sock, wanted, owned, context) do
    wanted = wanted[plural] || []

    cond do
      wanted == [] and owned[plural] == MapSet.new() -> {:ok, []}
      Resource.exports?(resource, :read, 3) -> resource.desired.read(sock, wanted, context)
      true -> resource.module.list(sock)
    end
    |> case do
      {:error, %Error{errno: :eopnotsupp}} when resource.optional -> {:ok, []}
      result -> result
    end
  end
end

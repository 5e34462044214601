defmodule Linx.Netlink.Rtnl.Reconcile.Executor do
  @moduledoc false
  # Carries out the steps of a plan, one after the other.

  alias Linx.Netlink.{Request, Resource}
  alias Linx.Netlink.Resource.{Desired, Verbs}
  alias Linx.Netlink.Rtnl.Reconcile.{Indices, Plan, Report}

  @doc """
  Carries out the steps of a plan. `last_applied` are the keys of the objects that the pass owns;
  `planned` the indices in the steps of links that are to be created, by name.
  """
  @spec run(
          Request.target(),
          {[Desired.step()], [Plan.conflict()]},
          map(),
          map(),
          :stop | :continue
        ) :: Report.t()
  def run(sock, {steps, conflicts}, last_applied, planned, on_error) do
    state = %{
      applied: [],
      failed: [],
      pending: [],
      owned: last_applied,
      names: Map.new(planned, fn {name, index} -> {index, name} end),
      stopped: false
    }

    state = Enum.reduce(steps, state, &step(sock, &1, &2, on_error))

    %Report{
      converged?: state.failed == [] and state.pending == [] and conflicts == [],
      applied: Enum.reverse(state.applied),
      failed: Enum.reverse(state.failed),
      pending: Enum.reverse(state.pending),
      conflicts: conflicts,
      last_applied: state.owned
    }
  end

  @doc """
  The report of a dry run.
  """
  @spec dry({[Desired.step()], [Plan.conflict()]}, map()) :: Report.t()
  def dry({steps, conflicts}, last_applied) do
    %Report{
      converged?: steps == [] and conflicts == [],
      applied: [],
      failed: [],
      pending: for({op, _change} <- steps, do: op),
      conflicts: conflicts,
      last_applied: last_applied
    }
  end

  defp step(_sock, {op, _change}, %{stopped: true} = state, _on_error),
    do: %{state | pending: [op | state.pending]}

  # Do not delete an object whose copies could not be created.
  defp step(sock, {op, {:after, copies}}, state, on_error) do
    if Enum.any?(copies, &List.keymember?(state.failed, {:create, &1}, 0)),
      do: %{state | pending: [op | state.pending]},
      else: step(sock, {op, nil}, state, on_error)
  end

  defp step(sock, {op, detail}, state, on_error) do
    with {:ok, op} <- located(sock, op, state.names),
         {:ok, item} <- execute(sock, op, detail) do
      op = put_elem(op, tuple_size(op) - 1, item)
      %{state | applied: [op | state.applied], owned: own(state.owned, op, detail)}
    else
      {:error, reason} ->
        %{state | failed: [{op, reason} | state.failed], stopped: on_error == :stop}
    end
  end

  defp execute(sock, op, detail) do
    %module{} = elem(op, tuple_size(op) - 1)
    resource = module.__resource__()

    with true <- Resource.exports?(resource, :execute, 3),
         result when result != :default <- resource.desired.execute(sock, op, detail) do
      result
    else
      _ -> default(sock, op, detail)
    end
  end

  # An object of another owner that is deleted first.
  defp default(sock, {:replace, existing, item}, :recreate) do
    with {:ok, _} <- execute(sock, {:delete, existing}, nil),
         do: execute(sock, {:create, item}, nil)
  end

  defp default(sock, {:replace, _existing, item}, _detail),
    do: execute(sock, {:update, item}, nil)

  defp default(sock, {:create, item}, _detail),
    do: with(:ok <- Verbs.create(sock, item), do: {:ok, item})

  defp default(sock, {:update, item}, _detail),
    do: with(:ok <- Verbs.replace(sock, item), do: {:ok, item})

  defp default(sock, {:delete, item}, _detail),
    do: with(:ok <- Verbs.delete(sock, item), do: {:ok, item})

  # The indices of links that this pass has created, in the place of the planned ones.
  defp located(sock, op, names) do
    at = tuple_size(op) - 1
    %module{} = item = elem(op, at)

    located =
      Resource.relocate(module.__resource__(), item, fn index ->
        case names do
          %{^index => name} -> Indices.fetch(sock, name)
          %{} -> {:ok, index}
        end
      end)

    with {:ok, item} <- located, do: {:ok, put_elem(op, at, item)}
  end

  # The keys of the objects that the pass owns. An updated object was its own before, unless it is
  # adopted.
  defp own(owned, {:replace, %module{} = existing, item}, _detail) do
    case module.__resource__() do
      %{owner: :applied} = resource ->
        owned |> note(resource, :delete, existing) |> note(resource, :create, item)

      _ ->
        owned
    end
  end

  defp own(owned, {:update, _item}, detail) when detail != :adopt, do: owned

  defp own(owned, {verb, %module{} = item}, _detail) do
    case module.__resource__() do
      %{owner: :applied} = resource -> note(owned, resource, verb, item)
      _ -> owned
    end
  end

  defp note(owned, resource, :delete, item) do
    key = Resource.owner_key(resource, item)
    Map.update(owned, resource.plural, MapSet.new(), &MapSet.delete(&1, key))
  end

  defp note(owned, resource, _verb, item) do
    key = Resource.owner_key(resource, item)
    Map.update(owned, resource.plural, MapSet.new([key]), &MapSet.put(&1, key))
  end
end

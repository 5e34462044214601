defmodule Linx.Netlink.Rtnl.Reconcile.Pass do
  @moduledoc false
  # Carries out the steps of a plan, one after the other.

  import Bitwise, only: [|||: 2]

  import Linx.Netlink.Constants,
    only: [nlm_f_append: 0, nlm_f_create: 0, nlm_f_excl: 0, nlm_f_replace: 0]

  alias Linx.Netlink.{Error, Request}
  alias Linx.Netlink.Rtnl.{Address, Diff, Link, Neighbour, Nexthop, Route, Rule}
  alias Linx.Netlink.Rtnl.Reconcile.{Plan, Report}

  @rtm_newaddr 20
  @rtm_deladdr 21
  @rtm_newroute 24
  @rtm_delroute 25
  @rtm_newneigh 28
  @rtm_delneigh 29
  @rtm_newrule 32
  @rtm_delrule 33
  @rtm_newnexthop 104
  @rtm_delnexthop 105

  # By struct: the message that makes one, the one that removes one, and the errors that say
  # it is gone already.
  @messages %{
    Address => {@rtm_newaddr, @rtm_deladdr, [:eaddrnotavail, :enodev]},
    Route => {@rtm_newroute, @rtm_delroute, [:esrch, :enodev]},
    Neighbour => {@rtm_newneigh, @rtm_delneigh, [:enoent, :enodev]},
    Rule => {@rtm_newrule, @rtm_delrule, [:enoent]},
    Nexthop => {@rtm_newnexthop, @rtm_delnexthop, [:enoent]}
  }

  @doc """
  Carries out the steps of a plan. `last_applied` are the keys of what is ours; `planned` the
  indices that the steps have in the place of those of links to be created, by name.
  """
  @spec run(
          Request.target(),
          {[Plan.step()], [Plan.conflict()]},
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
  The report of a pass that is not made.
  """
  @spec dry({[Plan.step()], [Plan.conflict()]}, map()) :: Report.t()
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

  # What has not been made again must not go.
  defp step(sock, {op, {:behind, copies}}, state, on_error) do
    if Enum.any?(copies, &List.keymember?(state.failed, {:create, &1}, 0)),
      do: %{state | pending: [op | state.pending]},
      else: step(sock, {op, nil}, state, on_error)
  end

  defp step(sock, {op, change}, state, on_error) do
    with {:ok, op} <- located_op(sock, op, state.names),
         {:ok, op} <- carry_out_op(sock, op, change) do
      %{state | applied: [op | state.applied], owned: own(state.owned, op)}
    else
      {:error, reason} ->
        %{state | failed: [{op, reason} | state.failed], stopped: on_error == :stop}
    end
  end

  defp located_op(sock, op, names) do
    at = tuple_size(op) - 1
    with {:ok, item} <- located(sock, elem(op, at), names), do: {:ok, put_elem(op, at, item)}
  end

  # What becomes of it is the item as it is then.
  defp carry_out_op(sock, {:replace, existing, item}, change) do
    with {:ok, item} <- replace(sock, existing, item, change),
         do: {:ok, {:replace, existing, item}}
  end

  defp carry_out_op(sock, {verb, item}, change),
    do: with({:ok, item} <- carry_out(sock, verb, item, change), do: {:ok, {verb, item}})

  # Another owner's object in whose place `item` comes

  defp replace(_sock, _existing, %Link{} = item, {:set, []}), do: {:ok, item}

  defp replace(sock, _existing, %Link{} = item, {:set, _} = change),
    do: carry_out(sock, :update, item, change)

  defp replace(sock, existing, %Link{} = item, {:recreate, spec}) do
    with {:ok, _} <- carry_out(sock, :delete, existing, nil),
         do: carry_out(sock, :create, item, spec)
  end

  defp replace(sock, existing, %Rule{} = item, change) do
    with {:ok, _} <- carry_out(sock, :create, item, change),
         :ok <- Rule.delete(sock, existing),
         do: {:ok, item}
  end

  defp replace(sock, existing, item, :recreate) do
    with {:ok, _} <- carry_out(sock, :delete, existing, nil),
         do: carry_out(sock, :create, item, nil)
  end

  defp replace(sock, _existing, item, nil), do: carry_out(sock, :update, item, nil)

  # Links

  defp carry_out(sock, :create, %Link{name: name}, spec) do
    with :ok <- Link.create(sock, name, spec.kind, spec.create),
         do: finished(sock, name, spec.set)
  end

  defp carry_out(_sock, :update, %Link{}, {:kind, kind}),
    do: {:error, {:other_kind, kind}}

  defp carry_out(sock, :update, %Link{} = item, {:set, opts}) do
    case Link.set(sock, item.index, opts) do
      :ok -> {:ok, item}
      # Of an option that the table has for new links only.
      {:error, {:unknown_option, key}} -> {:error, {:only_at_creation, key}}
      {:error, reason} -> {:error, reason}
    end
  end

  defp carry_out(sock, :delete, %Link{} = item, _change) do
    case Link.delete(sock, item.index) do
      {:error, %Error{errno: :enodev}} -> {:ok, item}
      :ok -> {:ok, item}
      {:error, reason} -> {:error, reason}
    end
  end

  # Everything else

  defp carry_out(sock, :delete, %module{} = item, _change) do
    {_new, delete, gone} = @messages[module]

    case Request.run(sock, delete, 0, identity(item)) do
      :ok ->
        {:ok, item}

      {:error, %Error{errno: errno} = error} ->
        if errno in gone, do: {:ok, item}, else: {:error, error}

      {:error, reason} ->
        {:error, reason}
    end
  end

  defp carry_out(sock, :update, %Route{} = item, {:instead, ours}) do
    with {:ok, _} <- carry_out(sock, :delete, ours, nil),
         :ok <- Request.run(sock, @rtm_newroute, nlm_f_create() ||| nlm_f_append(), item),
         do: {:ok, item}
  end

  defp carry_out(sock, verb, %module{} = item, change) do
    {new, _delete, _gone} = @messages[module]
    flag = if change == :beside, do: 0, else: flag(verb, module)

    with :ok <- Request.run(sock, new, nlm_f_create() ||| flag, item),
         do: {:ok, item}
  end

  # A link without some of its settings is not left behind.
  defp finished(sock, name, set) do
    with :ok <- if(set == [], do: :ok, else: Link.set(sock, name, set)),
         {:ok, link} <- Link.get(sock, name) do
      {:ok, link}
    else
      {:error, reason} ->
        _ = Link.delete(sock, name)
        {:error, reason}
    end
  end

  # A neighbour may be learned meanwhile.
  defp flag(_verb, Neighbour), do: nlm_f_replace()
  defp flag(:create, _module), do: nlm_f_excl()
  defp flag(:update, _module), do: nlm_f_replace()

  # What the kernel finds the object by.
  defp identity(%Address{} = address),
    do: struct!(Address, Map.take(address, [:family, :prefixlen, :index, :address, :local]))

  # Of an IPv6 route that others have appended to, only what is ours.
  defp identity(%Route{} = route),
    do: %{Route.Requests.delete(route) | protocol: route.protocol}

  defp identity(%Neighbour{} = neighbour),
    do: struct!(Neighbour, Map.take(neighbour, [:family, :ifindex, :dst]))

  defp identity(%Nexthop{id: id}), do: %Nexthop{id: id}
  defp identity(%Rule{} = rule), do: Rule.Match.request(rule)

  # The indices of links that this pass has created, in the place of the planned ones.
  defp located(sock, %Address{} = item, names), do: relocate(sock, item, :index, names)
  defp located(sock, %Neighbour{} = item, names), do: relocate(sock, item, :ifindex, names)
  defp located(sock, %Nexthop{} = item, names), do: relocate(sock, item, :oif, names)
  defp located(sock, %Link{} = item, names), do: relocate(sock, item, :index, names)

  defp located(sock, %Route{multipath: hops} = item, names) do
    with {:ok, item} <- relocate(sock, item, :oif, names),
         {:ok, hops} <- located(sock, hops || [], names),
         do: {:ok, %{item | multipath: item.multipath && hops}}
  end

  defp located(_sock, [], _names), do: {:ok, []}

  defp located(sock, [hop | hops], names) do
    with {:ok, hop} <- relocate(sock, hop, :ifindex, names),
         {:ok, hops} <- located(sock, hops, names),
         do: {:ok, [hop | hops]}
  end

  defp located(_sock, item, _names), do: {:ok, item}

  defp relocate(sock, item, field, names) do
    with name when name != nil <- names[Map.get(item, field)],
         {:ok, link} <- Link.get(sock, name) do
      {:ok, Map.replace!(item, field, link.index)}
    else
      nil ->
        {:ok, item}

      {:error, %Error{errno: :enodev}} ->
        {:error, {:unknown_interface, names[Map.get(item, field)]}}

      {:error, reason} ->
        {:error, reason}
    end
  end

  # The keys of what is ours. What is updated was so before, but for a link without a kind,
  # and for a neighbour that was learned.
  defp own(owned, {:update, %module{}}) when module in [Address, Link], do: owned

  defp own(owned, {:replace, %Link{} = existing, item}) do
    owned |> own({:delete, existing}) |> own({:create, item})
  end

  defp own(owned, {:replace, _existing, item}), do: own(owned, {:create, item})

  defp own(owned, {verb, %Address{} = address}),
    do: note(owned, :addresses, verb, Diff.address_key(address))

  defp own(owned, {verb, %Neighbour{} = neighbour}),
    do: note(owned, :neighbours, verb, Diff.neighbour_key(neighbour))

  defp own(owned, {verb, %Link{} = link}),
    do: note(owned, :links, verb, {link.name, link.index})

  defp own(owned, _op), do: owned

  defp note(owned, section, :delete, key),
    do: Map.update!(owned, section, &MapSet.delete(&1, key))

  defp note(owned, section, _verb, key), do: Map.update!(owned, section, &MapSet.put(&1, key))
end

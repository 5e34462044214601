defmodule Linx.Netlink.Rtnl.View.Server do
  @moduledoc false
  # The process behind a view: receives notifications, lists, and writes the table.

  use GenServer

  alias Linx.Netlink.{
    Codec,
    GenServerInit,
    Listener,
    Message,
    Resource,
    Rtnl,
    Socket,
    TermRegistry
  }

  alias Linx.Netlink.Rtnl.Monitor.Change
  alias Linx.Netlink.Rtnl.View.{Changes, Invalidation, Table}

  # Milliseconds that a resync waits for further causes, and the most that it waits.
  @debounce 50
  @patience 400

  # Attempts of the first lists.
  @tries 20

  # Changes since the last state, and plurals of resources to list again.
  @no_changes {%Changes{}, []}

  @impl true
  def init(options) do
    resources = Enum.filter(Rtnl.resources(), &(&1.plural in options.resources))

    with {:ok, eraser} <- TermRegistry.register(Table),
         {:ok, listener} <- open(options, resources),
         {:ok, sock} <- Rtnl.open(options.netns) do
      plurals = Enum.map(resources, & &1.plural)

      state = %{
        eraser: eraser,
        listener: listener,
        sock: sock,
        table: Table.new(plurals),
        resources: plurals,
        subscribers: %{},
        # Resources to list again, since when, and the timer of it.
        invalid: MapSet.new(plurals),
        since: nil,
        timer: nil,
        overruns: 0,
        resyncs: 0
      }

      case first(state, @tries) do
        {:ok, state} -> {:ok, %{state | resyncs: 0}, {:continue, :read}}
        {:error, reason, _state} -> GenServerInit.stop_quietly(reason)
      end
    else
      {:error, reason} -> GenServerInit.stop_quietly(reason)
    end
  end

  # Resources may share a group, and a kernel may lack those of hints and of optional resources.
  defp open(options, resources) do
    hints = Enum.flat_map(resources, &Change.hints(&1, :groups))
    optional = for %{optional: true, groups: groups} <- resources, group <- groups, do: group
    groups = Enum.uniq(Enum.flat_map(resources, & &1.groups) ++ hints)
    rows = Change.rows(Enum.map(resources, & &1.plural))
    Listener.open(Map.put(options, :protocol, 0), groups, hints ++ optional, rows)
  end

  # A busy namespace interrupts dumps.
  defp first(state, tries) do
    case resync(state) do
      {:error, :dump_interrupted, state} when tries > 1 -> first(state, tries - 1)
      result -> result
    end
  end

  @impl true
  def handle_continue(:read, state), do: read(state)
  def handle_continue({:failed, reason}, state), do: failed(state, reason)

  @impl true
  def handle_call({:read, fun}, _from, state), do: {:reply, fun.(state.table), state}

  def handle_call({:subscribe, pid, options}, _from, state) do
    resources = Map.get(options, :resources, state.resources)

    if resources -- state.resources == [],
      do: subscribe(pid, resources, options.snapshot, state),
      else: {:reply, {:error, {:bad_option, :resources, resources}}, state}
  end

  def handle_call({:unsubscribe, ref}, _from, state) do
    Process.demonitor(ref, [:flush])
    {:reply, :ok, %{state | subscribers: Map.delete(state.subscribers, ref)}}
  end

  def handle_call(:refresh, _from, state) do
    state = invalidate(state, state.resources)

    case resync(state) do
      {:ok, state} -> {:reply, :ok, state}
      {:error, reason, state} -> {:reply, {:error, reason}, state, {:continue, {:failed, reason}}}
    end
  end

  def handle_call(:info, _from, state) do
    info = %{
      overruns: state.overruns,
      resyncs: state.resyncs,
      objects: Map.new(state.resources, &{&1, Table.count(state.table, &1)})
    }

    {:reply, info, state}
  end

  @impl true
  def handle_info({:resync, timer}, %{timer: {timer, _}} = state) do
    case resync(%{state | timer: nil}) do
      {:ok, state} -> {:noreply, state}
      {:error, reason, state} -> failed(state, reason)
    end
  end

  def handle_info({:DOWN, ref, :process, _, _}, %{subscribers: subscribers} = state)
      when is_map_key(subscribers, ref),
      do: {:noreply, %{state | subscribers: Map.delete(subscribers, ref)}}

  def handle_info(message, state) do
    if Listener.ready?(state.listener, message), do: read(state), else: other(message, state)
  end

  defp other(message, state) do
    case TermRegistry.restart_eraser(Table, state.eraser, message) do
      {:ok, eraser} -> {:noreply, %{state | eraser: eraser}}
      :none -> {:noreply, state}
    end
  end

  @impl true
  def terminate(_reason, state) do
    Listener.close(state.listener)
    Socket.close(state.sock)
  end

  defp subscribe(pid, resources, snapshot?, state) do
    ref = Process.monitor(pid)

    if snapshot? do
      changes =
        for plural <- resources,
            object <- Table.objects(state.table, plural),
            do: {:create, object}

      send(pid, {:linx_view, ref, {Table.number(state.table), changes}})
    end

    {:reply, {:ok, ref}, put_in(state.subscribers[ref], {pid, resources})}
  end

  # Notifications

  defp read(state) do
    case Listener.recv(state.listener) do
      {:ok, %{notifications: notifications, losses: losses}, listener} ->
        state = %{state | listener: listener}
        {:noreply, commit_changes(collect(notifications, losses, {state, @no_changes}))}

      {:error, {:recv, :closed} = reason, _listener} ->
        failed(state, reason)

      {:error, _temporary, listener} ->
        {:noreply, invalidate(%{state | listener: listener}, MapSet.to_list(state.invalid))}
    end
  end

  defp failed(state, {_stage, :closed} = reason) do
    for {ref, {pid, _resources}} <- state.subscribers,
        do: send(pid, {:linx_view, ref, {:closed, reason}})

    {:stop, {:shutdown, reason}, state}
  end

  # Reads and lists later what a lack of descriptors or memory, or an interrupted dump, prevented.
  defp failed(state, _temporary) do
    state = %{state | listener: Listener.retry(state.listener)}
    {:noreply, invalidate(state, MapSet.to_list(state.invalid))}
  end

  defp commit_changes({state, {changes, invalid}}),
    do: state |> commit(Changes.in_order(changes)) |> invalidate(invalid)

  # The latest change of each object with its place among all, and the resources to list again.
  defp collect(notifications, losses, {state, changes}) do
    state = lost(state, losses)
    {state, Enum.reduce(notifications, changes, &collect_one(state, &1, &2))}
  end

  defp lost(state, 0), do: state

  defp lost(state, losses),
    do: invalidate(%{state | overruns: state.overruns + losses}, state.resources)

  defp collect_one(state, notification, {changes, invalid}) do
    {change, plurals} = Change.of(notification)
    collected = {changes, add(plurals, invalid)}

    case change do
      {%{plural: plural}, _op, _object} ->
        if plural in state.resources,
          do: collect_change(state, flags(notification), change, collected),
          else: collected

      nil ->
        collected
    end
  end

  defp flags({_op, _object, flags}), do: flags
  defp flags(%Message{flags: flags}), do: flags

  defp add([], invalid), do: invalid
  defp add(plurals, invalid), do: Enum.uniq(plurals ++ invalid)

  # The table is not written between this and the commit: the object that it holds is read once.
  defp collect_change(state, flags, {resource, op, object}, {changes, invalid}) do
    id = {resource.plural, Resource.key(resource, object)}
    {old, held} = current(changes, state.table, id)
    any? = &Table.any?(state.table, &1, &2)

    more =
      Invalidation.in_doubt(resource.plural, op, old, object, flags, any?) ++
        Invalidation.invalidates(resource.plural, op, old, object)

    {Changes.put(changes, id, op, resource, object, held), add(more, invalid)}
  end

  # The object before a change, and the one that the table holds.
  defp current(changes, table, id) do
    case Changes.fetch(changes, id) do
      {:ok, {_at, _id, :put, _resource, object, held}} ->
        {object, held}

      {:ok, {_at, _id, :delete, _resource, _object, held}} ->
        {nil, held}

      :error ->
        held = Table.get(table, id)
        {held, held}
    end
  end

  # States

  # Writes the differences as a new state and sends them to subscribers.
  defp commit(state, changes) do
    differences = Enum.flat_map(changes, &difference/1)
    if differences == [], do: state, else: write(state, differences)
  end

  defp difference({_at, {_plural, key}, op, resource, object, held}) do
    case {op, held} do
      {:put, nil} ->
        [{:create, resource, key, object, nil}]

      {:put, ^object} ->
        []

      {:put, held} ->
        if same?(held, object), do: [], else: [{:update, resource, key, object, held}]

      {:delete, nil} ->
        []

      {:delete, held} ->
        [{:delete, resource, key, held, held}]
    end
  end

  defp same?(old, new), do: Codec.comparable(old) == Codec.comparable(new)

  defp write(state, differences) do
    Table.write(state.table, differences)
    notify(state, differences)
    state
  end

  defp notify(state, differences) do
    number = Table.number(state.table)

    Enum.each(state.subscribers, fn {ref, {pid, resources}} ->
      changes =
        for {op, %{plural: plural}, _key, object, _old} <- differences,
            plural in resources,
            do: {op, object}

      if changes != [], do: send(pid, {:linx_view, ref, {number, changes}})
    end)
  end

  # Resync

  defp invalidate(state, plurals) do
    case Enum.filter(plurals, &(&1 in state.resources)) do
      [] -> state
      plurals -> resync_soon(state, plurals)
    end
  end

  defp resync_soon(state, plurals) do
    now = System.monotonic_time(:millisecond)
    since = state.since || now
    wait = min(@debounce, max(since + @patience - now, 0))
    _ = with {_, old} <- state.timer, do: Process.cancel_timer(old)
    ref = make_ref()
    timer = Process.send_after(self(), {:resync, ref}, wait)
    invalid = MapSet.union(state.invalid, MapSet.new(plurals))
    %{state | invalid: invalid, since: since, timer: {ref, timer}}
  end

  # Lists the invalid resources. Notifications that arrive during the dumps are newer than these
  # and part of the same state, which so never holds an object that a list lacks.
  defp resync(state) do
    with {:ok, state} <- drain_pending(%{state | since: nil}),
         {:ok, listed, state} <- list(state) do
      {outcome, state, {changes, invalid}} = drain_during_dump(state)

      listed_changes =
        for {resource, objects} <- listed,
            {_at, id, _op, _resource, _object, _held} = change <-
              compare(state.table, resource, objects),
            Changes.fetch(changes, id) == :error,
            do: change

      state = commit(state, listed_changes ++ Changes.in_order(changes))
      state = invalidate(%{state | resyncs: state.resyncs + length(listed)}, invalid)
      if outcome == :ok, do: {:ok, state}, else: {:error, elem(outcome, 1), state}
    end
  end

  defp list(state) do
    resources = Enum.filter(Rtnl.resources(), &(&1.plural in state.invalid))

    case Resource.list_all(resources, state.sock) do
      {:ok, listed} -> {:ok, listed, clear_invalid(state)}
      {:error, reason} -> {:error, reason, state}
    end
  end

  defp clear_invalid(state) do
    _ = with {_, timer} <- state.timer, do: Process.cancel_timer(timer)
    %{state | invalid: MapSet.new(), since: nil, timer: nil}
  end

  # Received notifications count, even if a later read fails.
  defp drain_during_dump(state) do
    case Listener.drain(state.listener, {state, @no_changes}, &collect/3) do
      {:ok, {state, changes}, listener} ->
        {:ok, %{state | listener: listener}, changes}

      {:error, reason, {state, changes}, listener} ->
        {{:error, reason}, %{state | listener: listener}, changes}
    end
  end

  # Notifications that are older than the dumps.
  defp drain_pending(state) do
    case Listener.drain(state.listener, {state, @no_changes}, &collect/3) do
      {:ok, {state, changes}, listener} ->
        {:ok, commit_changes({%{state | listener: listener}, changes})}

      {:error, reason, {state, changes}, listener} ->
        {:error, reason, commit_changes({%{state | listener: listener}, changes})}
    end
  end

  # The changes from what the table holds to what was listed. Each held object is copied from the table,
  # so one at a time.
  defp compare(table, %{plural: plural} = resource, objects) do
    gone =
      for key <- Table.keys(table, plural),
          not is_map_key(objects, key),
          held = Table.get(table, {plural, key}),
          do: {0, {plural, key}, :delete, resource, held, held}

    listed =
      for {key, object} <- objects,
          held <- [Table.get(table, {plural, key})],
          held != object,
          do: {0, {plural, key}, :put, resource, object, held}

    gone ++ listed
  end
end

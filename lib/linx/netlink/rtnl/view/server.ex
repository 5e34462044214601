defmodule Linx.Netlink.Rtnl.View.Server do
  @moduledoc false
  # The process behind a view: listens, lists, and keeps the table.

  use GenServer

  alias Linx.Netlink.{Codec, GenServerInit, Listener, Socket, TermRegistry}
  alias Linx.Netlink.Rtnl.Monitor.Event
  alias Linx.Netlink.Rtnl.View.{Kind, Table}

  @slice 1024 * 1024

  # A repair waits this long for more causes, and no longer than that.
  @debounce 50
  @patience 400

  # How often the first lists are tried.
  @tries 20

  # Changes that have been noted, and kinds to suspect.
  @no_news {%{}, []}

  @impl true
  def init(options) do
    kinds = Enum.filter(Kind.all(), &(&1 in options.kinds))

    hints = Enum.flat_map(kinds, &Kind.hints/1)

    # A kernel before 5.3 has no nexthop objects, and no group for them.
    with {:ok, eraser} <- TermRegistry.register(Table),
         {:ok, news} <-
           Listener.open(
             Map.put(options, :protocol, 0),
             Enum.flat_map(kinds, &Kind.groups/1) ++ hints,
             hints ++ Kind.groups(:nexthops)
           ),
         {:ok, sock} <- Socket.open(0, options.netns) do
      table = Table.new(kinds)

      state = %{
        eraser: eraser,
        news: news,
        sock: sock,
        table: table,
        kinds: kinds,
        subscribers: %{},
        # Kinds to be listed again, since when, and the timer that will do it.
        suspects: MapSet.new(),
        since: nil,
        timer: nil,
        overruns: 0,
        repairs: 0
      }

      case first(%{state | suspects: MapSet.new(kinds)}, @tries) do
        {:ok, state} -> {:ok, %{state | repairs: 0}, {:continue, :read}}
        {:error, reason, _state} -> GenServerInit.stop_quietly(reason)
      end
    else
      {:error, reason} -> GenServerInit.stop_quietly(reason)
    end
  end

  # Much may be going on just now.
  defp first(state, tries) do
    case repair(state) do
      {:error, :dump_interrupted, state} when tries > 1 -> first(state, tries - 1)
      result -> result
    end
  end

  @impl true
  def handle_continue(:read, state), do: news(state)
  def handle_continue({:failed, reason}, state), do: failed(state, reason)

  @impl true
  def handle_call({:read, fun}, _from, state), do: {:reply, fun.(state.table), state}

  def handle_call({:subscribe, pid, options}, _from, state) do
    kinds = Map.get(options, :kinds, state.kinds)

    if kinds -- state.kinds == [],
      do: subscribe(pid, kinds, options.snapshot, state),
      else: {:reply, {:error, {:bad_option, :kinds, kinds}}, state}
  end

  def handle_call({:unsubscribe, ref}, _from, state) do
    Process.demonitor(ref, [:flush])
    {:reply, :ok, %{state | subscribers: Map.delete(state.subscribers, ref)}}
  end

  def handle_call(:refresh, _from, state) do
    state = suspect(state, state.kinds)

    case repair(state) do
      {:ok, state} -> {:reply, :ok, state}
      {:error, reason, state} -> {:reply, {:error, reason}, state, {:continue, {:failed, reason}}}
    end
  end

  def handle_call(:info, _from, state) do
    info = %{
      overruns: state.overruns,
      repairs: state.repairs,
      objects: Map.new(state.kinds, &{&1, Table.count(state.table, &1)})
    }

    {:reply, info, state}
  end

  @impl true
  def handle_info({:repair, timer}, %{timer: {timer, _}} = state) do
    case repair(%{state | timer: nil}) do
      {:ok, state} -> {:noreply, state}
      {:error, reason, state} -> failed(state, reason)
    end
  end

  def handle_info({:DOWN, ref, :process, _, _}, %{subscribers: subscribers} = state)
      when is_map_key(subscribers, ref),
      do: {:noreply, %{state | subscribers: Map.delete(subscribers, ref)}}

  def handle_info(message, state) do
    if Listener.ready?(state.news, message), do: news(state), else: other(message, state)
  end

  defp other(message, state) do
    case TermRegistry.restart_eraser(Table, state.eraser, message) do
      {:ok, eraser} -> {:noreply, %{state | eraser: eraser}}
      :none -> {:noreply, state}
    end
  end

  @impl true
  def terminate(_reason, state) do
    Listener.close(state.news)
    Socket.close(state.sock)
  end

  defp subscribe(pid, kinds, snapshot?, state) do
    ref = Process.monitor(pid)

    if snapshot? do
      changes =
        for kind <- kinds, object <- Table.objects(state.table, kind), do: {:create, object}

      send(pid, {:linx_view, ref, {Table.number(state.table), changes}})
    end

    {:reply, {:ok, ref}, put_in(state.subscribers[ref], {pid, kinds})}
  end

  # Notifications

  defp news(state) do
    case Listener.recv(state.news, @slice) do
      {:ok, %{messages: messages, losses: losses}, listener} ->
        {:noreply, commit_news(note_all(messages, losses, {%{state | news: listener}, @no_news}))}

      {:error, {:recv, :closed} = reason, _listener} ->
        failed(state, reason)

      {:error, _temporary, listener} ->
        {:noreply, suspect(%{state | news: listener}, MapSet.to_list(state.suspects))}
    end
  end

  defp failed(state, {_stage, :closed} = reason) do
    for {ref, {pid, _kinds}} <- state.subscribers,
        do: send(pid, {:linx_view, ref, {:closed, reason}})

    {:stop, {:shutdown, reason}, state}
  end

  # What could not be read or listed, without a descriptor, memory or peace, is so later.
  defp failed(state, _passes) do
    state = %{state | news: Listener.retry(state.news)}
    {:noreply, suspect(state, MapSet.to_list(state.suspects))}
  end

  defp commit_news({state, {changes, suspects}}),
    do: state |> commit(in_order(changes)) |> suspect(suspects)

  # The last word on each object, with its place among them, and what else to suspect.
  defp note_all(messages, losses, {state, news}) do
    state = lost(state, losses)
    {state, Enum.reduce(messages, news, &note(state, &1, &2))}
  end

  defp lost(state, 0), do: state

  defp lost(state, losses),
    do: suspect(%{state | overruns: state.overruns + losses}, state.kinds)

  defp in_order(changes) do
    for {{kind, key}, {_at, verb, object}} <- Enum.sort_by(changes, &elem(elem(&1, 1), 0)),
        do: {verb, kind, key, object}
  end

  # NLM_F_REPLACE and NLM_F_APPEND of a notification: it may stand in for
  # another route, or be a part of one.
  @replace_or_append 0x900

  defp note(state, message, {changes, suspects} = news) do
    case Kind.change(Event.decode(message)) do
      {:list, kinds} ->
        {changes, Enum.uniq(kinds ++ suspects)}

      {kind, verb, object} ->
        if kind in state.kinds, do: note(state, message, {kind, verb, object}, news), else: news

      :ignore ->
        news
    end
  end

  defp note(state, message, {kind, verb, object}, {changes, suspects}) do
    key = Kind.key(kind, object)
    old = known(changes, state.table, {kind, key})
    at = System.unique_integer([:monotonic])
    doubtful = kind == :routes and doubtful?(verb, old, object, message)
    revives = kind == :addresses and verb == :put and revives?(state.table, object)

    more =
      if(doubtful or revives, do: [:routes], else: []) ++ Kind.suspects(kind, verb, old, object)

    {Map.put(changes, {kind, key}, {at, verb, object}), Enum.uniq(more ++ suspects)}
  end

  # With a link's first IPv4 address, ways over it are alive again.
  defp revives?(table, %{family: 2, index: index}),
    do: not Table.any?(table, {:addresses, {index, 2, :_, :_, :_}})

  defp revives?(_table, _address), do: false

  defp known(changes, table, id) do
    case changes do
      %{^id => {_at, :put, object}} -> object
      %{^id => {_at, :delete, _object}} -> nil
      %{} -> Table.get(table, id)
    end
  end

  defp doubtful?(:delete, nil, _route, _message), do: true
  defp doubtful?(_verb, _old, %{family: 10, multipath: [_ | _]}, _message), do: true

  defp doubtful?(_verb, _old, _route, %{flags: flags}),
    do: Bitwise.band(flags, @replace_or_append) != 0

  # States

  # Makes a new state of the differences there are, and tells of them.
  defp commit(state, changes) do
    differences = Enum.flat_map(changes, &difference(state.table, &1))
    if differences == [], do: state, else: write(state, differences)
  end

  defp difference(table, {verb, kind, key, object}) do
    case {verb, Table.get(table, {kind, key})} do
      {:put, nil} ->
        [{:create, kind, key, object, nil}]

      {:put, ^object} ->
        []

      {:put, old} ->
        if(same?(old, object), do: [], else: [{:update, kind, key, object, old}])

      {:delete, nil} ->
        []

      {:delete, old} ->
        [{:delete, kind, key, old, old}]
    end
  end

  defp same?(old, new), do: Codec.comparable(old) == Codec.comparable(new)

  defp write(state, differences) do
    Table.write(state.table, differences)
    tell(state, differences)
    state
  end

  defp tell(state, differences) do
    number = Table.number(state.table)

    Enum.each(state.subscribers, fn {ref, {pid, kinds}} ->
      changes = for {op, kind, _key, object, _old} <- differences, kind in kinds, do: {op, object}
      if changes != [], do: send(pid, {:linx_view, ref, {number, changes}})
    end)
  end

  # Repairs

  defp suspect(state, kinds) do
    case Enum.filter(kinds, &(&1 in state.kinds)) do
      [] -> state
      kinds -> repair_soon(state, kinds)
    end
  end

  defp repair_soon(state, kinds) do
    now = System.monotonic_time(:millisecond)
    since = state.since || now
    wait = min(@debounce, max(since + @patience - now, 0))
    _ = with {_, old} <- state.timer, do: Process.cancel_timer(old)
    ref = make_ref()
    timer = Process.send_after(self(), {:repair, ref}, wait)
    suspects = MapSet.union(state.suspects, MapSet.new(kinds))
    %{state | suspects: suspects, since: since, timer: {ref, timer}}
  end

  # Lists the kinds that are suspected. What is notified meanwhile is the later word, and
  # part of the same state: nobody sees an object that a list does not have any more.
  defp repair(state) do
    with {:ok, state} <- catch_up(%{state | since: nil}),
         {:ok, listed, state} <- list(state) do
      {outcome, state, {changes, suspects}} = meanwhile(state)

      listed_changes =
        for {kind, objects} <- listed,
            {_verb, kind, key, _object} = change <- compare(state.table, kind, objects),
            not is_map_key(changes, {kind, key}),
            do: change

      state = commit(state, listed_changes ++ in_order(changes))
      state = suspect(%{state | repairs: state.repairs + length(listed)}, suspects)
      if outcome == :ok, do: {:ok, state}, else: {:error, elem(outcome, 1), state}
    end
  end

  defp list(state) do
    case Kind.list_all(in_turn(state.suspects), state.sock) do
      {:ok, listed} -> {:ok, listed, clear_suspects(state)}
      {:error, reason} -> {:error, reason, state}
    end
  end

  defp clear_suspects(state) do
    _ = with {_, timer} <- state.timer, do: Process.cancel_timer(timer)
    %{state | suspects: MapSet.new(), since: nil, timer: nil}
  end

  # What has been taken counts, even if the next part cannot be.
  defp meanwhile(state) do
    case Listener.drain(state.news, {state, @no_news}, &note_all/3) do
      {:ok, {state, news}, listener} ->
        {:ok, %{state | news: listener}, news}

      {:error, reason, {state, news}, listener} ->
        {{:error, reason}, %{state | news: listener}, news}
    end
  end

  # What was notified before the listing is older than it.
  defp catch_up(state) do
    case Listener.drain(state.news, {state, @no_news}, &note_all/3) do
      {:ok, {state, news}, listener} ->
        {:ok, commit_news({%{state | news: listener}, news})}

      {:error, reason, {state, news}, listener} ->
        {:error, reason, commit_news({%{state | news: listener}, news})}
    end
  end

  defp in_turn(kinds), do: Enum.filter(Kind.all(), &(&1 in kinds))

  defp compare(table, kind, objects) do
    gone =
      for {key, object} <- Table.entries(table, kind),
          not is_map_key(objects, key),
          do: {:delete, kind, key, object}

    gone ++ for({key, object} <- objects, do: {:put, kind, key, object})
  end
end

defmodule Linx.Netlink.Monitor.Server do
  @moduledoc false
  # The process of a monitor: reads notifications and sends them to subscribers.

  use GenServer

  alias Linx.Netlink.{GenServerInit, Listener, Options, ProcessOptions, Protocol}
  alias Linx.Netlink.Monitor.Undecoded
  alias Linx.Netlink.Socket.NetnsHandle

  # Milliseconds for which events are compared with a snapshot: far longer than the kernel takes
  # from a change to its notification.
  @comparing 1000

  @enforce_keys [:protocol, :given, :options, :tag, :own, :listener, :groups, :netns, :owner]
  defstruct @enforce_keys ++ [subscribers: %{}, snapshots: %{}]

  # `:given` are the checked options, `:options` the same after `resolve/1` of the protocol; `:own` are the callbacks that make what subscribers get, if the
  # protocol has them, which is not looked up for each event; `:groups` the groups that were joined; `:netns` is where a
  # snapshot is taken, `nil` without any; `:owner` is the reference of the owner's subscription;
  # `:subscribers` are pids and filters by reference; `:snapshots` are those that events are compared
  # with, by the reference of the subscription that got it, each with the reference of the timer's
  # message that removes it.
  @typep state :: %__MODULE__{
           protocol: module(),
           given: map(),
           options: map(),
           tag: term(),
           own: [:event | :message],
           listener: Listener.t(),
           groups: [pos_integer()],
           netns: NetnsHandle.t() | nil,
           owner: reference() | nil,
           subscribers: %{reference() => {pid(), (term() -> boolean()) | nil}},
           snapshots: %{reference() => {reference(), Protocol.snapshot()}}
         }

  # Options, in the calling process

  @doc """
  The module that the option `:protocol` names, and the options for it.
  """
  @spec protocol(list()) ::
          {:ok, module(), list()}
          | {:error, {:bad_option, :protocol, term()} | {:unknown_option, term()}}
  def protocol(opts) do
    with :ok <- Options.keyword(opts) do
      case Keyword.fetch(opts, :protocol) do
        {:ok, module} when is_atom(module) ->
          if protocol?(module),
            do: {:ok, module, Keyword.delete(opts, :protocol)},
            else: {:error, {:bad_option, :protocol, module}}

        _number ->
          {:ok, Undecoded, opts}
      end
    end
  end

  defp protocol?(module) do
    Enum.all?([number: 0, groups: 0, tag: 0, decode: 1], &defines?(module, &1)) and
      (defines?(module, {:decode, 3}) or not defines?(module, {:rows, 1}))
  end

  defp defines?(module, {callback, arity}), do: Protocol.defines?(module, callback, arity)

  @doc """
  Table of the options of a protocol's monitor.
  """
  @spec options(module()) :: ProcessOptions.table()
  def options(protocol) do
    groups =
      case protocol.groups() do
        [] -> []
        names -> [groups: {{:groups, names}, required: true}, optional_groups: {:groups, names}]
      end

    own = if Protocol.defines?(protocol, :options, 0), do: protocol.options(), else: []

    Keyword.merge(groups, own) ++
      [owner: :owner, tag: :term] ++ filters(protocol, :start) ++ ProcessOptions.listener()
  end

  defp filters(_protocol, :start), do: [filter: :filter]

  defp filters(protocol, :subscribe) do
    own = if Protocol.defines?(protocol, :filters, 0), do: protocol.filters(), else: []
    own ++ [filter: :filter]
  end

  # Start

  @impl true
  def init({protocol, %{owner: owner} = options}) do
    # A supervisor would start a monitor of a dead owner again and again.
    if owner == nil or alive?(owner), do: open(protocol, options), else: :ignore
  end

  defp resolve(protocol, options) do
    if Protocol.defines?(protocol, :resolve, 1),
      do: protocol.resolve(options),
      else: {:ok, options}
  end

  defp alive?(pid) when node(pid) == node(), do: Process.alive?(pid)
  defp alive?(pid), do: :rpc.call(node(pid), :erlang, :is_process_alive, [pid]) == true

  defp open(protocol, %{owner: owner} = given) do
    with {:ok, options} <- resolve(protocol, given),
         optional = Map.get(options, :optional_groups, []),
         groups = Enum.uniq(Map.get(options, :groups, []) ++ optional),
         {:ok, netns} <- netns(protocol, options.netns),
         {:ok, listener} <- listen(protocol, options, netns, groups, optional),
         :ok <- setup(protocol, listener.sock, options),
         state = %__MODULE__{
           protocol: protocol,
           given: given,
           options: options,
           tag: Map.get_lazy(options, :tag, &protocol.tag/0),
           own:
             for(
               {name, _} = callback <- [event: 2, message: 3],
               defines?(protocol, callback),
               do: name
             ),
           listener: listener,
           groups: groups,
           netns: netns,
           owner: owner && Process.monitor(owner)
         },
         state = if(owner, do: add(state, state.owner, owner, options[:filter]), else: state),
         {:ok, state} <- first_snapshot(state, options) do
      {:ok, state, {:continue, :read}}
    else
      {:error, reason} -> GenServerInit.stop_quietly(reason)
    end
  end

  # Snapshots are taken in the namespace of the socket, also when its name has been deleted.
  defp netns(protocol, netns) do
    if Protocol.defines?(protocol, :snapshot, 2), do: NetnsHandle.open(netns), else: {:ok, nil}
  end

  defp listen(protocol, options, netns, groups, optional) do
    options = Map.put_new_lazy(options, :protocol, &protocol.number/0)
    options = if netns, do: %{options | netns: NetnsHandle.path(netns)}, else: options
    rows = Map.get_lazy(options, :rows, fn -> rows(protocol, groups) end)
    Listener.open(options, groups, optional -- Map.get(options, :groups, []), rows)
  end

  defp rows(protocol, groups),
    do: if(defines?(protocol, {:rows, 1}), do: protocol.rows(groups), else: [])

  defp setup(protocol, sock, options) do
    if Protocol.defines?(protocol, :setup, 2), do: protocol.setup(sock, options), else: :ok
  end

  defp first_snapshot(state, %{snapshot: true}) do
    case snapshot(state, Map.keys(state.subscribers)) do
      {:ok, state} -> {:ok, state}
      {:error, reason, _state} -> {:error, reason}
    end
  end

  defp first_snapshot(state, _options), do: {:ok, state}

  # Calls and messages

  @impl true
  def handle_continue(:read, state), do: read(state)

  @impl true
  def handle_call({:subscribe, pid, opts}, _from, %{protocol: protocol} = state) do
    case ProcessOptions.check(filters(protocol, :subscribe), opts) do
      {:ok, options} ->
        ref = Process.monitor(pid)
        {:reply, {:ok, ref}, add(state, ref, pid, filter(protocol, options))}

      {:error, reason} ->
        {:reply, {:error, reason}, state}
    end
  end

  def handle_call({:unsubscribe, ref}, _from, state) do
    Process.demonitor(ref, [:flush])
    {:reply, :ok, remove(state, ref)}
  end

  def handle_call({:resync, pid}, _from, state) do
    refs = for {ref, {^pid, _filter}} <- state.subscribers, do: ref

    cond do
      state.netns == nil -> {:reply, {:error, :no_snapshot}, state}
      refs == [] -> {:reply, {:error, :not_subscribed}, state}
      true -> resync(state, refs)
    end
  end

  def handle_call(:overruns, _from, state), do: {:reply, state.listener.overruns, state}

  @impl true
  def handle_info({:compared, token}, state) do
    snapshots = for {ref, {other, _} = entry} <- state.snapshots, other != token, do: {ref, entry}
    {:noreply, %{state | snapshots: Map.new(snapshots)}}
  end

  def handle_info({:DOWN, owner, :process, _pid, _reason}, %{owner: owner} = state),
    do: {:stop, :normal, state}

  def handle_info({:DOWN, ref, :process, _pid, _reason}, state),
    do: {:noreply, remove(state, ref)}

  def handle_info(message, state) do
    if Listener.ready?(state.listener, message), do: read(state), else: {:noreply, state}
  end

  @impl true
  def terminate(_reason, state), do: Listener.close(state.listener)

  # Subscribers

  defp filter(protocol, options) do
    if Protocol.defines?(protocol, :filter, 1),
      do: protocol.filter(options),
      else: options[:filter]
  end

  @spec add(state(), reference(), pid(), (term() -> boolean()) | nil) :: state()
  defp add(state, ref, pid, filter),
    do: %{state | subscribers: Map.put(state.subscribers, ref, {pid, filter})}

  defp remove(%{subscribers: subscribers, snapshots: snapshots} = state, ref) do
    %{
      state
      | subscribers: Map.delete(subscribers, ref),
        snapshots: Map.delete(snapshots, ref)
    }
  end

  # Notifications

  defp read(state) do
    case Listener.recv(state.listener) do
      {:ok, received, listener} ->
        {:noreply, received(%{state | listener: listener}, received)}

      {:error, {:recv, :closed} = reason, _listener} ->
        report(state, {:closed, reason})
        {:stop, {:shutdown, reason}, state}

      {:error, _temporary, listener} ->
        {:noreply, %{state | listener: listener}}
    end
  end

  defp received(state, %{notifications: notifications, losses: losses, overrun: overrun}) do
    # A lost notification may have been of an object of a snapshot.
    state = if losses > 0, do: %{state | snapshots: %{}}, else: state
    state = Enum.reduce(notifications, state, &deliver/2)
    if overrun, do: report(state, {:overrun, overrun})
    state
  end

  defp deliver(notification, state), do: deliver(notification, state, state.subscribers)

  defp deliver(notification, state, subscribers) do
    case Protocol.decode(state.protocol, notification) do
      {:ok, event} when state.snapshots == %{} ->
        send_event(state, subscribers, event)
        state

      {:ok, event} ->
        {known, state} = compare(state, event)
        send_event(state, Map.drop(subscribers, known), event)
        state

      :ignore ->
        state

      :resolve ->
        resolve_again(state)
    end
  end

  # Notifications of groups that were not joined yet are lost.
  defp resolve_again(%{protocol: protocol, listener: listener} = state) do
    with {:ok, options} <- resolve(protocol, state.given),
         {:ok, listener} <- Listener.change(listener, options.groups, options.rows) do
      state = %{state | options: options, groups: options.groups, listener: listener}
      report(state, {:overrun, listener.overruns})
      state
    else
      # Not there any more.
      {:error, _reason} -> state
    end
  end

  # The subscriptions whose snapshot agrees with an event, and the updated snapshots.
  defp compare(%{snapshots: snapshots} = state, event) do
    {known, snapshots} =
      Enum.reduce(snapshots, {[], %{}}, fn {ref, {token, snapshot}}, {known, updated} ->
        {differs?, snapshot} = state.protocol.update(snapshot, event)
        {if(differs?, do: known, else: [ref | known]), Map.put(updated, ref, {token, snapshot})}
      end)

    {known, %{state | snapshots: snapshots}}
  end

  # Snapshots

  # Notifications that have arrived by now are older than the snapshot.
  defp resync(state, refs) do
    with {:ok, notifications, state} <- drain(state) do
      state = notifications |> Enum.reduce(state, &deliver/2) |> report_overrun()
      report(state, :snapshot_started, refs)
      with {:ok, state} <- snapshot(state, refs), do: {:ok, report_overrun(state)}
    end
    |> case do
      {:ok, state} -> {:reply, :ok, state}
      {:error, reason, state} -> {:reply, {:error, reason}, state}
    end
  end

  # Sends a snapshot to some subscriptions. Notifications that arrive while it is taken are part of
  # it; the other subscriptions get them as events.
  defp snapshot(%{protocol: protocol} = state, refs) do
    with {:ok, listed} <- protocol.list(state.groups, NetnsHandle.path(state.netns)),
         {:ok, notifications, state} <- drain(state) do
      {chosen, others} = Map.split(state.subscribers, refs)
      state = Enum.reduce(notifications, state, &deliver(&1, &2, others))
      {events, snapshot} = protocol.snapshot(listed, notifications)
      Enum.each(events, &send_event(state, chosen, &1))
      report(state, :snapshot_complete, refs)
      token = make_ref()
      Process.send_after(self(), {:compared, token}, @comparing)
      snapshots = Map.merge(state.snapshots, Map.new(refs, &{&1, {token, snapshot}}))
      {:ok, %{state | snapshots: snapshots}}
    else
      {:error, reason} -> {:error, reason, state}
      {:error, reason, state} -> {:error, reason, state}
    end
  end

  # All notifications that have arrived. Those that came before an error are delivered.
  defp drain(%{listener: listener} = state) do
    case Listener.drain(listener, [], fn part, _losses, parts -> [part | parts] end) do
      {:ok, parts, listener} ->
        {:ok, in_order(parts), %{state | listener: listener}}

      {:error, reason, parts, listener} ->
        state = Enum.reduce(in_order(parts), %{state | listener: listener}, &deliver/2)
        {:error, reason, state}
    end
  end

  defp in_order(parts), do: parts |> Enum.reverse() |> Enum.concat()

  defp report_overrun(state) do
    {overrun, listener} = Listener.report(state.listener)
    if overrun, do: report(state, {:overrun, overrun})
    %{state | listener: listener}
  end

  # Messages to subscribers

  defp report(state, report), do: report(state, report, Map.keys(state.subscribers))

  defp report(state, report, refs) do
    message = Protocol.message(state.protocol, state.tag, self(), report)
    for {pid, _filter} <- Map.values(Map.take(state.subscribers, refs)), do: send(pid, message)
    :ok
  end

  defp send_event(%{protocol: protocol, tag: tag, own: own} = state, subscribers, event) do
    event = if :event in own, do: protocol.event(event, state.options), else: event

    message =
      if :message in own,
        do: protocol.message(tag, self(), {:event, event}),
        else: {tag, self(), event}

    Enum.each(subscribers, fn {_ref, {pid, filter}} ->
      if filter == nil or passes?(filter, event), do: send(pid, message)
    end)
  end

  # A filter that raises does not end the monitor of the others.
  defp passes?(filter, event) do
    filter.(event)
  catch
    _kind, _reason -> true
  end
end

defmodule Linx.Netlink.Monitor do
  @moduledoc """
  Notifications of a netlink protocol, sent to processes as they come.

  Kernel side: multicast groups, `netlink(7)`; for rtnetlink
  `enum rtnetlink_groups` of `include/uapi/linux/rtnetlink.h`.

      # NETLINK_NETFILTER, NFNLGRP_NFTABLES: every change of the ruleset.
      {:ok, monitor} = Linx.Netlink.Monitor.start_link(protocol: 12, groups: [7])

      receive do
        {:linx_netlink, ^monitor, {:message, %Linx.Netlink.Message{} = message}} -> message
        {:linx_netlink, ^monitor, {:overrun, _count}} -> :read_everything_again
      end

  For rtnetlink, `Linx.Netlink.Rtnl.Monitor` does the same with decoded structs.

  The process sleeps until the kernel has something to say. When it falls behind
  and the kernel drops notifications, it says so and goes on: what was missed has
  to be read by other means.

  ## Messages

  A subscriber gets `{:linx_netlink, monitor, event}`:

    * `{:message, message}` - a notification, undecoded;
    * `{:overrun, count}` - notifications got lost; `count` is how often that has
      happened to the monitor. It comes behind all that is older than the loss, so that
      what is read after it is never spoilt by an old notification;
    * `{:closed, reason}` - the socket has failed and the monitor ends.
  """

  use GenServer

  alias Linx.Netlink.{GenServerInit, Message, Notifications, ProcessOptions, Socket}

  # How much is read before other messages to the process are looked at.
  @slice 256 * 1024

  # For how many milliseconds what was told first is remembered: far longer than the kernel
  # takes from a change to its notification.
  @remembered 1000

  @typedoc "Whether a subscriber wants a notification; of `Linx.Netlink.Rtnl.Monitor`, an event."
  @type filter :: (term() -> boolean())

  @typedoc "What makes the messages to subscribers, or `nil` for none; see `__default__/2`."
  @type format :: (pid(), event() -> {term(), term()} | nil)

  @type event :: {:message, Message.t()} | {:overrun, pos_integer()} | {:closed, term()}

  @options [
             protocol: {0..0xFFFFFFFF, default: 0},
             groups: {{:groups, []}, required: true},
             owner: :owner,
             filter: :filter
           ] ++ ProcessOptions.listener()

  @subscription [filter: {:filter, default: nil}]

  @doc """
  Starts a monitor that is linked to the caller.

  Options:

    * `:groups` - the numbers of the groups to join, a list; required;
    * `:protocol` - the netlink protocol, 0 (rtnetlink) if not given;
    * `:netns` - where, as for `Linx.Netlink.Socket.open/2`; `:host` if not given;
    * `:owner` - the first subscriber, the caller if not given; the monitor ends
      when it does, with `:normal`. `nil` for none;
    * `:filter` - what the owner wants, as for `subscribe/3`;
    * `:rcvbuf` - the receive buffer in bytes, 4 MiB if not given; the kernel caps
      it at twice `net.core.rmem_max`, but not with `:force_rcvbuf` set to `true`,
      which needs `CAP_NET_ADMIN`;
    * `:name` and the other options of `GenServer.start_link/3`.

  The groups are joined when it returns, so no later change is missed. If
  opening or joining fails: `{:error, reason}`, the reason of the failing call;
  `{:unknown_option, key}`, `{:bad_option, key, value}`, `{:missing_option, :groups}`.
  `:ignore` for an owner that has ended already: there is nothing to do.
  """
  @spec start_link(keyword()) :: GenServer.on_start()
  def start_link(opts) when is_list(opts) do
    with {:ok, options} <- ProcessOptions.check(@options, opts), do: start_checked(options)
  end

  @doc false
  # With checked options, and with what only the monitors of the families give: `:format`,
  # `:first` and `:prepare`.
  @spec start_checked(map()) :: GenServer.on_start()
  def start_checked(options) do
    options = Map.put_new(options, :owner, self())
    server = ProcessOptions.for_server(options)
    __MODULE__ |> GenServer.start_link(options, server) |> GenServerInit.unwrap_start()
  end

  @doc """
  A child of a supervisor: with the monitor's name for an id, if it has one.

  It has no owner unless one is given: processes `subscribe/3`. It is `:transient`: a monitor
  that has ended with its owner, or because its socket failed, is not started again.
  """
  @spec child_spec(keyword()) :: Supervisor.child_spec()
  def child_spec(opts) when is_list(opts),
    do: GenServerInit.child_spec(__MODULE__, Keyword.put_new(opts, :owner, nil), :transient)

  @doc """
  Adds a subscriber; by default the caller.

  Options: `:filter`, a function that says for each notification whether it is
  wanted; it runs in the monitor and should be quick. If it raises, the notification
  counts as wanted. `nil` for none.

  Returns `{:ok, ref}` for `unsubscribe/2`, or `{:error, {:unknown_option, key}}`,
  `{:error, {:bad_option, key, value}}`. A subscriber that ends is forgotten.
  """
  @spec subscribe(GenServer.server(), pid(), filter: filter() | nil) ::
          {:ok, reference()} | {:error, ProcessOptions.reason()}
  def subscribe(monitor, pid \\ self(), opts \\ []) when is_pid(pid) and is_list(opts) do
    with {:ok, %{filter: filter}} <- ProcessOptions.check(@subscription, opts),
         do: subscribe_checked(monitor, pid, filter)
  end

  @doc false
  @spec subscribe_checked(GenServer.server(), pid(), filter() | nil) :: {:ok, reference()}
  def subscribe_checked(monitor, pid, filter),
    do: GenServer.call(monitor, {:subscribe, pid, filter})

  @doc """
  Removes a subscriber. What it was sent before may still be in its mailbox.
  """
  @spec unsubscribe(GenServer.server(), reference()) :: :ok
  def unsubscribe(monitor, ref) when is_reference(ref) do
    GenServer.call(monitor, {:unsubscribe, ref})
  end

  @doc """
  How often notifications got lost since the monitor started.
  """
  @spec overruns(GenServer.server()) :: non_neg_integer()
  def overruns(monitor), do: GenServer.call(monitor, :overruns)

  @doc """
  Stops a monitor and closes its socket.
  """
  @spec stop(GenServer.server()) :: :ok
  def stop(monitor), do: GenServer.stop(monitor)

  @doc false
  # The message to a subscriber, and what its filter is asked about.
  @spec __default__(pid(), event()) :: {term(), term()}
  def __default__(monitor, {:message, message} = event),
    do: {{:linx_netlink, monitor, event}, message}

  def __default__(monitor, event), do: {{:linx_netlink, monitor, event}, nil}

  @impl true
  def init(%{owner: owner} = options) do
    # A supervisor would start it again and again.
    if owner == nil or alive?(owner), do: open(options), else: :ignore
  end

  defp alive?(pid) when node(pid) == node(), do: Process.alive?(pid)
  defp alive?(pid), do: :rpc.call(node(pid), :erlang, :is_process_alive, [pid]) == true

  defp open(%{owner: owner} = options) do
    with {:ok, sock} <- Notifications.open(options, Map.get(options, :groups, [])),
         {:ok, first, known, losses} <- first(options[:first], sock) do
      state = %{
        sock: sock,
        owner: owner && Process.monitor(owner),
        subscribers: %{},
        format: Map.get(options, :format, &__MODULE__.__default__/2),
        known: known,
        overruns: losses,
        # Losses that nobody has been told of yet.
        untold: losses,
        asleep: nil
      }

      state = if owner, do: add(state, state.owner, owner, options[:filter]), else: state
      for {message, subject} <- first, do: hand(state, message, subject)
      {:ok, state, {:continue, :read}}
    else
      {:error, reason} -> GenServerInit.stop_quietly(reason)
    end
  end

  # What subscribers are told before anything else, as `format` has it: it is made by a
  # function that is given another one, for the notifications that came meanwhile. With it
  # come what is known then, and a function that says whether an event is news to that, and
  # what is known with it.
  defp first(nil, _sock), do: {:ok, [], nil, 0}

  defp first(make, sock) do
    losses = :counters.new(1, [])

    with {:ok, told, known} <- make.(fn -> meanwhile(sock, losses) end) do
      Process.send_after(self(), :forget, @remembered)
      {:ok, told, known, :counters.get(losses, 1)}
    end
  end

  defp meanwhile(sock, losses) do
    collect = fn bytes, lost, parts ->
      :counters.add(losses, 1, lost)
      [parts | Message.decode(bytes)]
    end

    case Notifications.fold(sock, [], collect) do
      {:ok, parts} -> {:ok, List.flatten(parts)}
      {:error, reason, _parts} -> {:error, reason}
    end
  end

  @impl true
  def handle_continue(:read, state), do: read(state)

  @impl true
  def handle_call({:subscribe, pid, filter}, _from, state) do
    ref = Process.monitor(pid)
    {:reply, {:ok, ref}, add(state, ref, pid, filter)}
  end

  def handle_call({:unsubscribe, ref}, _from, state) do
    Process.demonitor(ref, [:flush])
    {:reply, :ok, %{state | subscribers: Map.delete(state.subscribers, ref)}}
  end

  def handle_call(:overruns, _from, state), do: {:reply, state.overruns, state}

  @impl true
  def handle_info(:read, state), do: read(state)
  def handle_info(:forget, state), do: {:noreply, forget(state, 1)}

  def handle_info({:DOWN, owner, :process, _pid, _reason}, %{owner: owner} = state),
    do: {:stop, :normal, state}

  def handle_info({:DOWN, ref, :process, _pid, _reason}, state),
    do: {:noreply, %{state | subscribers: Map.delete(state.subscribers, ref)}}

  def handle_info(message, state) do
    if Notifications.woken?(message, state.asleep), do: read(state), else: {:noreply, state}
  end

  @impl true
  def terminate(_reason, state), do: Socket.close(state.sock)

  defp add(state, ref, pid, filter),
    do: %{state | subscribers: Map.put(state.subscribers, ref, {pid, filter})}

  # Reads what is there and has itself woken when there is more.
  defp read(state) do
    case Notifications.take(state.sock, @slice) do
      {:ok, {bytes, losses, empty?}} ->
        state = state |> forget(losses) |> deliver(bytes) |> lost(losses, empty?)
        if empty?, do: sleep(state), else: again(state)

      {:error, reason} ->
        failed(state, reason)
    end
  end

  defp again(state) do
    send(self(), :read)
    {:noreply, state}
  end

  defp sleep(state) do
    case Notifications.sleep(state.sock) do
      {:asleep, handle} -> {:noreply, %{state | asleep: handle}}
      :ready -> again(state)
      :lost -> state |> forget(1) |> lost(1, false) |> again()
      {:error, reason} -> failed(state, reason)
    end
  end

  # What was lost may have changed what is known.
  defp forget(state, 0), do: state
  defp forget(state, _losses), do: %{state | known: nil}

  # After a loss the kernel adds nothing until everything has been read (`netlink_overrun`,
  # `netlink_rcv_wake`). So the place of the loss is where nothing is left, or before
  # another loss.
  defp lost(state, losses, empty?) do
    passed? = state.untold > 0 and losses > 0
    state = %{state | overruns: state.overruns + losses, untold: state.untold + losses}

    if state.untold > 0 and (empty? or passed?) do
      tell(state, {:overrun, state.overruns})
      %{state | untold: if(empty?, do: 0, else: losses)}
    else
      state
    end
  end

  defp deliver(state, bytes),
    do: bytes |> Message.decode() |> Enum.reduce(state, &deliver_one/2)

  defp deliver_one(message, state) do
    with {message, subject} <- state.format.(self(), {:message, message}),
         {true, state} <- news(state, subject) do
      hand(state, message, subject)
      state
    else
      {false, state} -> state
      nil -> state
    end
  end

  defp news(%{known: nil} = state, _subject), do: {true, state}

  defp news(%{known: {known, news}} = state, subject) do
    {news?, known} = news.(known, subject)
    {news?, %{state | known: {known, news}}}
  end

  # Without a descriptor or memory to read with, what is there stays there.
  defp failed(state, {:recv, :closed} = reason) do
    tell(state, {:closed, reason})
    {:stop, {:shutdown, reason}, state}
  end

  defp failed(state, _passes) do
    Notifications.later(:read)
    {:noreply, state}
  end

  defp tell(state, event) do
    with {message, subject} <- state.format.(self(), event), do: hand(state, message, subject)
  end

  defp hand(state, message, subject) do
    Enum.each(state.subscribers, fn {_ref, {pid, filter}} ->
      if filter == nil or subject == nil or wanted?(filter, subject), do: send(pid, message)
    end)
  end

  # One subscriber's mistake is not the end of the others.
  defp wanted?(filter, subject) do
    filter.(subject)
  catch
    _kind, _reason -> true
  end
end

defmodule Linx.Netlink.Rtnl.View do
  @moduledoc """
  The current state of a network namespace: its links, addresses, routes, rules, neighbours and
  nexthops, and on request its forwarding tables, VLANs and every other resource of
  `Linx.Netlink.Rtnl.resources/0`.

  Kernel side: the dumps and notifications of `include/uapi/linux/rtnetlink.h`.

      {:ok, view} = Linx.Netlink.Rtnl.View.start_link()

      {:ok, link} = View.lookup(view, :links, "eth0")
      View.addresses(view) |> Enum.filter(&(&1.index == link.index))
      [route | _] = View.routes_to(view, "192.0.2.7")

      {:ok, _} = View.await(view, fn view -> usable_address(view, link.index) end)

  A read makes no system call and sends no message. It sees one state: never one half of a change
  without the other.

  ## Resync

  A view lists every resource when it starts, and follows notifications. Where these do not
  suffice it lists resources again, shortly after, and once for several causes:

    * after an overrun: the kernel dropped notifications;
    * after an interrupted dump;
    * after a link went down, came up, appeared or disappeared, or got another name or MTU,
      after an address, a nexthop or a rule was deleted, or a link got its first IPv4
      address: the kernel then changes routes, nexthops, addresses, rules or the carrier of other
      links without a notification;
    * after a notification that holds a part of an object, or came before the object was complete:
      of a bridge about its port or the VLANs that changed, of IPv4 and IPv6 about their settings,
      of a wireless driver, of a pair about its first end;
    * after a qdisc or a class was added or deleted, or a filter deleted: classes, qdiscs, filters and
      actions come and go with them.

  ## Changes without notification

  The kernel sends no notification of the following changes. A view has them with the next notified
  change of the object, with the next list, or after `refresh/1`, which a program calls after
  such a change of its own.

  #{Linx.Netlink.Rtnl.View.Unnotified.document()}

  Left out are neighbours that need no resolution (`NUD_NOARP`), as by `ip neighbour`, and the
  address filters of network cards among the forwarding tables.

  ## States

  Until a list is complete, readers see the state before it; then, at once, the state after it and
  after the notifications that arrived meanwhile. Subscribers are sent exactly the differences.
  `version/1` counts the states.

  When its socket fails, a view sends the reason to its subscribers and ends. A namespace whose
  name is deleted exists for as long as the view does.

  ## Costs

  An object takes the memory of its struct and its key: 0.8 KB for a route, 5.5 KB for a bridge
  link. Looking one up copies it to the reader, which takes about a microsecond.
  Counters, ages, timers and remaining times alone are no change
  (`Linx.Netlink.Codec.comparable/1`): a view has them as of the last one.
  """

  alias Linx.IP
  alias Linx.Netlink.{GenServerInit, ProcessOptions, Rtnl}
  alias Linx.Netlink.Rtnl.{Link, Route}
  alias __MODULE__.{Server, Table}

  # Attempts of a reader before it asks the process.
  @tries 20

  # RT_TABLE_MAIN of include/uapi/linux/rtnetlink.h.
  @coverage [table: {1..0xFFFFFFFF, default: 254}]

  @typedoc "Plural of a resource of `Linx.Netlink.Rtnl.resources/0`."
  @type resource :: atom()

  @typedoc "A difference between two states; of an update, the new object."
  @type change :: {:create | :update | :delete, struct()}

  # Starting

  names = fn default? ->
    Enum.map_join(
      for(r <- Rtnl.resources(), r.default == default?, do: r),
      ", ",
      &"`:#{&1.plural}`"
    )
  end

  @doc """
  Starts a view that is linked to the caller. It is complete when this returns.

  Options:

    * `:netns` - where, as for `Linx.Netlink.Socket.open/2`; `:host` if not given;
    * `:resources` - a list of #{names.(true)}, which are held if it is not given, and of
      #{names.(false)};
    * `:rcvbuf`, `:force_rcvbuf` - the receive buffer, as for
      `Linx.Netlink.Monitor.start_link/1`;
    * `:name` and the other options of `GenServer.start_link/3`.

  Needs no privilege; to enter another namespace, `CAP_SYS_ADMIN`.

  `{:error, reason}` with the reason of the call that failed, `:dump_interrupted` if changes
  interrupted every attempt to list; `{:unknown_option, key}`, `{:bad_option, key, value}`.
  """
  @spec start_link(keyword()) :: GenServer.on_start()
  def start_link(opts \\ []) when is_list(opts) do
    with {:ok, options} <- ProcessOptions.check(options(), opts),
         server = ProcessOptions.for_server(options),
         do: Server |> GenServer.start_link(options, server) |> GenServerInit.unwrap_start()
  end

  defp options do
    default = for resource <- Rtnl.resources(), resource.default, do: resource.plural
    [resources: {{:some_of, plurals()}, default: default}] ++ ProcessOptions.listener()
  end

  defp subscription,
    do: [resources: {:some_of, plurals()}, snapshot: {:boolean, default: false}]

  defp plurals, do: Enum.map(Rtnl.resources(), & &1.plural)

  @doc """
  Specification of a child of a supervisor; its id is the view's name, if it has one.
  """
  @spec child_spec(keyword()) :: Supervisor.child_spec()
  def child_spec(opts) when is_list(opts),
    do: GenServerInit.child_spec(__MODULE__, opts, :permanent)

  @doc "Stops a view."
  @spec stop(GenServer.server()) :: :ok
  def stop(view), do: GenServer.stop(view)

  # Reading

  # `links/1`, `addresses/1`, `neighbours/1`, `nexthops/1`, `routes/1`, `rules/1`, …
  for %{plural: plural, module: module} <- Rtnl.resources() do
    @doc "All #{plural}, in no particular order: structs of `#{inspect(module)}`."
    @spec unquote(plural)(GenServer.server()) :: [unquote(module).t()]
    def unquote(plural)(view), do: list(view, unquote(plural))
  end

  @doc """
  All objects of a resource, in no particular order.
  """
  @spec list(GenServer.server(), resource()) :: [struct()]
  def list(view, plural), do: read(view, &Table.objects(&1, plural))

  @doc """
  All objects of one state: `{version, %{links: [...], ...}}`.
  """
  @spec all(GenServer.server()) :: {non_neg_integer(), %{resource() => [struct()]}}
  def all(view) do
    read(view, fn %{resources: resources} = handle ->
      {Table.number(handle), Map.new(resources, &{&1, Table.objects(handle, &1)})}
    end)
  end

  @doc """
  One object by its key: a link by index or name (alternative names included), a nexthop by
  its id.
  """
  @spec lookup(GenServer.server(), resource(), pos_integer() | String.t()) ::
          {:ok, struct()} | :error
  def lookup(view, plural, id) when is_atom(plural) and is_integer(id),
    do: read(view, &Table.fetch(&1, {plural, id}))

  def lookup(view, plural, name) when is_atom(plural) and is_binary(name) do
    read(view, fn table ->
      with {:ok, key} <- Table.fetch(table, {:name, plural, name}),
           do: Table.fetch(table, {plural, key})
    end)
  end

  @doc """
  The link of this index or name, or `:error`.
  """
  @spec get(GenServer.server(), pos_integer() | String.t()) :: {:ok, Link.t()} | :error
  def get(view, ref), do: lookup(view, :links, ref)

  @doc """
  The routes that cover an address, the most specific first, then by metric.

  Option: `:table`, 254 (main) if not given; a wrong one is `{:error, {:bad_option, :table,
  value}}`. One table is searched; the kernel's decision begins with the rules: see
  `Linx.Netlink.Rtnl.Route.get/2`.
  """
  @spec routes_to(GenServer.server(), IP.input(), table: pos_integer()) ::
          [Route.t()] | {:error, {:bad_address, term()} | ProcessOptions.reason()}
  def routes_to(view, ip, opts \\ [])

  def routes_to(view, ip, opts) when is_list(opts) do
    with {:ok, ip} <- IP.cast(ip),
         {:ok, %{table: table}} <- ProcessOptions.check(@coverage, opts) do
      read(view, fn handle ->
        Enum.flat_map(Route.Key.covering(table, ip), &Table.matching(handle, :routes, &1))
      end)
      |> Enum.sort_by(&{-&1.dst_len, &1.priority || 0})
    end
  end

  @doc """
  Number of the current state. It grows with every change.
  """
  @spec version(GenServer.server()) :: non_neg_integer()
  def version(view), do: read(view, &Table.number/1)

  @doc """
  Waits until `predicate`, a function of the view, returns neither `nil` nor `false`.

  Returns `{:ok, value}` with its value, `{:error, :timeout}` after `timeout` milliseconds, or
  `{:error, {:down, reason}}` if the view ends or does not exist. The function is called at once
  and then after every change. `timeout` is up to 4294967295, or
  `:infinity`; anything else is `{:error, {:bad_timeout, timeout}}`.
  """
  @spec await(GenServer.server(), (GenServer.server() -> term()), timeout()) ::
          {:ok, term()} | {:error, :timeout | {:down, term()} | {:bad_timeout, term()}}
  def await(view, predicate, timeout \\ 5000)

  def await(view, predicate, timeout)
      when is_function(predicate, 1) and (timeout == :infinity or timeout in 0..0xFFFFFFFF) do
    with {:ok, ref} <- join(view) do
      monitor = Process.monitor(view)
      timer = if timeout != :infinity, do: Process.send_after(self(), {ref, :timeout}, timeout)

      try do
        await_change(view, predicate, ref, monitor)
      after
        _ = timer && Process.cancel_timer(timer)
        Process.demonitor(monitor, [:flush])
        leave(view, ref)
        flush(ref)
      end
    end
  end

  def await(_view, predicate, timeout) when is_function(predicate, 1),
    do: {:error, {:bad_timeout, timeout}}

  defp join(view) do
    subscribe(view)
  catch
    :exit, {reason, {GenServer, :call, _}} -> {:error, {:down, reason}}
    :exit, reason -> {:error, {:down, reason}}
  end

  # The view may end at any time.
  defp leave(view, ref) do
    unsubscribe(view, ref)
  catch
    :exit, _reason -> :ok
  end

  defp await_change(view, predicate, ref, monitor) do
    if value = evaluate(predicate, view) do
      {:ok, value}
    else
      receive do
        {:linx_view, ^ref, _change} ->
          flush_changes(ref)
          await_change(view, predicate, ref, monitor)

        {^ref, :timeout} ->
          {:error, :timeout}

        {:DOWN, ^monitor, :process, _, reason} ->
          {:error, {:down, reason}}
      end
    end
  end

  # The end of a view that is ending now is reported by its monitor.
  defp evaluate(predicate, view) do
    predicate.(view)
  catch
    :exit, {:noproc, {__MODULE__, :read, [^view]}} -> nil
  end

  # Several changes are one reason to evaluate.
  defp flush_changes(ref) do
    receive do
      {:linx_view, ^ref, _change} -> flush_changes(ref)
    after
      0 -> :ok
    end
  end

  defp flush(ref) do
    receive do
      {:linx_view, ^ref, _change} -> flush(ref)
      {^ref, :timeout} -> flush(ref)
    after
      0 -> :ok
    end
  end

  # Subscribing

  @doc """
  Subscribes a process, by default the caller, to the differences between states.

  Each further state is sent as `{:linx_view, ref, {version, changes}}` with all differences to
  the state before. With `snapshot: true` the first such message holds the current state as
  creates: there is neither gap nor overlap between it and the next.

  When the view's socket fails, `{:linx_view, ref, {:closed, reason}}` is the last message,
  and the view ends with `{:shutdown, reason}`.

  Options: `:resources`, a list of those that the view holds, for the changes of these alone;
  `:snapshot`.

  Returns `{:ok, ref}`, or `{:error, {:unknown_option, key}}`,
  `{:error, {:bad_option, key, value}}`. A subscriber that ends is unsubscribed.
  """
  @spec subscribe(GenServer.server(), pid(), keyword()) ::
          {:ok, reference()} | {:error, ProcessOptions.reason()}
  def subscribe(view, pid \\ self(), opts \\ []) when is_pid(pid) and is_list(opts) do
    with {:ok, options} <- ProcessOptions.check(subscription(), opts),
         do: GenServer.call(view, {:subscribe, pid, options}, :infinity)
  end

  @doc """
  Ends a subscription. Messages sent before may still be in the mailbox.
  """
  @spec unsubscribe(GenServer.server(), reference()) :: :ok
  def unsubscribe(view, ref) when is_reference(ref),
    do: GenServer.call(view, {:unsubscribe, ref}, :infinity)

  @doc """
  Lists every resource again, at once, for changes that the kernel does not notify.

  When this returns `:ok`, readers see the state at the time of the call, or a later one;
  subscribers have been sent the differences. `{:error, reason}` if a list failed: the view tries
  again by itself, unless its socket is closed.
  """
  @spec refresh(GenServer.server()) :: :ok | {:error, term()}
  def refresh(view), do: GenServer.call(view, :refresh, :infinity)

  @doc """
  Counters of a view: `:overruns`, `:resyncs` (dumps made after the first) and
  `:objects`.
  """
  @spec info(GenServer.server()) :: map()
  def info(view), do: GenServer.call(view, :info, :infinity)

  # Reads run in the reader, again when the state changed meanwhile, and in the process of the view
  # when that happens each time.
  defp read(view, fun) do
    with pid when is_pid(pid) <- GenServer.whereis(view),
         {:ok, table} <- Table.of(pid) do
      case Table.read(table, fun, @tries) do
        {:ok, result} -> result
        :moving -> GenServer.call(view, {:read, fun}, :infinity)
        :gone -> gone(view)
      end
    else
      _ -> gone(view)
    end
  end

  # The exit of a call of a process that does not exist.
  @spec gone(GenServer.server()) :: no_return()
  defp gone(view), do: exit({:noproc, {__MODULE__, :read, [view]}})
end

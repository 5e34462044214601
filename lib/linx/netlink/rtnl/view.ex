defmodule Linx.Netlink.Rtnl.View do
  @moduledoc """
  A picture of a network namespace that is always current: its links, addresses,
  routes, rules, neighbours and nexthops.

  Kernel side: the dumps and notifications of `include/uapi/linux/rtnetlink.h`.

      {:ok, view} = Linx.Netlink.Rtnl.View.start_link()

      {:ok, link} = View.lookup(view, :links, "eth0")
      View.addresses(view) |> Enum.filter(&(&1.index == link.index))
      [route | _] = View.routes_to(view, "192.0.2.7")

      {:ok, _} = View.await(view, fn view -> usable_address(view, link.index) end)

  Reading makes no system call and asks no process. A read sees one state: never
  one half of a change without the other.

  ## What it does to stay current

  It listens to notifications and lists everything once. Where notifications do
  not suffice it lists again, shortly after and once for many causes:

    * after an overrun, when the kernel dropped notifications;
    * after an interrupted dump;
    * after a link went down, came up, appeared or disappeared, or got another name or MTU,
      after an address, a nexthop or a rule was deleted, or a link got its first IPv4
      address: the kernel then changes routes, nexthops, addresses, rules or the carrier of other
      links without saying so;
    * after a notification that holds a part of a link, or came before the link was complete:
      of a bridge about its port, of IPv4 and IPv6 about their settings, of a wireless driver, of
      a pair about its first end.

  ## What it cannot know

  The kernel sends no notification for the following. The view has it with the next notified
  change of the object, with the next list, or after `refresh/1`, which a program calls after
  such a change of its own.

  #{Linx.Netlink.Rtnl.View.Unnotified.document()}

  Neighbours that need no resolution (`NUD_NOARP`) are left out, as `ip neighbour` does.

  ## States

  Until such a list is made, readers see the state before it; then, at once, the state
  after it and after what was notified meanwhile. Subscribers are told exactly the
  differences. `version/1` counts the states.

  When its socket fails, a view tells its subscribers and ends. A namespace whose name is
  deleted lives on for as long as the view does.

  ## What it costs

  An object takes its struct and its key: 0.8 KB for a route, 5.5 KB for a bridge
  link. Looking one up copies it to the reader, which takes about a microsecond.
  Counters, ages, timers and remaining times alone are no change
  (`Linx.Netlink.Codec.comparable/1`), and are as old as the last one.
  """

  alias Linx.IP
  alias Linx.Netlink.{GenServerInit, ProcessOptions}
  alias Linx.Netlink.Rtnl.{Address, Link, Neighbour, Nexthop, Route, Rule}
  alias __MODULE__.{Kind, Server, Table}

  # How often a reader tries for itself before it asks the process.
  @tries 20

  @options [kinds: {{:some_of, Kind.all()}, default: Kind.all()}] ++ ProcessOptions.listener()
  @subscription [kinds: {:some_of, Kind.all()}, snapshot: {:boolean, default: false}]
  @coverage [table: {1..0xFFFFFFFF, default: 254}]

  @type kind :: Kind.t()

  @typedoc "A difference between two states; of an update, the new object."
  @type change :: {:create | :update | :delete, struct()}

  # Starting

  @doc """
  Starts a view that is linked to the caller. It is complete when this returns.

  Options:

    * `:netns` - where, as for `Linx.Netlink.Socket.open/2`; `:host` if not given;
    * `:kinds` - a list of `:links`, `:addresses`, `:routes`, `:rules`,
      `:neighbours`, `:nexthops`; all if not given;
    * `:rcvbuf`, `:force_rcvbuf` - the receive buffer, as for
      `Linx.Netlink.Monitor.start_link/1`;
    * `:name` and the other options of `GenServer.start_link/3`.

  `{:error, reason}` with the reason of the call that failed, `:dump_interrupted` if the
  namespace did not keep still for a list; `{:unknown_option, key}`,
  `{:bad_option, key, value}`.
  """
  @spec start_link(keyword()) :: GenServer.on_start()
  def start_link(opts \\ []) when is_list(opts) do
    with {:ok, options} <- ProcessOptions.check(@options, opts),
         server = ProcessOptions.for_server(options),
         do: Server |> GenServer.start_link(options, server) |> GenServerInit.unwrap_start()
  end

  @doc """
  A child of a supervisor: with the view's name for an id, if it has one.
  """
  @spec child_spec(keyword()) :: Supervisor.child_spec()
  def child_spec(opts) when is_list(opts),
    do: GenServerInit.child_spec(__MODULE__, opts, :permanent)

  @doc "Stops a view."
  @spec stop(GenServer.server()) :: :ok
  def stop(view), do: GenServer.stop(view)

  # Reading

  for {kind, module} <- [
        links: Link,
        addresses: Address,
        routes: Route,
        rules: Rule,
        neighbours: Neighbour,
        nexthops: Nexthop
      ] do
    @doc "All #{kind}, in no particular order."
    @spec unquote(kind)(GenServer.server()) :: [unquote(module).t()]
    def unquote(kind)(view), do: read(view, &Table.objects(&1, unquote(kind)))
  end

  @doc """
  Everything at once, of one state: `{version, %{links: [...], ...}}`.
  """
  @spec all(GenServer.server()) :: {non_neg_integer(), %{kind() => [struct()]}}
  def all(view) do
    read(view, fn %{kinds: kinds} = handle ->
      {Table.number(handle), Map.new(kinds, &{&1, Table.objects(handle, &1)})}
    end)
  end

  @doc """
  One object: a link by index or name (alternative names included), a nexthop by
  its id.
  """
  @spec lookup(GenServer.server(), :links | :nexthops, pos_integer() | String.t()) ::
          {:ok, Link.t() | Nexthop.t()} | :error
  def lookup(view, kind, id) when kind in [:links, :nexthops] and is_integer(id) do
    read(view, &Table.fetch(&1, {kind, id}))
  end

  def lookup(view, :links, name) when is_binary(name) do
    read(view, fn table ->
      with {:ok, index} <- Table.fetch(table, {:name, name}),
           do: Table.fetch(table, {:links, index})
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
  value}}`. This is a look at one table, not the kernel's decision, which begins with the
  rules: ask `Route.get/2` for that.
  """
  @spec routes_to(GenServer.server(), String.t() | IP.t(), table: pos_integer()) ::
          [Route.t()] | {:error, {:bad_address, String.t()} | ProcessOptions.reason()}
  def routes_to(view, ip, opts \\ [])

  def routes_to(view, text, opts) when is_binary(text) and is_list(opts) do
    with {:ok, ip} <- IP.parse(text), do: routes_to(view, ip, opts)
  end

  def routes_to(view, %IP{} = ip, opts) when is_list(opts) do
    with {:ok, %{table: table}} <- ProcessOptions.check(@coverage, opts),
         do: covering(view, ip, table)
  end

  defp covering(view, %IP{family: family, bytes: bytes}, table) do
    family = if family == :inet, do: 2, else: 10
    prefixes = for len <- bit_size(bytes)..0//-1, do: {len, masked(bytes, len)}

    read(view, fn handle ->
      for {len, masked} <- prefixes,
          dst <- if(len == 0, do: [nil, masked], else: [masked]),
          route <- Table.covering(handle, {table, family, len, dst, :_, :_, :_}),
          do: route
    end)
    |> Enum.sort_by(&{-&1.dst_len, &1.priority || 0})
  end

  defp masked(bytes, len) do
    host = bit_size(bytes) - len
    network = bytes |> :binary.decode_unsigned() |> Bitwise.bsr(host) |> Bitwise.bsl(host)
    <<network::size(bit_size(bytes))>>
  end

  @doc """
  The number of the present state. It grows with every change.
  """
  @spec version(GenServer.server()) :: non_neg_integer()
  def version(view), do: read(view, &Table.number/1)

  @doc """
  Waits until `predicate`, which is given the view, returns neither `nil` nor
  `false`: `{:ok, what it returned}`, or `{:error, :timeout}` after `timeout`
  milliseconds, or `{:error, {:down, reason}}` of a view that ends or is not there.

  It is asked at once and then after every change. `timeout` is up to 4294967295, or
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

  # It may end at any time.
  defp leave(view, ref) do
    unsubscribe(view, ref)
  catch
    :exit, _reason -> :ok
  end

  defp await_change(view, predicate, ref, monitor) do
    if value = ask(predicate, view) do
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

  # Of a view that ends just now, its end is told next.
  defp ask(predicate, view) do
    predicate.(view)
  catch
    :exit, {:noproc, {__MODULE__, :read, [^view]}} -> nil
  end

  # Many changes are one reason to ask.
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

  # Watching

  @doc """
  Has the differences between states sent to a process; by default the caller.

  Each state that follows comes as `{:linx_view, ref, {version, changes}}`, and
  `changes` is all that it differs in. With `snapshot: true` the first such message
  holds the present state as creates: there is neither gap nor overlap between it
  and the next.

  When the view's socket fails, `{:linx_view, ref, {:closed, reason}}` is the last message,
  and the view ends with `{:shutdown, reason}`.

  Options: `:kinds`, a list, to be told of some only, of those that the view has; `:snapshot`.

  Returns `{:ok, ref}`, or `{:error, {:unknown_option, key}}`,
  `{:error, {:bad_option, key, value}}`. A subscriber that ends is forgotten.
  """
  @spec subscribe(GenServer.server(), pid(), keyword()) ::
          {:ok, reference()} | {:error, ProcessOptions.reason()}
  def subscribe(view, pid \\ self(), opts \\ []) when is_pid(pid) and is_list(opts) do
    with {:ok, options} <- ProcessOptions.check(@subscription, opts),
         do: GenServer.call(view, {:subscribe, pid, options}, :infinity)
  end

  @doc """
  Ends a subscription. Messages sent before may still be in the mailbox.
  """
  @spec unsubscribe(GenServer.server(), reference()) :: :ok
  def unsubscribe(view, ref) when is_reference(ref),
    do: GenServer.call(view, {:unsubscribe, ref}, :infinity)

  @doc """
  Lists everything again, at once.

  For what the kernel does not tell, above. When this returns `:ok`, readers see what was
  there when it was called, or later; subscribers have been sent the differences.
  `{:error, reason}` if the kernel could not be asked: the view tries again by itself, unless
  its socket is closed.
  """
  @spec refresh(GenServer.server()) :: :ok | {:error, term()}
  def refresh(view), do: GenServer.call(view, :refresh, :infinity)

  @doc """
  How the view fared: `:overruns`, `:repairs` (dumps made after the first) and
  `:objects`.
  """
  @spec info(GenServer.server()) :: map()
  def info(view), do: GenServer.call(view, :info, :infinity)

  # Reads are made here, on the reader's side, and again when the state changed
  # meanwhile; the process is asked only when that happens all the time.
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

  # As a call of a process that does not exist.
  @spec gone(GenServer.server()) :: no_return()
  defp gone(view), do: exit({:noproc, {__MODULE__, :read, [view]}})
end

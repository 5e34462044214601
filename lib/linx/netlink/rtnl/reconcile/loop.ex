defmodule Linx.Netlink.Rtnl.Reconcile.Loop do
  @moduledoc """
  Keeps a network namespace as it is desired, for as long as it runs.

  Kernel side: `include/uapi/linux/rtnetlink.h`; see `Linx.Netlink.Rtnl.Reconcile`.

      children = [
        {Linx.Netlink.Rtnl.Reconcile.Loop,
         name: MyApp.Network,
         netns: {:path, "/run/netns/box"},
         desired: %{links: [{"br0", :bridge, up: true}]}}
      ]

      Loop.update(MyApp.Network, %{links: [{"br0", :bridge, up: true, mtu: 1400}]})
      Loop.status(MyApp.Network).converged?

  It makes a pass (`Linx.Netlink.Rtnl.Reconcile.reconcile/4`) when it starts, when it is
  told of another desired state, when something changes in the namespace, at an interval,
  and again after one that failed. What a pass has created is known to the next.

  Stopping it changes nothing in the namespace. To have it take away what it put there,
  desire `%{}` before.

  ## When it makes a pass

    * After an event it waits until nothing has changed for `:debounce`, but no longer than
      ten times that. Of the kernel's silent changes (see `Linx.Netlink.Rtnl.Monitor`) it
      learns at the next interval, or at once from a `Linx.Netlink.Rtnl.View`.
    * After a pass that failed it waits, twice as long each time. What it has changed itself
      does not count as an event; other events bring the next pass forward, to a second
      after the last.
    * When pass after pass finds something to change, somebody else keeps changing it back.
      Then events are answered ever more slowly, too.

  ## What it logs

  What fails and what is in conflict with another owner is logged as a warning, each failure
  once until a pass has none; that is logged as information. A conflict is no failure: it does
  not cause another pass.

  ## What it remembers

  Which links, addresses and neighbours are its own, `last_applied`, is known to the process
  alone: one that is started anew leaves them alone when they are no longer desired. Who
  needs more keeps `last_applied`, of the report that `:on_pass` gets or of `status/1`, and
  gives it to the next start.
  """

  use GenServer

  require Logger

  alias Linx.Netlink.{Connection, GenServerInit, ProcessOptions, Socket}
  alias Linx.Netlink.Rtnl.Reconcile
  alias Linx.Netlink.Rtnl.Reconcile.Report
  alias __MODULE__.{FailureLog, Schedule, Watch}

  @typedoc """
  What there should be, or a function that says so when a pass begins; it may return
  `{:error, reason}`, and the pass has failed.
  """
  @type desired :: Reconcile.desired() | (() -> Reconcile.desired() | {:error, term()})

  @typedoc "Why a pass was made."
  @type cause :: :start | :event | :interval | :retry | :update | :asked

  @type result :: {:ok, Report.t()} | {:error, Reconcile.error() | term()}

  @type option ::
          {:desired, desired()}
          | {:netns, Socket.netns()}
          | {:connection, Connection.handle() | Socket.t()}
          | {:wake, boolean() | {:view, GenServer.server()}}
          | {:interval, timeout()}
          | {:debounce, non_neg_integer()}
          | {:backoff, {pos_integer(), pos_integer()}}
          | {:last_applied, Reconcile.last_applied()}
          | {:on_pass, (map(), map() -> term())}
          | Reconcile.option()
          | GenServer.option()

  @typedoc """
  How it fares: whether the last pass left nothing to be done, its result, how many passes
  were made and how many have failed since one has not, what is its own, and in how many
  milliseconds the next pass is due.
  """
  @type status :: %{
          converged?: boolean(),
          result: result() | nil,
          passes: non_neg_integer(),
          failures: non_neg_integer(),
          last_applied: Reconcile.last_applied(),
          next: non_neg_integer() | nil
        }

  @doc """
  Starts a loop that is linked to the caller. The first pass is made after this returns.

  Options:

    * `:desired` - required;
    * `:netns` - where, as for `Linx.Netlink.Socket.open/2`; `:host` if not given. The loop
      opens a connection of its own. Or
    * `:connection` - a `Linx.Netlink.Connection` or a socket to use;
    * `:wake` - whether events cause passes: `true`, which is the default, by a monitor of its
      own; `{:view, view}` by a `Linx.Netlink.Rtnl.View` of that namespace; or `false`;
    * `:interval` - milliseconds from one pass to the next without a cause, 60,000 if not
      given, or `:infinity`;
    * `:debounce` - milliseconds, 100 if not given;
    * `:backoff` - `{first, longest}` pause after a failure in milliseconds, `{500, 60_000}`
      if not given;
    * `:last_applied` - of an earlier run;
    * `:on_pass` - a function that is called after each pass, as a telemetry handler is, with
      measurements `%{duration: native_time, applied: n, failed: n, pending: n}` and metadata
      `%{loop: pid, cause: cause, result: result}`. It runs in the loop; if it raises, that is
      logged, and the loop goes on;
    * `:protocol`, `:takeover`, `:on_error`, `:dry_run` - as for
      `Linx.Netlink.Rtnl.Reconcile.reconcile/4`, but that a failed step does not keep it from
      the others: `on_error: :continue`;
    * `:name` and the other options of `GenServer.start_link/3`.

  Changing anything takes `CAP_NET_ADMIN`, entering another namespace `CAP_SYS_ADMIN`.

  Errors: `{:unknown_option, key}`, `{:bad_option, key, value}`, `{:missing_option, :desired}`,
  `{:normalize, reason}` as of `Linx.Netlink.Rtnl.Reconcile.reconcile/4` for a desired state that
  makes no sense whatever links there are, and those of `Linx.Netlink.Connection.start_link/1`
  and `Linx.Netlink.Rtnl.Monitor.start_link/1`.
  """
  @spec start_link([option()]) :: GenServer.on_start()
  def start_link(opts) when is_list(opts) do
    with {:ok, options} <- ProcessOptions.check(options(), opts),
         :ok <- understood(options.desired, options),
         server = ProcessOptions.for_server(options),
         do: __MODULE__ |> GenServer.start_link(options, server) |> GenServerInit.unwrap_start()
  end

  @doc """
  A child of a supervisor: with the loop's name for an id, if it has one.
  """
  @spec child_spec([option()]) :: Supervisor.child_spec()
  def child_spec(opts) when is_list(opts),
    do: GenServerInit.child_spec(__MODULE__, opts, :permanent)

  @doc """
  Gives a loop another desired state. Returns at once; a pass follows.

  `{:error, {:normalize, reason}}` as of `start_link/1`: the loop keeps the one it has. What a
  function returns is checked in the pass.
  """
  @spec update(GenServer.server(), desired()) :: :ok | {:error, {:normalize, term()}}
  def update(loop, desired) when is_map(desired) or is_function(desired, 0) do
    with :ok <- understood(desired, %{}),
         do: GenServer.call(loop, {:update, desired}, :infinity)
  end

  @doc """
  Makes a pass now, and returns its result.
  """
  @spec run(GenServer.server(), timeout()) :: result()
  def run(loop, timeout \\ :infinity), do: GenServer.call(loop, :run, timeout)

  @doc """
  How a loop fares. A pass that is being made is waited for.
  """
  @spec status(GenServer.server()) :: status()
  def status(loop), do: GenServer.call(loop, :status, :infinity)

  @doc """
  Stops a loop. The namespace stays as it is.
  """
  @spec stop(GenServer.server(), term(), timeout()) :: :ok
  def stop(loop, reason \\ :normal, timeout \\ :infinity),
    do: GenServer.stop(loop, reason, timeout)

  # Options

  # Those of a pass.
  @pass_options [:protocol, :takeover, :on_error, :dry_run]

  defp options do
    [
      desired: {{:where, &desired?/1}, required: true},
      netns: {:netns, default: :host},
      connection: {{:where, fn _ -> true end}, default: nil},
      wake: {{:either, [:boolean, {:where, &match?({:view, _}, &1)}]}, default: true},
      interval: {{:either, [1..0xFFFFFFFF, {:one_of, [:infinity]}]}, default: 60_000},
      debounce: {0..0xFFFFFFFF, default: 100},
      backoff: {{:where, &pauses?/1}, default: {500, 60_000}},
      last_applied: {{:where, &Reconcile.last_applied?/1}, default: %{}},
      on_pass: {{:where, &(&1 == nil or is_function(&1, 2))}, default: nil},
      # A number or a name, which a pass knows.
      protocol: {:either, [1..255, {:where, &is_atom/1}]},
      takeover: {:boolean, default: false},
      on_error: {{:one_of, [:stop, :continue]}, default: :continue},
      dry_run: {:boolean, default: false}
    ] ++ ProcessOptions.server()
  end

  defp desired?(value),
    do: (is_map(value) and not is_struct(value)) or is_function(value, 0)

  defp pauses?({first, longest}),
    do: is_integer(first) and is_integer(longest) and first > 0 and longest >= first

  defp pauses?(_value), do: false

  # A function is asked when a pass begins.
  defp understood(desired, options) do
    desired = if is_map(desired), do: desired, else: %{}
    Reconcile.check(desired, pass_options(options))
  end

  defp pass_options(options), do: options |> Map.take(@pass_options) |> Map.to_list()

  # The process

  @impl true
  def init(config) do
    # What it is linked to may end without it.
    Process.flag(:trap_exit, true)

    state = %{
      config: config,
      conn: config.connection,
      own: nil,
      watch: Watch.new(config.wake),
      schedule: Schedule.new(config),
      failures: FailureLog.new(),
      last_applied: config.last_applied,
      result: nil,
      passes: 0
    }

    with {:ok, state} <- ready(state) do
      {:ok, state, {:continue, :start}}
    else
      {:error, reason} -> GenServerInit.stop_quietly(reason)
    end
  end

  @impl true
  def handle_continue(:start, state), do: {:noreply, pass(state, :start)}

  @impl true
  def handle_call({:update, desired}, from, state) do
    GenServer.reply(from, :ok)
    {:noreply, pass(put_in(state.config.desired, desired), :update)}
  end

  def handle_call(:run, _from, state) do
    state = pass(state, :asked)
    {:reply, state.result, state}
  end

  def handle_call(:status, _from, state) do
    status = %{
      converged?: match?({:ok, %Report{converged?: true}}, state.result),
      result: state.result,
      passes: state.passes,
      failures: state.schedule.failures,
      last_applied: state.last_applied,
      next: Schedule.left(state.schedule)
    }

    {:reply, status, state}
  end

  @impl true
  def handle_info({Schedule, tick}, state) do
    case Schedule.due(state.schedule, tick, Watch.count(state.watch)) do
      {:pass, cause} -> {:noreply, pass(state, cause)}
      {:wait, schedule} -> {:noreply, %{state | schedule: schedule}}
    end
  end

  def handle_info({Watch, :listen}, state) do
    _ = Watch.listen(state.watch)
    {:noreply, state}
  end

  def handle_info({:EXIT, pid, _reason}, %{own: pid} = state) when pid != nil,
    do: {:noreply, event(%{state | own: nil, conn: nil})}

  def handle_info({:EXIT, _pid, reason} = message, state) do
    case Watch.event(state.watch, message) do
      {:event, watch} -> {:noreply, event(%{state | watch: watch})}
      {:none, _} when reason in [:normal, :shutdown] -> {:noreply, state}
      {:none, _} -> {:stop, reason, state}
    end
  end

  def handle_info(message, state) do
    case Watch.event(state.watch, message) do
      {:event, watch} -> {:noreply, event(%{state | watch: watch})}
      {:none, watch} -> {:noreply, %{state | watch: watch}}
    end
  end

  @impl true
  def terminate(_reason, state) do
    Watch.stop(state.watch)
    _ = state.own && Process.alive?(state.own) && Connection.stop(state.own)
    :ok
  end

  defp event(state),
    do: %{state | schedule: Schedule.event(state.schedule, Watch.count(state.watch))}

  # What a pass needs: a connection, and to be told of what changes after it.
  defp ready(state) do
    with {:ok, state} <- connected(state),
         {:ok, netns} <- Connection.netns(state.conn),
         {:ok, watch} <- Watch.start(state.watch, netns),
         do: {:ok, %{state | watch: watch}}
  end

  defp connected(%{conn: nil, config: config} = state) do
    with {:ok, pid} <- Connection.start_link(netns: config.netns),
         do: {:ok, %{state | conn: pid, own: pid}}
  end

  defp connected(state), do: {:ok, state}

  defp pass(state, cause) do
    started = System.monotonic_time()
    Watch.deafen(state.watch)

    {result, state} =
      case ready(state) do
        {:ok, state} -> {attempt(state), state}
        {:error, reason} -> {{:error, reason}, state}
      end

    duration = System.monotonic_time() - started
    outcome = outcome(result)

    state = %{
      state
      | result: result,
        passes: state.passes + 1,
        last_applied: last_applied(result, state.last_applied),
        failures: FailureLog.note(state.failures, result),
        schedule: Schedule.done(state.schedule, outcome)
    }

    tell(state.config.on_pass, duration, cause, result)
    listen(state, outcome)
  end

  # What a failed pass has changed is no reason for another one.
  defp listen(state, :failed) do
    Process.send_after(self(), {Watch, :listen}, state.config.debounce)
    state
  end

  defp listen(state, _outcome),
    do: if(Watch.listen(state.watch), do: event(state), else: state)

  # What is created must not be forgotten, whatever the caller's function does.
  defp attempt(%{config: config} = state) do
    with %{} = desired <- desired(config.desired) do
      Reconcile.reconcile(state.conn, desired, state.last_applied, pass_options(config))
    end
  end

  defp desired(desired) when is_map(desired), do: desired

  defp desired(fun) do
    case fun.() do
      %{} = desired -> with :ok <- Reconcile.check(desired, []), do: desired
      {:error, reason} -> {:error, reason}
      other -> {:error, {:bad_option, :desired, other}}
    end
  catch
    kind, reason -> {:error, {kind, reason}}
  end

  defp last_applied({:ok, %Report{last_applied: applied}}, _before), do: applied
  defp last_applied({:error, _reason}, before), do: before

  defp outcome({:ok, %Report{failed: [], applied: []}}), do: :same
  defp outcome({:ok, %Report{failed: []}}), do: :changed
  defp outcome(_result), do: :failed

  defp tell(nil, _duration, _cause, _result), do: :ok

  defp tell(fun, duration, cause, result) do
    counts =
      case result do
        {:ok, report} -> Map.take(report, [:applied, :failed, :pending])
        {:error, _reason} -> %{applied: [], failed: [], pending: []}
      end

    measurements =
      counts |> Map.new(fn {k, list} -> {k, length(list)} end) |> Map.put(:duration, duration)

    fun.(measurements, %{loop: self(), cause: cause, result: result})
  catch
    kind, reason ->
      text = Exception.format(kind, reason, __STACKTRACE__)
      Logger.error("on_pass of #{inspect(self())} failed: #{text}")
  end
end

defmodule Linx.Netlink.Rtnl.Reconcile.Loop.Server do
  @moduledoc false
  # The process of a loop.

  use GenServer

  require Logger

  alias Linx.Netlink.{Connection, GenServerInit}
  alias Linx.Netlink.Rtnl.Reconcile
  alias Linx.Netlink.Rtnl.Reconcile.{Loop, Report}
  alias Linx.Netlink.Rtnl.Reconcile.Loop.{FailureLog, Schedule, Watch}

  @impl true
  def init(config) do
    # Linked processes may end without it.
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

  def handle_info({Watch, :unmute}, state) do
    _ = Watch.unmute(state.watch)
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

  # A pass needs a connection, and a source of events after it.
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
    Watch.mute(state.watch)

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

    call_on_pass(state.config.on_pass, duration, cause, result)
    unmute(state, outcome)
  end

  # Changes of a failed pass do not cause another one.
  defp unmute(state, :failed) do
    Process.send_after(self(), {Watch, :unmute}, state.config.debounce)
    state
  end

  defp unmute(state, _outcome),
    do: if(Watch.unmute(state.watch), do: event(state), else: state)

  # `last_applied` must not be lost, whatever the caller's function does.
  defp attempt(%{config: config} = state) do
    with %{} = desired <- desired(config.desired) do
      Reconcile.reconcile(state.conn, desired, state.last_applied, Loop.pass_options(config))
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
    class, reason -> {:error, {class, reason}}
  end

  defp last_applied({:ok, %Report{last_applied: applied}}, _before), do: applied
  defp last_applied({:error, _reason}, before), do: before

  defp outcome({:ok, %Report{failed: [], applied: []}}), do: :same
  defp outcome({:ok, %Report{failed: []}}), do: :changed
  defp outcome(_result), do: :failed

  defp call_on_pass(nil, _duration, _cause, _result), do: :ok

  defp call_on_pass(fun, duration, cause, result) do
    counts =
      case result do
        {:ok, report} -> Map.take(report, [:applied, :failed, :pending])
        {:error, _reason} -> %{applied: [], failed: [], pending: []}
      end

    measurements =
      counts |> Map.new(fn {k, list} -> {k, length(list)} end) |> Map.put(:duration, duration)

    fun.(measurements, %{loop: self(), cause: cause, result: result})
  catch
    class, reason ->
      text = Exception.format(class, reason, __STACKTRACE__)
      Logger.error("on_pass of #{inspect(self())} failed: #{text}")
  end
end

defmodule Linx.Netlink.Rtnl.Reconcile.Loop.Schedule do
  @moduledoc false
  # Time of a loop's next pass. There is one timer at a time, whose message to the calling process
  # is `{Schedule, tick}`.

  @enforce_keys [:interval, :debounce, :first, :longest]
  defstruct [
    :interval,
    :debounce,
    :first,
    :longest,
    # The timer: `{tick, timer, at, cause}`.
    timer: nil,
    # Time of the first event that waits for a pass, and the number of events then.
    since: nil,
    seen: 0,
    # Time when the last pass ended; consecutive passes that failed, and that found differences.
    ended: nil,
    failures: 0,
    changes: 0
  ]

  @type t :: %__MODULE__{}

  # Milliseconds after a failed pass before an event may cause another.
  @eager 1000

  # Most times `debounce` that an event waits for further events.
  @patience 10

  @spec new(map()) :: t()
  def new(%{interval: interval, debounce: debounce, backoff: {first, longest}}),
    do: %__MODULE__{interval: interval, debounce: debounce, first: first, longest: longest}

  @doc """
  The schedule after a pass that has just ended.
  """
  @spec done(t(), :same | :changed | :failed) :: t()
  def done(schedule, outcome) do
    schedule = %{disarm(schedule) | since: nil, ended: now()}

    case outcome do
      :failed ->
        schedule = %{schedule | failures: schedule.failures + 1, changes: 0}
        arm(schedule, schedule.ended + pause(schedule), :retry)

      :same ->
        again(%{schedule | failures: 0, changes: 0})

      :changed ->
        again(%{schedule | failures: 0, changes: schedule.changes + 1})
    end
  end

  defp again(%{interval: :infinity} = schedule), do: schedule
  defp again(schedule), do: arm(schedule, schedule.ended + schedule.interval, :interval)

  @doc """
  The schedule after an event; `count` is the number of events so far.
  """
  @spec event(t(), non_neg_integer()) :: t()
  # The first of them has armed the timer.
  def event(%{since: since} = schedule, _count) when since != nil, do: schedule

  def event(schedule, count) do
    now = now()
    at = max(now + schedule.debounce, earliest(schedule))
    schedule = %{schedule | since: now, seen: count}

    case schedule.timer do
      {_tick, _timer, sooner, _cause} when sooner <= at -> schedule
      _ -> arm(schedule, at, :event)
    end
  end

  @doc """
  Whether a pass is due with the timer `tick`.
  """
  @spec due(t(), reference(), non_neg_integer()) :: {:pass, atom()} | {:wait, t()}
  def due(%{timer: {tick, _timer, _at, :event}} = schedule, tick, count) do
    limit = schedule.since + @patience * schedule.debounce

    if count != schedule.seen and now() < limit do
      at = min(now() + schedule.debounce, max(limit, now()))
      {:wait, arm(%{schedule | seen: count}, at, :event)}
    else
      {:pass, :event}
    end
  end

  def due(%{timer: {tick, _timer, _at, cause}}, tick, _count), do: {:pass, cause}
  # A timer that was cancelled too late.
  def due(schedule, _tick, _count), do: {:wait, schedule}

  @doc """
  Milliseconds until the next pass, `nil` if none is scheduled.
  """
  @spec left(t()) :: non_neg_integer() | nil
  def left(%{timer: nil}), do: nil
  def left(%{timer: {_tick, _timer, at, _cause}}), do: max(at - now(), 0)

  # The earliest time of a pass that an event causes.
  defp earliest(%{failures: failures} = schedule) when failures > 0,
    do: schedule.ended + min(pause(schedule), @eager)

  defp earliest(%{changes: changes} = schedule) when changes > 1,
    do: schedule.ended + min(doubled(schedule.debounce, changes - 1), schedule.longest)

  defp earliest(_schedule), do: now()

  defp pause(schedule), do: min(doubled(schedule.first, schedule.failures - 1), schedule.longest)

  defp doubled(time, times), do: time * Integer.pow(2, min(times, 20))

  defp arm(schedule, at, cause) do
    tick = make_ref()
    timer = Process.send_after(self(), {__MODULE__, tick}, at, abs: true)
    %{disarm(schedule) | timer: {tick, timer, at, cause}}
  end

  defp disarm(%{timer: nil} = schedule), do: schedule

  defp disarm(%{timer: {_tick, timer, _at, _cause}} = schedule) do
    _ = Process.cancel_timer(timer)
    %{schedule | timer: nil}
  end

  defp now, do: System.monotonic_time(:millisecond)
end

defmodule Linx.Netlink.Rtnl.Reconcile.Loop.ScheduleTest do
  use ExUnit.Case, async: true

  alias Linx.Netlink.Rtnl.Reconcile.Loop
  alias Linx.Netlink.Rtnl.Reconcile.Loop.Schedule

  @config %{interval: 10_000, debounce: 30, backoff: {50, 300}}

  defp new(changes \\ %{}), do: Schedule.new(Map.merge(@config, changes))

  # Milliseconds from the end of the last pass to the next, independent of the machine's speed.
  defp pause(%{timer: {_tick, _timer, at, _cause}, ended: ended}), do: at - ended

  # The timer's message.
  defp tick do
    assert_receive {Schedule, tick}
    tick
  end

  # The schedule that `fun` returns. Its timer is due after at least `time` milliseconds.
  defp not_before(time, fun) do
    started = System.monotonic_time(:millisecond)
    schedule = fun.()
    {_tick, _timer, at, _cause} = schedule.timer
    assert at >= started + time
    schedule
  end

  test "the next pass is due one interval after a successful pass" do
    assert Schedule.left(new()) == nil
    assert pause(Schedule.done(new(), :same)) == 10_000
    assert Schedule.left(Schedule.done(new(%{interval: :infinity}), :same)) == nil
    schedule = Schedule.done(new(%{interval: 20}), :same)
    tick = tick()
    assert {:pass, :interval} = Schedule.due(schedule, tick, 0)
  end

  test "the pause doubles with each failure up to a limit, and success resets it" do
    Enum.reduce([50, 100, 200, 300, 300], new(), fn pause, schedule ->
      schedule = Schedule.done(schedule, :failed)
      assert pause(schedule) == pause
      schedule
    end)
    |> Schedule.done(:same)
    |> Schedule.done(:failed)
    |> then(&assert pause(&1) == 50)
  end

  test "a failed pass is retried with an infinite interval, too" do
    schedule = Schedule.done(new(%{interval: :infinity, backoff: {10, 10}}), :failed)
    tick = tick()
    assert {:pass, :retry} = Schedule.due(schedule, tick, 0)
  end

  test "an event causes a pass after the debounce time without further events" do
    config = %{debounce: 300}
    schedule = not_before(300, fn -> new(config) |> Schedule.done(:same) |> Schedule.event(1) end)
    tick = tick()

    # Another event has arrived.
    schedule =
      not_before(300, fn ->
        assert {:wait, schedule} = Schedule.due(schedule, tick, 2)
        schedule
      end)

    assert {:pass, :event} = Schedule.due(schedule, tick(), 2)
  end

  test "continuous events delay a pass by ten times the debounce time at most" do
    schedule = new() |> Schedule.done(:same) |> Schedule.event(1)
    # Ten times the debounce time.
    limit = schedule.since + 300

    passes =
      Enum.reduce_while(2..100, schedule, fn count, schedule ->
        tick = tick()

        case Schedule.due(schedule, tick, count) do
          {:wait, %{timer: {_tick, _timer, at, _cause}} = schedule} ->
            assert at <= max(limit, System.monotonic_time(:millisecond))
            {:cont, schedule}

          {:pass, :event} ->
            {:halt, :passed}
        end
      end)

    assert passes == :passed
    assert System.monotonic_time(:millisecond) >= limit
  end

  test "an event makes the next pass due earlier, never later" do
    schedule = Schedule.event(Schedule.done(new(), :same), 1)
    assert Schedule.left(schedule) <= 30
    schedule = Schedule.event(Schedule.done(new(%{interval: 5}), :same), 1)
    assert Schedule.left(schedule) <= 5
  end

  test "an event after a failure waits for the pause, but about a second at most" do
    schedule = new(%{backoff: {200, 200}}) |> Schedule.done(:failed) |> Schedule.event(1)
    assert pause(schedule) >= 200
    schedule = new(%{backoff: {9000, 9000}}) |> Schedule.done(:failed) |> Schedule.event(1)
    assert pause(schedule) in 1000..8000
  end

  test "a loop whose passes keep finding differences waits longer after each event" do
    waits =
      Enum.scan(1..6, new(%{debounce: 3000, interval: :infinity, backoff: {50, 30_000}}), fn _,
                                                                                             schedule ->
        Schedule.done(schedule, :changed)
      end)
      |> Enum.map(&pause(Schedule.event(&1, 1)))

    for {wait, expected} <- Enum.zip(waits, [3000, 6000, 12_000, 24_000, 30_000, 30_000]) do
      assert wait in expected..(expected + 2000)
    end
  end

  test "a tick of a timer that was cancelled too late causes no pass" do
    schedule = Schedule.done(new(), :same)
    assert {:wait, ^schedule} = Schedule.due(schedule, make_ref(), 0)
  end

  test "invalid options are errors before a process is started" do
    assert {:error, {:missing_option, :desired}} = Loop.start_link([])
    assert {:error, {:unknown_option, :colour}} = Loop.start_link(desired: %{}, colour: 1)

    for {key, value} <- [
          desired: [],
          wake: :yes,
          interval: 0,
          debounce: -1,
          backoff: {2, 1},
          backoff: 5,
          last_applied: nil,
          on_pass: &is_atom/1
        ] do
      opts = Keyword.merge([desired: %{}], [{key, value}])
      assert {:error, {:bad_option, ^key, ^value}} = Loop.start_link(opts)
    end
  end
end

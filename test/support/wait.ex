defmodule Linx.Test.Wait do
  @moduledoc false
  # What goes on in the background is waited for, by asking again and again. There is no deadline
  # but the time limit of the test.

  @pause 10

  @doc "Waits until `fun` returns neither `false` nor `nil`, and returns what it does."
  def eventually(fun) do
    if value = fun.() do
      value
    else
      Process.sleep(@pause)
      eventually(fun)
    end
  end

  @doc """
  Waits until `fun` returns what is expected, and returns what it does; not for ever, so that a
  difference is shown.
  """
  def becomes(fun, expected, tries \\ 3000) do
    value = fun.()

    if value == expected or tries == 0 do
      value
    else
      Process.sleep(@pause)
      becomes(fun, expected, tries - 1)
    end
  end

  @doc """
  Waits until each task waits for the kernel, or for its turn to ask it.
  """
  def asleep(tasks) do
    for %Task{pid: pid} <- tasks do
      eventually(fn ->
        {:current_stacktrace, stack} = Process.info(pid, :current_stacktrace)
        call? = Enum.any?(stack, &(elem(&1, 0) == Linx.Netlink.Request.InFlight))
        call? and Process.info(pid, :status) == {:status, :waiting}
      end)
    end

    tasks
  end

  @doc """
  What `fun` returns, and how many milliseconds it took at most.
  """
  def timed(fun) do
    started = System.monotonic_time(:microsecond)
    value = fun.()
    {value, div(System.monotonic_time(:microsecond) - started, 1000) + 1}
  end

  @doc """
  What `fun` returns, and what `shown` does, while that is the same before and behind it.
  """
  def unchanged(shown, fun) do
    before = shown.()
    value = fun.()
    if shown.() == before, do: {value, before}, else: unchanged(shown, fun)
  end
end

defmodule Linx.Test.Wait do
  @moduledoc false
  # Waits for conditions that become true in the background, by polling. The only deadline is the time
  # limit of the test.

  @pause 10

  @doc "Waits until `fun` returns neither `false` nor `nil`, and returns its value."
  def eventually(fun) do
    if value = fun.() do
      value
    else
      Process.sleep(@pause)
      eventually(fun)
    end
  end

  @doc """
  Waits until `fun` returns the expected value, at most `tries` times. Returns the last value, so that
  an assertion shows the difference.
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
  Waits until each task waits for a reply of the kernel, or until it may send.
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
  The value of `fun`, and an upper limit of its duration in milliseconds.
  """
  def timed(fun) do
    started = System.monotonic_time(:microsecond)
    value = fun.()
    {value, div(System.monotonic_time(:microsecond) - started, 1000) + 1}
  end

  @doc """
  Calls `shown`, `fun` and `shown` until both values of `shown` are equal. Returns the values of `fun`
  and of `shown`.
  """
  def unchanged(shown, fun) do
    before = shown.()
    value = fun.()
    if shown.() == before, do: {value, before}, else: unchanged(shown, fun)
  end
end

defmodule Linx.Test.Calls do
  @moduledoc false
  # The calls that a function makes, by tracing. A process cannot trace itself: the function runs in
  # another one.

  @doc """
  Runs `fun`, and returns `{module, name, arity}` of its calls that match the patterns of
  `:erlang.trace_pattern/3`, in order. An exception of `fun` fails the calling test.
  """
  def during(patterns, fun) do
    {pid, ref} = spawn_monitor(fn -> receive do: (:go -> fun.()) end)
    :erlang.trace(pid, true, [:call])
    for pattern <- patterns, do: :erlang.trace_pattern(pattern, true, [:local])
    send(pid, :go)
    reason = receive do: ({:DOWN, ^ref, :process, ^pid, reason} -> reason)
    for pattern <- patterns, do: :erlang.trace_pattern(pattern, false, [:local])
    delivered = :erlang.trace_delivered(:all)
    receive do: ({:trace_delivered, :all, ^delivered} -> :ok)
    calls = calls(pid, [])
    if reason == :normal, do: calls, else: exit(reason)
  end

  defp calls(pid, calls) do
    receive do
      {:trace, ^pid, :call, {module, name, args}} ->
        calls(pid, [{module, name, length(args)} | calls])
    after
      0 -> Enum.reverse(calls)
    end
  end
end

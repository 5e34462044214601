defmodule Linx.Netlink.PublishedTest do
  use ExUnit.Case, async: true

  alias Linx.Netlink.Published

  # A process that publishes its pid and does as it is told.
  defp publisher do
    test = self()

    pid =
      spawn(fn ->
        {:ok, ref} = Published.claim(__MODULE__)
        :ok = Published.put(__MODULE__, self())
        send(test, {self(), :published})
        publish(ref)
      end)

    receive do: ({^pid, :published} -> :ok)
    pid
  end

  defp publish(ref) do
    receive do
      {:eraser, from} ->
        {:monitors, [process: eraser]} = Process.info(self(), :monitors)
        send(from, {:eraser, eraser})
        publish(ref)

      message ->
        case Published.revive(__MODULE__, ref, message) do
          {:ok, ref} -> publish(ref)
          :none -> publish(ref)
        end
    end
  end

  defp eraser(pid) do
    send(pid, {:eraser, self()})
    receive do: ({:eraser, eraser} -> eraser)
  end

  defp kill(pid) do
    ref = Process.monitor(pid)
    Process.exit(pid, :kill)
    receive do: ({:DOWN, ^ref, :process, _, _} -> :ok)
  end

  defp published?(pid),
    do: Enum.any?(:persistent_term.get(), &match?({{__MODULE__, ^pid}, _}, &1))

  test "a term is found until its owner ends, and then erased" do
    pid = publisher()
    assert Published.get(__MODULE__, pid) == {:ok, pid}
    assert Published.get(Other, pid) == :error
    eraser = Process.monitor(eraser(pid))
    kill(pid)
    assert Published.get(__MODULE__, pid) == :error
    receive do: ({:DOWN, ^eraser, :process, _, :normal} -> :ok)
    refute published?(pid)
  end

  test "an eraser that is killed has a successor" do
    pid = publisher()
    first = eraser(pid)
    kill(first)
    second = eraser(pid)
    assert second != first
    second = Process.monitor(second)
    kill(pid)
    receive do: ({:DOWN, ^second, :process, _, :normal} -> :ok)
    refute published?(pid)
  end

  test "without room for another process it is an error, and later tried again" do
    code = """
    alias Linx.Netlink.Published

    # Starts processes until there is no room.
    fill = fn fill, pids ->
      try do
        spawn(fn -> receive do: (:end -> :ok) end)
      rescue
        SystemLimitError -> pids
      else
        pid -> fill.(fill, [pid | pids])
      end
    end

    {:ok, ref} = Published.claim(Some)
    {:monitors, [process: eraser]} = Process.info(self(), :monitors)
    pids = fill.(fill, [])
    {:error, :system_limit} = Published.claim(Some)
    Process.exit(eraser, :kill)
    message = receive do: ({:DOWN, ^ref, _, _, _} = message -> message)
    pids = fill.(fill, pids)
    {:ok, timer} = Published.revive(Some, ref, message)
    message = receive do: (message -> message)
    for pid <- pids, do: send(pid, :end)
    for pid <- pids, ref = Process.monitor(pid), do: receive(do: ({:DOWN, ^ref, _, _, _} -> :ok))
    {:ok, _ref} = Published.revive(Some, timer, message)
    {:monitors, [process: _eraser]} = Process.info(self(), :monitors)
    IO.puts("as expected")
    """

    ebin = :linx |> Application.app_dir("ebin")
    args = ["--erl", "+P 1024 +Q 1024", "-pa", ebin, "-e", code]
    # The VM itself reports that there are too many.
    {output, status} = System.cmd("elixir", args, stderr_to_stdout: true)
    assert {String.ends_with?(output, "as expected\n"), status, output} == {true, 0, output}
  end
end

defmodule Linx.Netlink.TermRegistryTest do
  use ExUnit.Case, async: true

  alias Linx.Netlink.TermRegistry

  # A process that publishes its pid and restarts its eraser.
  defp publisher do
    test = self()

    pid =
      spawn(fn ->
        {:ok, ref} = TermRegistry.register(__MODULE__)
        :ok = TermRegistry.put(__MODULE__, self())
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
        case TermRegistry.restart_eraser(__MODULE__, ref, message) do
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
    assert TermRegistry.lookup(__MODULE__, pid) == {:ok, pid}
    assert TermRegistry.lookup(Other, pid) == :error
    eraser = Process.monitor(eraser(pid))
    kill(pid)
    assert TermRegistry.lookup(__MODULE__, pid) == :error
    receive do: ({:DOWN, ^eraser, :process, _, :normal} -> :ok)
    refute published?(pid)
  end

  test "an eraser that is killed is replaced" do
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

  test "a start at the limit of processes is an error, and a restart is retried later" do
    code = """
    alias Linx.Netlink.TermRegistry

    # Starts processes until the limit of processes is reached.
    fill = fn fill, pids ->
      try do
        spawn(fn -> receive do: (:end -> :ok) end)
      rescue
        SystemLimitError -> pids
      else
        pid -> fill.(fill, [pid | pids])
      end
    end

    {:ok, ref} = TermRegistry.register(Some)
    {:monitors, [process: eraser]} = Process.info(self(), :monitors)
    pids = fill.(fill, [])
    {:error, :system_limit} = TermRegistry.register(Some)
    Process.exit(eraser, :kill)
    message = receive do: ({:DOWN, ^ref, _, _, _} = message -> message)
    pids = fill.(fill, pids)
    {:ok, timer} = TermRegistry.restart_eraser(Some, ref, message)
    message = receive do: (message -> message)
    for pid <- pids, do: send(pid, :end)
    for pid <- pids, ref = Process.monitor(pid), do: receive(do: ({:DOWN, ^ref, _, _, _} -> :ok))
    {:ok, _ref} = TermRegistry.restart_eraser(Some, timer, message)
    {:monitors, [process: _eraser]} = Process.info(self(), :monitors)
    IO.puts("as expected")
    """

    ebin = :linx |> Application.app_dir("ebin")
    args = ["--erl", "+P 1024 +Q 1024", "-pa", ebin, "-e", code]
    # The VM also logs that there are too many processes.
    {output, status} = System.cmd("elixir", args, stderr_to_stdout: true)
    assert {String.ends_with?(output, "as expected\n"), status, output} == {true, 0, output}
  end
end

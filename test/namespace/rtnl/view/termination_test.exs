defmodule Linx.Namespace.Rtnl.View.TerminationTest do
  # Resources that remain after the end of a view, and callers of `await/3` then.
  # Not async: it counts processes, tables, terms and sockets of the whole VM.
  use Linx.Test.NamespaceCase

  import Linx.Test.Descriptors, only: [sockets: 0, settle: 1]

  alias Linx.Netlink.Rtnl.View
  alias Linx.Test.Wait

  # Waits until the counts are those of `before`, and returns the last ones.
  defp left(before, tries \\ 500) do
    now = held()

    if now == before or tries == 0 do
      now
    else
      Process.sleep(10)
      left(before, tries - 1)
    end
  end

  defp held do
    %{
      terms: :persistent_term.info().count,
      processes: length(Process.list()),
      tables: length(:ets.all()),
      sockets: sockets()
    }
  end

  # The first view loads modules, which stay loaded.
  defp warm(path) do
    {:ok, view} = View.start_link(netns: {:path, path})
    :ok = View.stop(view)
    settle(sockets())
  end

  test "views killed while they start leave nothing behind", %{path: path} do
    Process.flag(:trap_exit, true)
    warm(path)
    before = held()

    for n <- 1..300 do
      starter = spawn(fn -> View.start_link(netns: {:path, path}, resources: [:rules]) end)
      pause(n * 20)

      with {:links, links} <- Process.info(starter, :links),
           do: for(pid <- links, is_pid(pid), do: Process.exit(pid, :kill))

      Process.exit(starter, :kill)
    end

    # Views that started before the kill continue without the process that started them.
    for pid <- Process.list(), view?(pid), do: Process.exit(pid, :kill)
    assert left(before) == before
  end

  defp view?(pid) do
    with {:dictionary, dictionary} <- Process.info(pid, :dictionary),
         do: dictionary[:"$initial_call"] == {View.Server, :init, 1}
  end

  # Waits busily for some microseconds: the shortest sleep takes 1,000.
  defp pause(microseconds) do
    until = System.monotonic_time(:microsecond) + microseconds
    wait = fn wait -> if System.monotonic_time(:microsecond) < until, do: wait.(wait) end
    wait.(wait)
  end

  test "a view whose eraser was killed starts another, and leaves nothing behind",
       %{path: path} do
    warm(path)
    before = held()
    {:ok, view} = View.start_link(netns: {:path, path})
    {:monitors, [process: eraser]} = Process.info(view, :monitors)
    Process.exit(eraser, :kill)

    Wait.eventually(fn ->
      {:monitors, monitors} = Process.info(view, :monitors)
      match?([process: other] when other != eraser, monitors)
    end)

    assert [_ | _] = View.links(view)
    :ok = View.stop(view)
    assert left(before) == before
  end

  test "an invalid timeout of await/3 is an error, and no subscription remains", %{path: path} do
    {:ok, view} = View.start_link(netns: {:path, path})

    for timeout <- [-1, :soon, nil, 1.5, 0x100000000],
        do: assert({:error, {:bad_timeout, ^timeout}} = View.await(view, & &1, timeout))

    assert :sys.get_state(view).subscribers == %{}

    assert_raise FunctionClauseError, ~r"View.await/3", fn ->
      apply(View, :await, [view, :predicate])
    end

    assert_raise RuntimeError, fn -> View.await(view, fn _ -> raise "mistake" end) end
    assert :sys.get_state(view).subscribers == %{}
    assert {:messages, []} = Process.info(self(), :messages)
    :ok = View.stop(view)
    assert {:error, {:down, :noproc}} = View.await(view, & &1)
    assert {:error, {:down, :noproc}} = View.await(__MODULE__.Absent, & &1)
  end
end

defmodule Linx.Namespace.DescriptorLimitTest do
  # Listeners continue without a free descriptor, and lose no notification. Not async: the whole VM
  # cannot open a file meanwhile.
  use Linx.Test.NamespaceCase

  alias Linx.Netlink.{Connection, Message, Monitor, Native, Rtnl}
  alias Linx.Netlink.Rtnl.{Link, View}
  alias Linx.Netlink.Rtnl.Monitor.Event
  alias Linx.Test.{Descriptors, ViewComparison}

  # The shell is started before the limit is reached, since it needs descriptors of the VM.
  setup do
    port = Port.open({:spawn_executable, "/bin/sh"}, [:binary, args: ["-s"], line: 1000])
    soft = run(port, "prlimit --pid #{System.pid()} --nofile --noheadings --output SOFT")
    on_exit(fn -> System.cmd("prlimit", ["--pid", System.pid(), "--nofile=#{soft}:"]) end)
    %{port: port, soft: soft}
  end

  defp run(port, line) do
    Port.command(port, line <> " 2>&1; echo done $?\n")
    output(port, [])
  end

  defp output(port, lines) do
    receive do
      {^port, {:data, {:eol, "done 0"}}} ->
        lines |> Enum.reverse() |> Enum.join("\n") |> String.trim()

      {^port, {:data, {:eol, "done " <> status}}} ->
        flunk("#{status}: #{inspect(lines)}")

      {^port, {:data, {:eol, line}}} ->
        output(port, [line | lines])
    end
  end

  # A new descriptor gets the lowest free number, so that a limit of that number refuses it (EMFILE).
  defp fill(port) do
    open = for {fd, _} <- Descriptors.list(), do: fd
    free = Enum.find(Stream.iterate(0, &(&1 + 1)), &(&1 not in open))
    run(port, "prlimit --pid #{System.pid()} --nofile=#{free}:")
    assert {:error, :emfile} = File.read("/proc/self/stat")
  end

  defp free(port, soft), do: run(port, "prlimit --pid #{System.pid()} --nofile=#{soft}:")

  # Waits until each process has called `Native.notifications/3`, successfully or not.
  defp await_reads(pids) do
    for pid <- pids,
        do: assert_receive({:trace, ^pid, :return_from, {Native, :notifications, 3}, _}, 60_000)
  end

  # Sends the caller a message after each read of these processes.
  defp trace(pids) do
    for pid <- pids, do: 1 = :erlang.trace(pid, true, [:call])
    :erlang.trace_pattern({Native, :notifications, 3}, [{:_, [], [{:return_trace}]}], [])
  end

  defp stop_tracing(pids) do
    for pid <- pids, do: :erlang.trace(pid, false, [:call])
    :erlang.trace_pattern({Native, :notifications, 3}, false, [])
  end

  test "monitors, views and connections survive a lack of descriptors",
       %{ns: ns, path: path, port: port, soft: soft} do
    ip!(ns, "link add v type veth peer name w")
    {:ok, view} = View.start_link(netns: {:path, path})
    {:ok, events} = Rtnl.Monitor.start_link(netns: {:path, path}, groups: [1])
    {:ok, messages} = Monitor.start_link(netns: {:path, path}, groups: [1])
    {:ok, connection} = Connection.start_link(netns: {:path, path})
    assert {:ok, [_ | _]} = Link.list(connection)
    pids = [view, events, messages]

    # Loading a module needs a descriptor: each module is used once before the limit is set.
    ip!(ns, "link add early0 type bridge")
    ip!(ns, "link set w up")

    assert_receive {:linx_rtnl, :event, %Event{op: :new_link, resource: %{name: "early0"}}},
                   60_000

    assert {:ok, true} = View.await(view, &(View.get(&1, "early0") != :error), 60_000)
    ViewComparison.await_resync(view)
    trace(pids)

    fill(port)
    # One change that is notified, and one after which the view has to list again.
    run(port, "ip -n #{ns} link add late0 type bridge; ip -n #{ns} link set v up")
    await_reads(pids)
    await_reads(pids)
    free(port, soft)
    stop_tracing(pids)

    assert {:ok, true} = View.await(view, &(View.get(&1, "late0") != :error), 60_000)

    assert {:ok, true} =
             View.await(view, fn view ->
               with {:ok, link} <- View.get(view, "v"), do: Link.up?(link)
             end)

    assert_receive {:linx_rtnl, :event, %Event{op: :new_link, resource: %{name: "late0"}}}, 60_000
    assert_receive {:linx_netlink, ^messages, {:message, %Message{type: 16}}}, 60_000
    assert {:ok, links} = Link.list(connection)
    assert Enum.sort(for link <- links, do: link.name) == ["early0", "late0", "lo", "v", "w"]
    for pid <- pids ++ [connection], do: assert(Process.alive?(pid))
    # No notification has been lost.
    assert {Rtnl.Monitor.overruns(events), View.info(view).overruns} == {0, 0}
  end
end

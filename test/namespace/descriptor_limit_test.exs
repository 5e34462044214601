defmodule Linx.Netlink.DescriptorLimitTest do
  # Not async: for a while the whole VM can open nothing. Listeners live on without a free
  # descriptor, and miss nothing.
  use Linx.Test.NamespaceCase

  alias Linx.Netlink.{Connection, Message, Monitor, Native, Rtnl}
  alias Linx.Netlink.Rtnl.{Link, View}
  alias Linx.Netlink.Rtnl.Monitor.Event
  alias Linx.Test.{Descriptors, Picture}

  # A shell that is there before nothing more can be opened.
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

  # The next descriptor would have the lowest number that is free.
  defp fill(port) do
    open = for {fd, _} <- Descriptors.list(), do: fd
    free = Enum.find(Stream.iterate(0, &(&1 + 1)), &(&1 not in open))
    run(port, "prlimit --pid #{System.pid()} --nofile=#{free}:")
    assert {:error, :emfile} = File.read("/proc/self/stat")
  end

  defp free(port, soft), do: run(port, "prlimit --pid #{System.pid()} --nofile=#{soft}:")

  # Waits until each process has read, or tried to.
  defp tried(pids) do
    for pid <- pids,
        do: assert_receive({:trace, ^pid, :return_from, {Native, :notifications, 2}, _}, 60_000)
  end

  # Reports reads of these processes to the calling one.
  defp trace(pids) do
    for pid <- pids, do: 1 = :erlang.trace(pid, true, [:call])
    :erlang.trace_pattern({Native, :notifications, 2}, [{:_, [], [{:return_trace}]}], [])
  end

  defp trace_no_more(pids) do
    for pid <- pids, do: :erlang.trace(pid, false, [:call])
    :erlang.trace_pattern({Native, :notifications, 2}, false, [])
  end

  test "monitors, views and connections live on", %{ns: ns, path: path, port: port, soft: soft} do
    ip!(ns, "link add v type veth peer name w")
    {:ok, view} = View.start_link(netns: {:path, path})
    {:ok, events} = Rtnl.Monitor.start_link(netns: {:path, path}, groups: [1])
    {:ok, messages} = Monitor.start_link(netns: {:path, path}, groups: [1])
    {:ok, connection} = Connection.start_link(netns: {:path, path})
    assert {:ok, [_ | _]} = Link.list(connection)
    pids = [view, events, messages]

    # Modules are loaded at their first use, for which there will be no descriptor, either.
    ip!(ns, "link add early0 type bridge")
    ip!(ns, "link set w up")

    assert_receive {:linx_rtnl, :event, %Event{op: :new_link, resource: %{name: "early0"}}},
                   60_000

    assert {:ok, true} = View.await(view, &(View.get(&1, "early0") != :error), 60_000)
    Picture.quiet(view)
    trace(pids)

    fill(port)
    # A change that is notified, and one for which the view has to list again.
    run(port, "ip -n #{ns} link add late0 type bridge; ip -n #{ns} link set v up")
    tried(pids)
    tried(pids)
    free(port, soft)
    trace_no_more(pids)

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
    # Nothing has been lost.
    assert {Rtnl.Monitor.overruns(events), View.info(view).overruns} == {0, 0}
  end
end

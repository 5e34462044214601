defmodule Linx.Namespace.Rtnl.Monitor.ResyncTest do
  # Snapshots on demand, against the lists of `ip`.
  use Linx.Test.NamespaceCase, async: true

  alias Linx.Netlink.{Nfnl, Rtnl}
  alias Linx.Netlink.Rtnl.{Link, Monitor}
  alias Linx.Netlink.Rtnl.Monitor.Event

  defp monitor!(path, opts \\ []) do
    {:ok, monitor} = Monitor.start_link([netns: {:path, path}, groups: [:link]] ++ opts)
    monitor
  end

  # All messages so far, without the tag: events as `{op, name}`.
  defp messages(tag \\ :linx_rtnl) do
    receive do
      {^tag, :event, %Event{op: op, resource: %Link{name: name}}} -> [{op, name} | messages(tag)]
      {^tag, report} -> [report | messages(tag)]
    after
      0 -> []
    end
  end

  defp names(ns), do: ns |> ip_json("link show") |> Enum.map(& &1["ifname"]) |> Enum.sort()

  # The names of links that result from messages, starting with those in `links`.
  defp apply_all(messages, links) do
    Enum.reduce(messages, links, fn
      :snapshot_started, _links -> MapSet.new()
      :snapshot_complete, links -> links
      :resync_needed, links -> links
      {:new_link, name}, links -> MapSet.put(links, name)
      {:del_link, name}, links -> MapSet.delete(links, name)
    end)
  end

  test "a snapshot is between its start and its end message, and has the links of ip",
       %{ns: ns, path: path} do
    ip!(ns, "link add br0 type bridge")
    monitor = monitor!(path)
    assert Monitor.resync(monitor) == :ok
    assert [:snapshot_started | rest] = messages()
    assert {events, [:snapshot_complete]} = Enum.split(rest, -1)
    assert Enum.sort(events) == for(name <- names(ns), do: {:new_link, name})

    ip!(ns, "link add br1 type bridge")
    assert_receive {:linx_rtnl, :event, %Event{op: :new_link, resource: %Link{name: "br1"}}}
    ip!(ns, "link delete br0")
    assert Monitor.resync(monitor) == :ok
    links = messages() |> apply_all(MapSet.new(["br0", "br1"]))
    assert Enum.sort(links) == names(ns)
  end

  test "a snapshot goes to one subscriber, and another one misses no event",
       %{ns: ns, path: path} do
    monitor = monitor!(path, owner: nil)
    test = self()

    other =
      spawn_link(fn ->
        {:ok, _ref} = Monitor.attach(monitor)
        send(test, :attached)
        receive do: (:collect -> send(test, {:other, messages()}))
      end)

    assert_receive :attached
    assert Monitor.resync(monitor) == {:error, :not_subscribed}
    {:ok, _ref} = Monitor.attach(monitor)

    for n <- 1..20 do
      ip!(ns, "link add br#{n} type bridge")
      assert Monitor.resync(monitor) == :ok
    end

    assert Enum.sort(apply_all(messages(), MapSet.new())) == names(ns)
    send(other, :collect)
    assert_receive {:other, events}
    assert events == Enum.uniq(events)
    assert events == for(n <- 1..20, do: {:new_link, "br#{n}"})

    # The second argument is the subscriber that receives the snapshot.
    assert Monitor.resync(monitor, test) == :ok
    assert [:snapshot_started | _] = messages()
  end

  test "a change after a snapshot is reported, and no event repeats the snapshot",
       %{ns: ns, path: path} do
    ip!(ns, "link add br0 type bridge")
    monitor = monitor!(path)
    {:ok, _} = Monitor.attach(monitor, self(), ops: [:del_link])
    :ok = Monitor.resync(monitor)
    _ = messages()
    ip!(ns, "link set br0 address 02:00:00:00:00:07")
    assert_receive {:linx_rtnl, :event, %Event{op: :new_link, resource: %Link{name: "br0"}}}
    ip!(ns, "link delete br0")
    # One event for each subscription.
    for _ <- 1..2, do: assert_receive({:linx_rtnl, :event, %Event{op: :del_link}})
    refute_received {:linx_rtnl, :event, _}
  end

  test "the filter of a subscriber applies to its snapshot", %{ns: ns, path: path} do
    ip!(ns, "link add br0 type bridge")
    monitor = monitor!(path, filter: &(&1.resource.name == "br0"))
    :ok = Monitor.resync(monitor)
    assert [:snapshot_started, {:new_link, "br0"}, :snapshot_complete] = messages()
  end

  test "a snapshot after an overrun restores the links, and later events are delivered",
       %{ns: ns, path: path} do
    monitor = monitor!(path, rcvbuf: 2048, tag: :small)
    {:ok, sock} = Rtnl.open({:path, path})

    # A suspended monitor does not read its socket.
    :ok = :sys.suspend(monitor)
    for n <- 1..100, do: :ok = Link.create_bridge(sock, "br#{n}")
    for n <- 1..50, do: :ok = Link.delete(sock, "br#{n}")
    :ok = :sys.resume(monitor)

    assert_receive {:small, :resync_needed}
    assert :ok = Monitor.resync(monitor)
    assert Enum.sort(apply_all(messages(:small), MapSet.new())) == names(ns)
    assert Monitor.overruns(monitor) >= 1
    # Later events are reported.
    :ok = Link.delete(sock, "br100")
    assert_receive {:small, :event, %Event{op: :del_link, resource: %Link{name: "br100"}}}
  end

  test "an overrun before a snapshot is reported once, before the snapshot",
       %{ns: ns, path: path} do
    monitor = monitor!(path, rcvbuf: 2048)
    {:ok, sock} = Rtnl.open({:path, path})
    :ok = :sys.suspend(monitor)
    for n <- 1..100, do: :ok = Link.create_bridge(sock, "br#{n}")
    test = self()
    task = Task.async(fn -> Monitor.resync(monitor, test) end)
    # The monitor may handle the call before or after the notifications.
    :ok = :sys.resume(monitor)
    assert Task.await(task) == :ok
    messages = messages()
    assert Enum.sort(apply_all(messages, MapSet.new())) == names(ns)
    needed = Enum.find_index(messages, &(&1 == :resync_needed))
    assert needed < Enum.find_index(messages, &(&1 == :snapshot_started))
    assert Enum.count(messages, &(&1 == :resync_needed)) == 1
  end

  test "a snapshot has the links of the monitor's namespace, not of another of its name",
       context do
    %{ns: ns, path: path} = context
    ip!(ns, "link add mine0 type bridge")
    monitor = monitor!(path)
    {_, 0} = System.cmd("ip", ["netns", "delete", ns])
    {_, 0} = System.cmd("ip", ["netns", "add", ns])
    assert Monitor.resync(monitor) == :ok
    assert {:new_link, "mine0"} in messages()
    refute "mine0" in names(ns)
  end

  test "resync is an error for a protocol without snapshots, and raises for wrong types",
       %{path: path} do
    {:ok, nfnl} = Nfnl.Monitor.start_link(netns: {:path, path})
    assert Monitor.resync(nfnl) == {:error, :no_snapshot}
    :ok = Nfnl.Monitor.stop(nfnl)

    for args <- [[1.5], [nil], [{:a, :b, :c}], [self(), :pid]] do
      error = assert_raise FunctionClauseError, fn -> apply(Monitor, :resync, args) end
      assert {error.module, error.function} == {Monitor, :resync}
    end
  end
end

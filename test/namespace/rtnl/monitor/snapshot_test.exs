defmodule Linx.Namespace.Rtnl.Monitor.SnapshotTest do
  # The objects that exist when a monitor starts, and the events that follow.
  use Linx.Test.NamespaceCase, async: true

  alias Linx.Netlink.Rtnl
  alias Linx.Netlink.Rtnl.{Address, Fdb, Link, Monitor, Route, Rule}
  alias Linx.Netlink.Rtnl.Monitor.Event

  defp subscribe!(path, opts) do
    {:ok, monitor} = Monitor.subscribe(self(), [netns: {:path, path}] ++ opts)
    monitor
  end

  # Resource of the next event with this operation. Other events stay in the mailbox.
  defp event!(op) do
    assert_receive {:linx_rtnl, :event, %Event{op: ^op, resource: resource}}
    resource
  end

  # Operation and resource of the next event with any operation.
  defp next! do
    assert_receive {:linx_rtnl, :event, %Event{op: op, resource: resource}}
    {op, resource}
  end

  # Waits for the event of a new address. Events before it stay in the mailbox.
  defp address!(text) do
    {:ok, ip} = Linx.IP.parse(text)
    assert_receive {:linx_rtnl, :event, %Event{op: :new_addr, resource: %Address{local: ^ip}}}
  end

  test "a snapshot comes first, and with the events after it results in the links of ip",
       %{ns: ns, path: path} do
    ip!(ns, "link set lo up")
    ip!(ns, "address add 127.7.0.1/32 dev lo")
    ip!(ns, "route add 198.51.100.0/24 dev lo")
    churn = churn(ns)

    for _ <- 1..5 do
      monitor = subscribe!(path, snapshot: true)
      before = collect(%{}, :snapshot_complete)
      assert Enum.any?(before, &match?({{Link, 1}, %Link{name: "lo"}}, &1))
      assert Enum.any?(before, &match?({{Route, _}, %Route{dst_len: 24}}, &1))
      assert Enum.any?(before, &match?({{Rule, _}, _}, &1))
      Process.sleep(20)
      :ok = Monitor.stop(monitor)
      known(before)
    end

    {monitor, before} = {subscribe!(path, snapshot: true), collect(%{}, :snapshot_complete)}
    Task.await(churn, :infinity)
    # The event of this rule comes after all earlier events.
    ip!(ns, "rule add priority 4711 table 100")
    assert %Rule{priority: 4711} = rule!()
    :ok = Monitor.stop(monitor)

    links = for {{Link, _}, link} <- known(before), do: {link.index, link.name}
    theirs = for link <- ip_json(ns, "link show"), do: {link["ifindex"], link["ifname"]}
    assert Enum.sort(links) == Enum.sort(theirs)
    addresses = for {{Address, _}, %{local: local}} when local != nil <- known(before), do: local
    assert {:ok, ip} = Linx.IP.parse("127.7.0.1")
    assert ip in addresses
  end

  defp rule! do
    with %Rule{priority: other} when other != 4711 <- event!(:new_rule), do: rule!()
  end

  test "an object of a snapshot is not reported as new again while routes change",
       %{ns: ns, path: path} do
    ip!(ns, "link set lo up")
    {:ok, sock} = Linx.Netlink.Rtnl.open({:path, path})
    ended = :atomics.new(1, [])

    # The kernel lists routes without the lock under which they change.
    churn =
      Task.async(fn ->
        Stream.cycle([&Route.add/5, &Route.delete/5])
        |> Enum.take_while(fn verb ->
          for n <- 1..50, do: :ok = verb.(sock, "198.51.100.#{n}", 32, nil, dev: "lo")
          :atomics.get(ended, 1) == 0
        end)
      end)

    for _ <- 1..200 do
      monitor = subscribe!(path, snapshot: true, groups: [7, 11])
      known = collect(%{}, :snapshot_complete)
      Process.sleep(2)
      :ok = Monitor.stop(monitor)
      each_is_new(known)
    end

    :atomics.put(ended, 1, 1)
    Task.await(churn, :infinity)
  end

  test "repeated notifications are dropped for a second after a snapshot, then delivered",
       %{ns: ns, path: path} do
    ip!(ns, "link set lo up")
    ip!(ns, "address add 127.7.0.1/32 dev lo")
    {:ok, sock} = Rtnl.open({:path, path})
    started = System.monotonic_time(:millisecond)
    _ = subscribe!(path, snapshot: true, groups: [5, 9])
    collect(%{}, :snapshot_complete)

    # The kernel notifies of each replacement, also of one without a change.
    change = fn metric ->
      :ok = Address.replace(sock, 1, "127.7.0.1", 32, metric: metric)
      :ok = Address.replace(sock, 1, "127.7.0.1", 32, metric: metric)
    end

    change.(7)
    change.(8)

    # On a slow machine, the second after the snapshot may be over.
    if System.monotonic_time(:millisecond) - started < 900 do
      assert {:new_addr, %Address{rt_priority: 7}} = next!()
      assert {:new_addr, %Address{rt_priority: 8}} = next!()
    end

    eventually(fn ->
      change.(9)
      :ok = Address.replace(sock, 1, "127.7.0.1", 32, metric: 10)
      metrics = metrics_to(10)
      Enum.count(metrics, &(&1 == 9)) > 1
    end)
  end

  defp metrics_to(last) do
    case event!(:new_addr) do
      %Address{rt_priority: ^last} -> []
      %Address{rt_priority: metric} -> [metric | metrics_to(last)]
    end
  end

  test "an event equal to the snapshot is delivered after an overrun", %{ns: ns, path: path} do
    ip!(ns, "link set lo up")
    ip!(ns, "address add 127.7.0.1/32 dev lo")
    monitor = subscribe!(path, snapshot: true, groups: [5, 9], rcvbuf: 4096)
    collect(%{}, :snapshot_complete)

    :sys.suspend(monitor)
    {:ok, sock} = Rtnl.open({:path, path})
    for n <- 1..200, do: :ok = Address.add(sock, 1, "127.9.#{n}.1", 32)
    :sys.resume(monitor)
    assert_receive {:linx_rtnl, :resync_needed}

    ip!(ns, "address change 127.7.0.1/32 dev lo")
    address!("127.7.0.1")
  end

  defp each_is_new(known) do
    receive do
      {:linx_rtnl, :event, %Event{op: :new_route, resource: route}} ->
        refute is_map_key(known, key(route))
        each_is_new(Map.put(known, key(route), route))

      {:linx_rtnl, :event, %Event{op: :del_route, resource: route}} ->
        {%Route{}, known} = Map.pop!(known, key(route))
        each_is_new(known)
    after
      0 -> :ok
    end
  end

  # Creates and deletes a bridge 60 times.
  defp churn(ns) do
    Task.async(fn ->
      for _ <- 1..60, line <- ["link add br0 type bridge", "link delete br0"], do: ip!(ns, line)
    end)
  end

  # The objects of all events before the message `last`, each of which may occur only once.
  defp collect(known, last) do
    receive do
      {:linx_rtnl, ^last} -> known
      {:linx_rtnl, :event, event} -> collect(once(known, event), last)
    end
  end

  # A bridge notifies of its own addresses, which no list has: they may occur more than once.
  defp once(known, %Event{resource: %Fdb{}}), do: known

  defp once(known, %Event{resource: object}) do
    refute is_map_key(known, key(object))
    Map.put(known, key(object), object)
  end

  # The objects after the events in the mailbox have been applied.
  defp known(known) do
    receive do
      {:linx_rtnl, :event, %Event{op: :del_link, resource: %Link{family: 0} = link}} ->
        # Only a link that exists can be deleted.
        {%Link{}, known} = Map.pop!(known, key(link))
        known(known)

      {:linx_rtnl, :event, %Event{op: :new_link, resource: %Link{family: 0} = link}} ->
        known(Map.put(known, key(link), link))

      {:linx_rtnl, :event, _other} ->
        known(known)
    after
      0 -> known
    end
  end

  defp key(%Link{} = link), do: {Link, link.index}
  defp key(%module{} = object), do: {module, object}
end

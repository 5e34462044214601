defmodule Linx.Netlink.Rtnl.Monitor.SnapshotNamespaceTest do
  # The objects that exist when a monitor starts, and the events that follow.
  use Linx.Test.NamespaceCase, async: true

  alias Linx.Netlink.Rtnl
  alias Linx.Netlink.Rtnl.{Address, Fdb, Link, Monitor, Route, Rule}
  alias Linx.Netlink.Rtnl.Monitor.Event

  defp subscribe!(path, opts) do
    {:ok, monitor} = Monitor.subscribe(self(), [netns: {:path, path}] ++ opts)
    monitor
  end

  # The next event of an operation; others are passed over.
  defp event!(op) do
    assert_receive {:linx_rtnl, :event, %Event{op: ^op, resource: resource}}
    resource
  end

  # The next event of all.
  defp next! do
    assert_receive {:linx_rtnl, :event, %Event{op: op, resource: resource}}
    {op, resource}
  end

  # The event of an address; those before it are passed over.
  defp address!(text) do
    {:ok, ip} = Linx.IP.parse(text)
    assert_receive {:linx_rtnl, :event, %Event{op: :new_addr, resource: %Address{local: ^ip}}}
  end

  test "a snapshot comes first, and what follows adds up with it", %{ns: ns, path: path} do
    ip!(ns, "link set lo up")
    ip!(ns, "address add 127.7.0.1/32 dev lo")
    ip!(ns, "route add 198.51.100.0/24 dev lo")
    churn = churn(ns)

    for _ <- 1..5 do
      monitor = subscribe!(path, snapshot: true)
      before = told(%{}, :snapshot_complete)
      assert Enum.any?(before, &match?({{Link, 1}, %Link{name: "lo"}}, &1))
      assert Enum.any?(before, &match?({{Route, _}, %Route{dst_len: 24}}, &1))
      assert Enum.any?(before, &match?({{Rule, _}, _}, &1))
      Process.sleep(20)
      :ok = Monitor.stop(monitor)
      known(before)
    end

    {monitor, before} = {subscribe!(path, snapshot: true), told(%{}, :snapshot_complete)}
    Task.await(churn, :infinity)
    # Behind all that was told of before.
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

  test "nothing that a snapshot has comes again", %{ns: ns, path: path} do
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
      known = told(%{}, :snapshot_complete)
      Process.sleep(2)
      :ok = Monitor.stop(monitor)
      each_is_new(known)
    end

    :atomics.put(ended, 1, 1)
    Task.await(churn, :infinity)
  end

  test "what a snapshot has is no news for a while, and then it is", %{ns: ns, path: path} do
    ip!(ns, "link set lo up")
    ip!(ns, "address add 127.7.0.1/32 dev lo")
    {:ok, sock} = Rtnl.open({:path, path})
    told = System.monotonic_time(:millisecond)
    _ = subscribe!(path, snapshot: true, groups: [5, 9])
    told(%{}, :snapshot_complete)

    # The kernel tells of it whatever it was.
    change = fn metric ->
      :ok = Address.replace(sock, 1, "127.7.0.1", 32, metric: metric)
      :ok = Address.replace(sock, 1, "127.7.0.1", 32, metric: metric)
    end

    change.(7)
    change.(8)

    # Unless the machine was too slow for it.
    if System.monotonic_time(:millisecond) - told < 900 do
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

  test "behind a loss everything is news", %{ns: ns, path: path} do
    ip!(ns, "link set lo up")
    ip!(ns, "address add 127.7.0.1/32 dev lo")
    monitor = subscribe!(path, snapshot: true, groups: [5, 9], rcvbuf: 4096)
    told(%{}, :snapshot_complete)

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

  # Bridges come and go for a while.
  defp churn(ns) do
    Task.async(fn ->
      for _ <- 1..60, line <- ["link add br0 type bridge", "link delete br0"], do: ip!(ns, line)
    end)
  end

  # Each object once; then those there are.
  defp told(known, last) do
    receive do
      {:linx_rtnl, ^last} -> known
      {:linx_rtnl, :event, event} -> told(once(known, event), last)
    end
  end

  # A bridge tells of its own addresses, which no list has: they may come and go.
  defp once(known, %Event{resource: %Fdb{}}), do: known

  defp once(known, %Event{resource: object}) do
    refute is_map_key(known, key(object))
    Map.put(known, key(object), object)
  end

  # What was told since, on top.
  defp known(known) do
    receive do
      {:linx_rtnl, :event, %Event{op: :del_link, resource: %Link{family: 0} = link}} ->
        # What was not there cannot go.
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

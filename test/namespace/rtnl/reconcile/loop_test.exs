defmodule Linx.Namespace.Rtnl.Reconcile.LoopTest do
  # Not async: it counts the descriptors of the whole VM.
  use Linx.Test.NamespaceCase

  import Linx.Test.Descriptors, only: [sockets: 0, settle: 1]

  alias Linx.Netlink.{Connection, Error, Socket}
  alias Linx.Netlink.Rtnl.{Monitor, Reconcile, View}
  alias Linx.Netlink.Rtnl.Reconcile.{Loop, Report}

  @bridge %{links: [{"br0", :bridge, up: true}], addresses: [{"br0", "192.0.2.1", 24}]}

  @moduletag :capture_log

  # OTP logs a process that ends with an error. These tests cause such an end.
  setup context do
    if context[:quiet] do
      %{level: level} = :logger.get_primary_config()
      :logger.set_primary_config(:level, :none)
      on_exit(fn -> :logger.set_primary_config(:level, level) end)
    end

    :ok
  end

  # Without an interval, so that only the tested cause starts a pass.
  defp start!(path, opts) do
    test = self()

    defaults = [
      netns: {:path, path},
      interval: :infinity,
      debounce: 20,
      on_pass: fn measurements, metadata -> send(test, {:pass, measurements, metadata}) end
    ]

    start_supervised!({Loop, Keyword.merge(defaults, opts)}, restart: :temporary)
  end

  defp pass!(cause) do
    assert_receive {:pass, measurements, %{cause: ^cause, result: result}}
    {measurements, result}
  end

  defp addresses(ns) do
    for %{"ifname" => "br0"} = link <- ip_json(ns, "address show"),
        %{"local" => ip} <- link["addr_info"],
        not String.starts_with?(ip, "fe80"),
        do: ip
  end

  # Waits until the last pass applied nothing, and no pass is scheduled.
  defp settled(loop) do
    eventually(fn ->
      status = Loop.status(loop)
      status.converged? and status.next == nil and match?({:ok, %{applied: []}}, status.result)
    end)
  end

  test "a loop applies the desired state, and restores it after other changes", context do
    %{ns: ns, path: path} = context
    loop = start!(path, desired: @bridge)
    {measurements, {:ok, %Report{converged?: true}}} = pass!(:start)
    assert %{applied: 2, failed: 0, pending: 0, duration: duration} = measurements
    assert duration > 0
    assert addresses(ns) == ["192.0.2.1"]
    assert settled(loop)

    ip!(ns, "address delete 192.0.2.1/24 dev br0")
    assert eventually(fn -> addresses(ns) == ["192.0.2.1"] end)
    assert settled(loop)
    ip!(ns, "link delete br0")
    assert eventually(fn -> ip_json(ns, "link show type bridge") != [] end)
    assert eventually(fn -> addresses(ns) == ["192.0.2.1"] end)
    assert settled(loop)

    # No further pass is made once all notifications of these changes have arrived.
    eventually(fn ->
      passes = Loop.status(loop).passes
      Process.sleep(300)
      Loop.status(loop).passes == passes
    end)
  end

  test "update/2 applies another desired state, and deletes owned objects it lacks", context do
    %{ns: ns, path: path} = context
    loop = start!(path, desired: @bridge)
    pass!(:start)
    assert :ok = Loop.update(loop, %{@bridge | addresses: [{"br0", "192.0.2.2", 24}]})
    pass!(:update)
    # The kernel deletes the new address, a secondary one, with the old primary one, and the loop
    # adds it again.
    assert eventually(fn -> addresses(ns) == ["192.0.2.2"] end)
    assert %{addresses: owned} = Loop.status(loop).last_applied
    assert MapSet.size(owned) == 1

    assert :ok = Loop.update(loop, fn -> %{} end)
    pass!(:update)
    assert ip_json(ns, "link show type bridge") == []
    assert {:ok, %Report{converged?: true, applied: []}} = Loop.run(loop)
    assert %{converged?: true, failures: 0} = Loop.status(loop)
    assert_raise FunctionClauseError, fn -> apply(Loop, :update, [loop, [:nonsense]]) end
  end

  test "objects that an earlier loop created are owned if last_applied has them",
       %{ns: ns, path: path} do
    first = start!(path, desired: @bridge)
    pass!(:start)
    applied = Loop.status(first).last_applied
    :ok = Loop.stop(first)
    assert addresses(ns) == ["192.0.2.1"]

    start_supervised!({Loop, netns: {:path, path}, desired: %{}, wake: false}, id: 2)
    |> Loop.status()

    assert addresses(ns) == ["192.0.2.1"]
    stop_supervised!(2)

    start_supervised!({Loop, netns: {:path, path}, desired: %{}, last_applied: applied}, id: 3)
    |> Loop.status()

    assert ip_json(ns, "link show type bridge") == []
  end

  test "a pass is made at each interval without an event", %{ns: ns, path: path} do
    start!(path, desired: @bridge, wake: false, interval: 100)
    pass!(:start)
    ip!(ns, "address delete 192.0.2.1/24 dev br0")
    assert applied!(:interval) == 1
    assert addresses(ns) == ["192.0.2.1"]
  end

  # Number of steps of the first pass with this cause that applied any.
  defp applied!(cause) do
    {%{applied: count}, _result} = pass!(cause)
    if count == 0, do: applied!(cause), else: count
  end

  test "a failed pass is retried with growing delays, and not for its own changes", context do
    %{ns: ns, path: path} = context
    ip!(ns, "link add v0 type veth peer name v1")
    # The kernel notifies of a carrier up to a second later.
    for link <- ~w(v0 v1), do: ip!(ns, "link set #{link} up")
    for link <- ~w(v0 v1), do: carrier(ns, link)
    # The gateway of the route is unreachable.
    want = %{
      addresses: [{"v0", "192.0.2.1", 24}],
      routes: [{"198.51.100.0", 24, "203.0.113.9"}]
    }

    started = System.monotonic_time(:millisecond)
    loop = start!(path, desired: want, backoff: {100, 10_000})
    {%{applied: 1, failed: 1}, {:ok, report}} = pass!(:start)
    assert [{{:create, _}, %Error{errno: :enetunreach}}] = report.failed
    for _ <- 1..3, do: pass!(:retry)
    assert System.monotonic_time(:millisecond) - started >= 700
    refute_received {:pass, _, %{cause: :event}}
    assert %{failures: failures, converged?: false, next: next} = Loop.status(loop)
    assert failures >= 4 and next <= 100 * Integer.pow(2, failures - 1)

    # The event of the missing address starts a pass before the delay is over.
    ip!(ns, "address add 203.0.113.1/24 dev v0")
    eventually(fn -> Loop.status(loop).converged? end)
    assert [%{"gateway" => "203.0.113.9"}] = ip_json(ns, "route show 198.51.100.0/24")
    assert Loop.status(loop).failures == 0
  end

  test "the changes of a failed pass do not cause another pass", context do
    %{ns: ns, path: path} = context
    # The bridge stays down: a second after a link is up, the kernel notifies of it again.
    want = %{links: [{"br0", :bridge}], routes: [{"198.51.100.0", 24, "203.0.113.9"}]}
    loop = start!(path, desired: want, backoff: {3_600_000, 3_600_000})
    {%{applied: 1, failed: 1}, _} = pass!(:start)
    # An event causes a pass a second after a failed pass. The first event is that of br1.
    Process.sleep(1100)
    ip!(ns, "link add br1 type bridge")
    pass!(:event)
    assert Loop.status(loop).passes == 2
  end

  test "any number of events is one message in the mailbox of a loop", %{ns: ns, path: path} do
    loop = start!(path, desired: %{})
    pass!(:start)
    %{watch: %{source: monitor}} = :sys.get_state(loop)
    :ok = :sys.suspend(loop)
    for n <- 1..5, do: ip!(ns, "link add br#{n} type bridge")
    assert eventually(fn -> Process.info(loop, :message_queue_len) == {:message_queue_len, 1} end)
    # The monitor has handled all five when the event of last1 arrives.
    ip!(ns, "link add last0 type bridge")
    {:ok, _ref} = Monitor.attach(monitor, self(), filter: &match?(%{name: "last1"}, &1.resource))
    ip!(ns, "link add last1 type bridge")
    assert_receive {:linx_rtnl, :event, %{op: :new_link}}
    assert {:message_queue_len, 1} = Process.info(loop, :message_queue_len)
    :ok = :sys.resume(loop)
    pass!(:event)
  end

  test "2,000 changes of routes cause at most 200 passes", %{ns: ns, path: path} do
    ip!(ns, "link add br0 type bridge")
    ip!(ns, "link set br0 up")
    loop = start!(path, desired: %{links: [{"br0", nil, mtu: 1400}]}, debounce: 50)
    pass!(:start)
    settled(loop)
    before = Loop.status(loop).passes

    batch = for n <- 1..2000, do: "route add 10.0.#{div(n, 250)}.#{rem(n, 250)}/32 dev br0\n"
    file = Path.join(System.tmp_dir!(), "linx-storm-#{System.unique_integer([:positive])}")
    on_exit(fn -> File.rm(file) end)
    File.write!(file, ["link set br0 mtu 1500\n" | batch])
    ip!(ns, ["-batch", file])
    assert eventually(fn -> match?([%{"mtu" => 1400}], ip_json(ns, "link show dev br0")) end)
    settled(loop)
    assert (Loop.status(loop).passes - before) in 1..200
    assert {:message_queue_len, 0} = Process.info(loop, :message_queue_len)
  end

  test "a loop uses the connection that it is given, and does not stop it",
       %{ns: ns, path: path} do
    name = __MODULE__.Connection
    conn = start_supervised!({Connection, name: name, netns: {:path, path}})
    loop = start!(path, netns: :host, connection: name, desired: @bridge)
    pass!(:start)
    assert addresses(ns) == ["192.0.2.1"]
    settled(loop)

    # The socket of the connection is closed. The monitor reports the change, and the pass uses
    # the next socket of the connection.
    {:ok, sock} = Connection.socket(conn)
    Socket.close(sock)
    ip!(ns, "address delete 192.0.2.1/24 dev br0")
    assert eventually(fn -> addresses(ns) == ["192.0.2.1"] end)
    :ok = Loop.stop(loop)
    assert Process.alive?(conn)
  end

  test "a loop without its connection retries until another one has its name",
       %{ns: ns, path: path} do
    {:ok, conn} = Connection.start_link(name: __MODULE__.Passing, netns: {:path, path})
    opts = [connection: __MODULE__.Passing, desired: @bridge, backoff: {50, 100}]
    loop = start!(path, opts)
    pass!(:start)
    :ok = Connection.stop(conn)
    assert {:error, {:send, :noproc}} = Loop.run(loop)
    {%{applied: 0, failed: 0}, {:error, {:send, :noproc}}} = pass!(:retry)
    ip!(ns, "link delete br0")
    {:ok, conn} = Connection.start_link(name: __MODULE__.Passing, netns: {:path, path})
    assert eventually(fn -> addresses(ns) == ["192.0.2.1"] end)
    Loop.stop(loop)
    Connection.stop(conn)
  end

  @tag :quiet
  test "changes that a view reports cause passes, also after a restart of the view",
       %{ns: ns, path: path} do
    name = __MODULE__.View

    view =
      start_supervised!(%{
        id: View,
        start: {View, :start_link, [[name: name, netns: {:path, path}]]}
      })

    loop = start!(path, desired: @bridge, wake: {:view, name}, backoff: {50, 100})
    pass!(:start)
    settled(loop)
    ip!(ns, "address delete 192.0.2.1/24 dev br0")
    assert eventually(fn -> addresses(ns) == ["192.0.2.1"] end)
    settled(loop)

    # The supervisor restarts the view, and the loop subscribes to the restarted one.
    GenServer.stop(view, :shutdown)

    eventually(fn ->
      pid = Process.whereis(name)
      pid && pid != view
    end)

    settled(loop)
    ip!(ns, "address delete 192.0.2.1/24 dev br0")
    assert eventually(fn -> addresses(ns) == ["192.0.2.1"] end)
  end

  @tag :quiet
  test "a loop continues after its monitor's socket is closed and its connection is killed",
       %{ns: ns, path: path} do
    loop = start!(path, desired: @bridge, backoff: {50, 100})
    pass!(:start)
    settled(loop)
    before = sockets()
    %{own: conn, watch: %{source: monitor}} = :sys.get_state(loop)

    Socket.close(:sys.get_state(monitor).listener.sock)
    Process.exit(conn, :kill)
    ip!(ns, "address delete 192.0.2.1/24 dev br0")
    assert eventually(fn -> addresses(ns) == ["192.0.2.1"] end)
    settled(loop)
    assert %{own: next, watch: %{source: other}} = :sys.get_state(loop)
    assert next != conn and other != monitor and Process.alive?(other)
    assert settle(before) == before

    ip!(ns, "address delete 192.0.2.1/24 dev br0")
    assert eventually(fn -> addresses(ns) == ["192.0.2.1"] end)
  end

  @tag :quiet
  test "a loop leaves no process and no descriptor behind for any exit reason", %{path: path} do
    before = sockets()
    processes = length(Process.list())

    for reason <- [:normal, :shutdown, :kill] do
      test = self()

      {starter, ref} =
        spawn_monitor(fn ->
          {:ok, loop} = Loop.start_link(netns: {:path, path}, desired: @bridge)
          %{passes: 1} = Loop.status(loop)
          send(test, :started)
          receive do: (:go -> :ok)
        end)

      assert_receive :started
      if reason == :normal, do: send(starter, :go), else: Process.exit(starter, reason)
      assert_receive {:DOWN, ^ref, :process, _, _}
      assert settle(before) == before
    end

    assert eventually(fn -> length(Process.list()) <= processes end)
  end

  @tag :quiet
  test "a :desired function that fails and an :on_pass that raises do not end a loop",
       %{path: path} do
    opts = [netns: {:path, path}, backoff: {20, 40}, on_pass: fn _, _ -> raise "no" end]
    loop = start_supervised!({Loop, opts ++ [desired: fn -> raise "not yet" end]})
    assert %{result: {:error, {:error, %RuntimeError{}}}} = Loop.status(loop)
    Loop.update(loop, fn -> {:error, :later} end)
    assert {:error, :later} = Loop.run(loop)
    Loop.update(loop, fn -> :nonsense end)
    assert {:error, {:bad_option, :desired, :nonsense}} = Loop.run(loop)
    Loop.update(loop, fn -> %{links: [{"eth9", nil, up: true}]} end)
    assert {:error, {:normalize, {:unknown_interface, "eth9"}}} = Loop.run(loop)
    Loop.update(loop, @bridge)
    assert {:ok, %Report{converged?: true}} = Loop.run(loop)
  end

  test "start_link/1 returns the reason when a loop cannot be started", %{path: path} do
    before = sockets()
    assert {:error, {:open, 2}} = Loop.start_link(netns: {:path, path <> "x"}, desired: %{})
    conn = [connection: :absent, desired: %{}]
    assert {:error, {:send, :noproc}} = Loop.start_link(conn)
    view = [netns: {:path, path}, wake: {:view, :absent}, desired: %{}]
    assert {:error, {:view, :noproc}} = Loop.start_link(view)
    refute_received {:EXIT, _, _}
    assert settle(before) == before
  end

  test "a dry run changes nothing and is no failure", %{ns: ns, path: path} do
    loop = start!(path, desired: @bridge, dry_run: true)
    {%{applied: 0, pending: 2}, _} = pass!(:start)
    assert ip_json(ns, "link show type bridge") == []
    assert %{failures: 0, converged?: false} = Loop.status(loop)
    assert Reconcile.default_protocol() == 76
  end

  test "an invalid desired state is refused by start_link/1, update/2 and a pass", context do
    %{ns: ns, path: path} = context
    loop = start!(path, desired: @bridge)
    pass!(:start)
    settled(loop)
    passes = Loop.status(loop).passes

    for {desired, reason} <- [
          {%{rotues: []}, {:unknown_section, :rotues}},
          {%{routes: %{}}, {:bad_section, :routes, %{}}},
          {%{routes: [{"10.0.0.0", 33, "10.0.0.1"}]}, {:route, {:bad_prefix, 33}}},
          {%{links: [{"br0", :bridge, nope: 1}]}, {:link, {:unknown_option, :nope}}},
          {%{addresses: [{"br0", "10.0.0", 24}]}, {:bad_address, "10.0.0"}},
          {%{neighbours: [{"br0", "10.0.0.1", "02:"}]}, {:neighbour, {:bad_mac, "02:"}}},
          {%{nexthops: [[gateway: "10.0.0.1"]]}, {:nexthop, {:missing_option, :id}}},
          {%{rules: [[priority: 7]]}, {:rule, {:missing_option, :table}}},
          {%{addresses: [{7, "10.0.0.1", 24}]}, {:unknown_interface, 7}}
        ] do
      assert {desired, Loop.update(loop, desired)} == {desired, {:error, {:normalize, reason}}}

      assert Loop.start_link(netns: {:path, path}, desired: desired) ==
               {:error, {:normalize, reason}}

      Loop.update(loop, fn -> desired end)
      assert Loop.run(loop) == {:error, {:normalize, reason}}
      assert Loop.update(loop, @bridge) == :ok
    end

    for {key, value} <- [
          takeover: nil,
          protocol: 0,
          dry_run: 1,
          on_error: :explode,
          last_applied: %{links: []}
        ] do
      assert Loop.start_link([{key, value}, {:netns, {:path, path}}, {:desired, %{}}]) ==
               {:error, {:bad_option, key, value}}
    end

    assert {:ok, %Report{converged?: true}} = Loop.run(loop)
    assert Loop.status(loop).passes > passes
    assert addresses(ns) == ["192.0.2.1"]
  end

  test "an address is added once its link exists", %{ns: ns, path: path} do
    loop = start!(path, desired: %{addresses: [{"br0", "192.0.2.1", 24}]}, backoff: {20, 40})
    assert {_, {:error, {:normalize, {:unknown_interface, "br0"}}}} = pass!(:start)
    ip!(ns, "link add br0 type bridge")
    assert settled(loop)
    assert addresses(ns) == ["192.0.2.1"]
  end

  test "another owner's object is kept, or replaced with takeover: true", context do
    %{ns: ns, path: path} = context
    ip!(ns, "link add br0 mtu 1300 type bridge")
    desired = %{links: [{"br0", :bridge, mtu: 1400}]}
    loop = start!(path, desired: desired)
    assert {_, {:ok, %Report{converged?: false, conflicts: [_]}}} = pass!(:start)
    # A conflict is no failure: no retry is scheduled.
    assert %{converged?: false, failures: 0, next: nil} = Loop.status(loop)
    assert [%{"mtu" => 1300}] = ip_json(ns, "link show dev br0")
    :ok = Loop.stop(loop)

    loop =
      start_supervised!({Loop, netns: {:path, path}, desired: desired, takeover: true}, id: 2)

    assert %{converged?: true, last_applied: %{links: links}} = Loop.status(loop)
    assert MapSet.size(links) == 1
    assert [%{"mtu" => 1400}] = ip_json(ns, "link show dev br0")
    assert Loop.update(loop, %{}) == :ok
    assert {:ok, %Report{}} = Loop.run(loop)
    assert ip_json(ns, "link show type bridge") == []
  end
end

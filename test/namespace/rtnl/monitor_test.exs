defmodule Linx.Namespace.Rtnl.MonitorTest do
  # Not async: it counts the descriptors of the whole VM.
  use Linx.Test.NamespaceCase

  import Linx.Test.Descriptors, only: [sockets: 0, settle: 1]

  alias Linx.Netlink.{Message, Rtnl, Socket}
  alias Linx.Netlink.Rtnl.{Address, Link, Monitor, Neighbour, Route, Rule}
  alias Linx.Netlink.Rtnl.Monitor.Event

  # OTP logs a process that ends with an error. These tests cause such an end.
  setup context do
    if context[:quiet] do
      %{level: level} = :logger.get_primary_config()
      :logger.set_primary_config(:level, :none)
      on_exit(fn -> :logger.set_primary_config(:level, level) end)
    end

    :ok
  end

  defp subscribe!(path, opts \\ []) do
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

  test "changes made by ip are reported as events with decoded structs", %{ns: ns, path: path} do
    monitor = subscribe!(path)
    ip!(ns, "link add left type veth peer name right")
    assert %Link{name: "right"} = event!(:new_link)
    assert %Link{name: "left", linkinfo: %{kind: "veth"}} = event!(:new_link)
    ip!(ns, "link set left up")
    ip!(ns, "address add 192.0.2.1/24 dev left")
    assert %Address{prefixlen: 24, index: index} = event!(:new_addr)
    ip!(ns, "route add 198.51.100.0/24 via 192.0.2.9")
    assert %Route{dst_len: 24, oif: ^index} = route!("198.51.100.0")
    ip!(ns, "neighbour add 192.0.2.9 lladdr 02:00:00:00:00:09 dev left")
    assert %Neighbour{ifindex: ^index} = event!(:new_neigh)
    ip!(ns, "rule add from 192.0.2.0/24 table 100 priority 77")
    assert %Rule{priority: 77} = event!(:new_rule)
    ip!(ns, "rule delete priority 77")
    assert %Rule{priority: 77} = event!(:del_rule)
    ip!(ns, "-6 rule add from fd00::/64 table 100 priority 78")
    assert %Rule{priority: 78, family: 10} = event!(:new_rule)
    ip!(ns, "address delete 192.0.2.1/24 dev left")
    assert %Address{prefixlen: 24} = event!(:del_addr)
    ip!(ns, "link delete left")
    assert %Link{} = event!(:del_link)
    assert :ok = Monitor.unsubscribe(monitor)
  end

  defp route!(dst) do
    {:ok, ip} = Linx.IP.parse(dst)
    with %Route{dst: other} when other != ip <- event!(:new_route), do: route!(dst)
  end

  test "every change after subscribe/2 returns is reported", %{ns: ns, path: path} do
    for n <- 1..20 do
      monitor = subscribe!(path, groups: [1])
      ip!(ns, "link add br#{n} type bridge")
      name = "br#{n}"
      assert %Link{name: ^name} = event!(:new_link)
      :ok = Monitor.stop(monitor)
    end
  end

  test "an undecodable message is an event with an unknown operation and the raw message" do
    assert %Event{op: {:unknown, 99}, resource: nil, message: %Message{type: 99}} =
             Monitor.decode_event(%Message{type: 99})

    broken = %Message{type: 16, payload: <<0::128, 200::native-16, 3::native-16>>}
    assert %Event{op: {:unknown, 16}, message: ^broken} = Monitor.decode_event(broken)
    assert inspect(Monitor.decode_event(%Message{type: 99})) =~ "Event<unknown:99>"
  end

  @tag :quiet
  test "a failed start returns an error, leaves no socket open, and does not end the caller",
       %{path: path} do
    before = sockets()
    assert {:error, {:open, 2}} = Monitor.subscribe(self(), netns: {:path, "/nowhere"})
    assert {:error, :einval} = Monitor.subscribe(self(), netns: {:path, path}, groups: [9999])
    assert settle(before) == before
  end

  test "an overrun is reported, and later events are delivered", %{ns: ns, path: path} do
    monitor = subscribe!(path, groups: [5], rcvbuf: 4096)
    :sys.suspend(monitor)
    {:ok, sock} = Rtnl.open({:path, path})
    for n <- 1..200, do: :ok = Address.add(sock, 1, "127.9.#{n}.1", 32)
    :ok = Socket.close(sock)
    :sys.resume(monitor)
    assert_receive {:linx_rtnl, :resync_needed}
    assert Monitor.overruns(monitor) > 0
    ip!(ns, "address add 127.8.0.1/32 dev lo")
    address!("127.8.0.1")
    :ok = Monitor.stop(monitor)
  end

  # Waits for the event of a new address. Events before it stay in the mailbox.
  defp address!(text) do
    {:ok, ip} = Linx.IP.parse(text)
    assert_receive {:linx_rtnl, :event, %Event{op: :new_addr, resource: %Address{local: ^ip}}}
  end

  test "an overrun is reported after all notifications older than the loss",
       %{ns: ns, path: path} do
    ip!(ns, "link set lo up")
    monitor = subscribe!(path, groups: [5], rcvbuf: 4096)
    :sys.suspend(monitor)
    {:ok, sock} = Rtnl.open({:path, path})
    for n <- 1..200, do: :ok = Address.add(sock, 1, "127.9.#{n}.1", 32)
    for n <- 1..200, do: :ok = Address.delete(sock, 1, "127.9.#{n}.1", 32)
    :sys.resume(monitor)
    assert older(0) > 0
    # A list made after the report has none of these addresses, and no event older than the report
    # follows: the next event is that of the address that is added here.
    ip!(ns, "address add 127.8.0.1/32 dev lo")
    {:ok, ip} = Linx.IP.parse("127.8.0.1")
    assert {:new_addr, %Address{local: ^ip}} = next!()
    :ok = Socket.close(sock)
    :ok = Monitor.stop(monitor)
  end

  # Number of events before the report of the overrun.
  defp older(count) do
    receive do
      {:linx_rtnl, :event, _event} -> older(count + 1)
      {:linx_rtnl, :resync_needed} -> count
    end
  end

  test "a filter that raises or throws lets the event pass, and does not end the monitor",
       %{ns: ns, path: path} do
    monitor = subscribe!(path, filter: fn _event -> raise "mistake" end)
    {:ok, _ref} = Monitor.attach(monitor, self(), filter: fn _event -> throw(:mistake) end)
    ip!(ns, "link add br0 type bridge")
    assert %Link{name: "br0"} = event!(:new_link)
    assert %Link{name: "br0"} = event!(:new_link)
    assert Process.alive?(monitor)
  end

  test "an ifindex filter matches the link of each path of a multipath route",
       %{ns: ns, path: path} do
    for line <- [
          "link add v type veth peer name w",
          "link set v up",
          "link set w up",
          "address add 192.0.2.1/24 dev v",
          "address add 192.0.3.1/24 dev w"
        ],
        do: ip!(ns, line)

    [%{"ifindex" => w}] = ip_json(ns, "link show dev w")
    monitor = subscribe!(path, filter: fn _event -> false end)
    {:ok, _} = Monitor.attach(monitor, self(), ops: [:new_route], ifindex: w, family: :inet)
    ip!(ns, "route add 10.0.0.0/8 nexthop via 192.0.2.9 nexthop via 192.0.3.9")
    assert %Route{dst_len: 8, multipath: [_, _]} = event!(:new_route)
    ip!(ns, "route add 10.1.0.0/16 via 192.0.2.9")
    ip!(ns, "route add 10.2.0.0/24 via 192.0.3.9")
    # The route in between has no path over w.
    assert {:new_route, %Route{dst_len: 24}} = next!()
  end

  test "a monitor reports events of its namespace after the name is deleted", context do
    %{ns: ns, path: path} = context
    monitor = subscribe!(path)
    {:ok, sock} = Rtnl.open({:path, path})
    {_, 0} = System.cmd("ip", ["netns", "delete", ns])
    # The name is deleted again when the test ends.
    {_, 0} = System.cmd("ip", ["netns", "add", ns])
    :ok = Link.create_bridge(sock, "nameless0")
    assert %Link{name: "nameless0"} = event!(:new_link)
    :ok = Socket.close(sock)
    :ok = Monitor.stop(monitor)
  end

  test "each subscriber of a monitor receives the events that match its own filter",
       %{ns: ns, path: path} do
    monitor = subscribe!(path, filter: &(&1.op == :new_link))
    test = self()

    other =
      spawn_link(fn ->
        {:ok, _} = Monitor.attach(monitor, self(), ops: [:new_addr], ifindex: 1, family: :inet6)
        send(test, :ready)
        receive do: (message -> send(test, {:other, message}))
      end)

    assert_receive :ready
    ip!(ns, "link add br0 type bridge")
    ip!(ns, "address add 127.7.0.1/8 dev lo")
    ip!(ns, "address add fd00::7/64 dev lo nodad")

    assert_receive {:other, {:linx_rtnl, :event, %Event{op: :new_addr, resource: %{family: 10}}}}

    assert %Link{name: "br0"} = event!(:new_link)
    eventually(fn -> not Process.alive?(other) end)
    {:ok, ref} = Monitor.attach(monitor, self(), ops: [:del_link])
    :ok = Monitor.detach(monitor, ref)
    ip!(ns, "link delete br0")
    ip!(ns, "link add br1 type bridge")
    # The filter of this process matches new links only.
    assert [{:new_link, %Link{name: "br1"}}] = new_links("br1")
  end

  # The events up to that of the link `name`, without those of new links named br0.
  defp new_links(name) do
    case next!() do
      {:new_link, %Link{name: ^name}} = last -> [last]
      {:new_link, %Link{name: "br0"}} -> new_links(name)
      other -> [other | new_links(name)]
    end
  end

  test "a monitor ends and closes its socket when its owner ends", %{path: path} do
    before = sockets()
    owner = spawn(fn -> Process.sleep(:infinity) end)
    {:ok, monitor} = Monitor.start_link(owner: owner, netns: {:path, path})
    assert sockets() == before + 1
    ref = Process.monitor(monitor)
    Process.exit(owner, :kill)
    assert_receive {:DOWN, ^ref, _, _, :normal}
    assert settle(before) == before
  end

  @tag :quiet
  test "a monitor whose socket is closed sends :closed with the reason, and exits with it",
       %{path: path} do
    Process.flag(:trap_exit, true)
    monitor = subscribe!(path)
    Socket.close(:sys.get_state(monitor).listener.sock)
    assert_receive {:linx_rtnl, :closed, {:recv, :closed}}, 2000
    assert_receive {:EXIT, ^monitor, {:shutdown, {:recv, :closed}}}
  end

  test "10,000 calls of attach and detach leave no socket, process or subscriber behind",
       %{path: path} do
    monitor = subscribe!(path)
    before = {sockets(), length(Process.list())}

    for _ <- 1..10_000 do
      {:ok, ref} = Monitor.attach(monitor)
      :ok = Monitor.detach(monitor, ref)
    end

    eventually(fn -> {sockets(), length(Process.list())} == before end)
    assert {:monitors, [_owner]} = Process.info(monitor, :monitors)
    assert map_size(:sys.get_state(monitor).subscribers) == 1
  end

  test "ten idle monitors cause no context switches and no reductions", %{path: path} do
    alone = idle()
    monitors = for _ <- 1..10, do: subscribe!(path)
    # One wake-up a second by each would be ten. The VM may have other work at times.
    eventually(fn -> idle() < alone + 5 end)
    # A process that wakes up uses reductions, even if it only waits again.
    work = fn -> for pid <- monitors, do: Process.info(pid, :reductions) end
    before = work.()
    Process.sleep(1000)
    assert work.() == before
    assert Enum.all?(monitors, &(Process.info(&1, :status) == {:status, :waiting}))
    Enum.each(monitors, &Monitor.stop/1)
  end

  # Context switches of the threads of this VM in a second, the lowest number of three. A shell
  # counts them: a process of this VM that counts would cause context switches itself.
  defp idle do
    sum =
      "cat /proc/#{System.pid()}/task/*/status | awk '/ctxt_switches/ {s += $2} END {print s}'"

    script = "sum() { #{sum}; }; sleep 0.3; a=$(sum); sleep 1; b=$(sum); echo $((b - a))"

    Enum.min(
      for _ <- 1..3 do
        {text, 0} = System.cmd("sh", ["-c", script])
        text |> String.trim() |> String.to_integer()
      end
    )
  end

  test "a monitor of a protocol number sends the messages of its groups undecoded",
       %{ns: ns, path: path} do
    {:ok, monitor} =
      Linx.Netlink.Monitor.start_link(protocol: 0, groups: [1], netns: {:path, path})

    ip!(ns, "link add br0 type bridge")
    assert_receive {:linx_netlink, ^monitor, {:message, %Message{type: 16, payload: body}}}
    assert %Link{name: "br0"} = Link.decode(body)
    :ok = Linx.Netlink.Monitor.stop(monitor)
  end
end

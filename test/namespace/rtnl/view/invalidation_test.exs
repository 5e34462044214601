defmodule Linx.Namespace.Rtnl.View.InvalidationTest do
  # Changes that the kernel does not notify, or notifies with other values than a list has.
  # Not async: it counts the processes of the whole VM.
  use Linx.Test.NamespaceCase

  alias Linx.Netlink.Rtnl.View
  alias Linx.Test.ViewComparison

  setup %{ns: ns, path: path} do
    run(ns, [
      "link set lo up",
      "link add v type veth peer name w",
      "link set v up",
      "link set w up",
      "address add 192.0.2.1/24 dev v",
      "address add 192.0.3.1/24 dev w",
      "address add fd00::1/64 dev v nodad"
    ])

    {:ok, view} = View.start_link(netns: {:path, path})
    ViewComparison.agree!(ns, view)
    %{view: view}
  end

  defp run(ns, lines), do: Enum.each(lines, &ip!(ns, &1))

  # Runs one line after the other, and waits after each until the view agrees with `ip`.
  defp follows(ns, view, lines) do
    for line <- lines do
      ip!(ns, line)
      ViewComparison.agree!(ns, view)
    end
  end

  test "a view has IPv4 routes of one destination that differ in other attributes",
       %{ns: ns, view: view} do
    follows(ns, view, [
      "address add 192.0.2.2/24 dev v",
      "route add 10.1.0.0/16 via 192.0.2.9 protocol 10",
      "route append 10.1.0.0/16 via 192.0.2.9 protocol 11",
      "route append 10.1.0.0/16 via 192.0.2.9 protocol 11 src 192.0.2.2",
      "route append 10.1.0.0/16 via 192.0.2.9 protocol 11 mtu 1400",
      "route delete 10.1.0.0/16 via 192.0.2.9 protocol 11 src 192.0.2.2",
      "route delete 10.1.0.0/16 via 192.0.2.9 protocol 10"
    ])
  end

  test "a path is dead after its link lost its address, and usable with a new one", context do
    %{ns: ns, view: view} = context

    follows(ns, view, [
      "route add 10.0.0.0/8 nexthop via 192.0.2.9 nexthop via 192.0.3.9 weight 3",
      "address delete 192.0.3.1/24 dev w",
      "address add 192.0.3.1/24 dev w",
      "link set w down",
      "link set w up"
    ])
  end

  test "an IPv6 route loses its preferred source when that address is deleted",
       %{ns: ns, view: view} do
    follows(ns, view, [
      "address add fd00::5/128 dev v nodad",
      "-6 route add fd02::/64 via fd00::9 src fd00::5",
      "address delete fd00::5/128 dev v"
    ])
  end

  test "IPv6 routes have the changed MTU of their link", %{ns: ns, view: view} do
    follows(ns, view, [
      "-6 route add fd03::/64 via fd00::9 mtu 1400",
      "link set v mtu 1300",
      "link set v mtu 1500"
    ])
  end

  test "rules with the name of a link are right after it is created, renamed and deleted",
       %{ns: ns, view: view} do
    follows(ns, view, [
      "rule add iif late0 table 100 priority 50",
      "-6 rule add oif late0 table 100 priority 51",
      "link add late0 type bridge",
      "link set late0 name soon0",
      "link set soon0 name late0",
      "link delete late0",
      "link add late0 type bridge",
      "rule delete priority 50",
      "link delete late0",
      "-6 rule delete priority 51"
    ])
  end

  test "IPv6 addresses with keep_addr_on_down remain while their link is down",
       %{ns: ns, view: view} do
    exec!(ns, "sysctl", "-q -w net.ipv6.conf.v.keep_addr_on_down=1")
    ip!(ns, "address add fd00::7/64 dev v")
    follows(ns, view, ["link set v down"])
    ip!(ns, "link set v up")
    ViewComparison.agree!(ns, view)
  end

  test "a view has changes of the mode, promiscuity and alias of a link", %{ns: ns, view: view} do
    follows(ns, view, [
      "link set v mode dormant",
      "link set v promisc on",
      "link set v alias uplink",
      "link set v promisc off",
      "link set v mode default"
    ])
  end

  test "nexthops, groups and routes over them are right after each change",
       %{ns: ns, view: view} do
    follows(ns, view, [
      "nexthop add id 7 via 192.0.2.8 dev v",
      "nexthop add id 8 via 192.0.3.8 dev w",
      "nexthop add id 9 group 7/8",
      "route add 10.7.0.0/16 nhid 7",
      "route add 10.9.0.0/16 nhid 9",
      "nexthop replace id 7 via 192.0.2.6 dev v",
      "nexthop delete id 8",
      "link set v down",
      "link set v up",
      "nexthop flush"
    ])
  end

  test "a view is right after a link enters and leaves a VRF", %{ns: ns, view: view} do
    if vrf?(ns) do
      ip!(ns, "link set blue up")
      ip!(ns, "link set v master blue")
      ViewComparison.agree!(ns, view)
      ip!(ns, "link set v nomaster")
      ViewComparison.agree!(ns, view)
    end
  end

  defp vrf?(ns) do
    ip!(ns, "link add blue type vrf table 77")
    true
  rescue
    # A kernel without the driver.
    RuntimeError -> false
  end

  test "a link that is created again with its name and index is right in the view", context do
    %{ns: ns, view: view} = context

    for round <- 1..3 do
      ip!(ns, "link add again0 index 77 type bridge")
      ip!(ns, "address add 10.9.#{round}.1/24 dev again0")
      ip!(ns, "link set again0 up")
      ip!(ns, "link delete again0")
      ip!(ns, "link add again0 index 77 type veth peer name other#{round}")
      ViewComparison.agree!(ns, view)
      assert {:ok, %{index: 77}} = View.get(view, "again0")
      ip!(ns, "link delete again0")
      ViewComparison.agree!(ns, view)
      assert View.get(view, "again0") == :error
      assert View.get(view, 77) == :error
    end
  end

  test "two links that exchange their names are found by the new names", %{ns: ns, view: view} do
    follows(ns, view, ["link set v down", "link set w down"])
    {:ok, %{index: v}} = View.get(view, "v")
    {:ok, %{index: w}} = View.get(view, "w")

    follows(ns, view, ["link set v name tmp", "link set w name v", "link set tmp name w"])
    assert {:ok, %{index: ^w}} = View.get(view, "v")
    assert {:ok, %{index: ^v}} = View.get(view, "w")
    assert View.get(view, "tmp") == :error
  end

  test "routes are right after the peer of their link is down and up again",
       %{ns: ns, view: view} do
    follows(ns, view, [
      "route add 10.0.0.0/8 nexthop via 192.0.2.9 nexthop via 192.0.3.9",
      "-6 route add fd04::/64 via fd00::9",
      "link set w down"
    ])

    ip!(ns, "link set w up")
    ViewComparison.agree!(ns, view)
  end

  test "a link is found by its name after a notification of a renaming was lost",
       %{ns: ns, view: view} do
    run(ns, ["link add moving0 type bridge", "link add other0 type bridge"])
    ViewComparison.agree!(ns, view)
    {:ok, %{index: index} = moving} = View.get(view, "moving0")
    {:ok, other} = View.get(view, "other0")

    # The state after the notification of the new name of moving0 was lost, and that of other0,
    # which has the name moving0 then, was not. A resync follows.
    %{table: table} = :sys.get_state(view)
    links = Linx.Netlink.Rtnl.resource!(:links)
    other_renamed = [{:update, links, other.index, %{other | name: "moving0"}, other}]
    moving_renamed = [{:update, links, index, %{moving | name: "lost0"}, moving}]

    :sys.replace_state(view, fn state ->
      View.Table.write(table, other_renamed)
      View.Table.write(table, moving_renamed)
      state
    end)

    assert {:ok, %{index: found}} = View.get(view, "moving0")
    assert found == other.index
    assert {:ok, %{index: ^index}} = View.get(view, "lost0")
  end

  for path <- [[:listener, :sock], [:sock]] do
    test "a view whose socket #{inspect(path)} is closed ends with the reason",
         %{ns: ns, view: view} do
      # OTP logs the end of the view, which this test causes.
      %{level: level} = :logger.get_primary_config()
      :logger.set_primary_config(:level, :none)
      on_exit(fn -> :logger.set_primary_config(:level, level) end)
      Process.flag(:trap_exit, true)
      {:ok, ref} = View.subscribe(view)
      path = Enum.map(unquote(path), &Access.key!/1)
      :ok = Linx.Netlink.Socket.close(get_in(:sys.get_state(view), path))
      # A change for which the view makes a list.
      ip!(ns, "link set v down")
      assert_receive {:linx_view, ^ref, {:closed, {_stage, :closed} = reason}}
      assert_receive {:EXIT, ^view, {:shutdown, ^reason}}
      assert {:noproc, {View, :read, [^view]}} = catch_exit(View.links(view))
    end
  end

  test "a view has changes of its namespace after the name is deleted",
       %{ns: ns, view: view} do
    {:ok, conn} = Linx.Netlink.Connection.start_link(netns: {:path, path(ns)})
    {_, 0} = System.cmd("ip", ["netns", "delete", ns])
    # The name is deleted again when the test ends.
    {_, 0} = System.cmd("ip", ["netns", "add", ns])
    :ok = Linx.Netlink.Rtnl.Link.create_bridge(conn, "nameless0")
    assert {:ok, true} = View.await(view, &(View.get(&1, "nameless0") != :error))
    Linx.Netlink.Connection.stop(conn)
  end

  test "10,000 subscriptions leave no process, descriptor or message behind", %{view: view} do
    before = {length(Process.list()), length(File.ls!("/proc/self/fd"))}

    for _ <- 1..10_000 do
      {:ok, ref} = View.subscribe(view)
      :ok = View.unsubscribe(view, ref)
    end

    # Subscribers that end without unsubscribing.
    for _ <- 1..1000, do: Task.await(Task.async(fn -> View.subscribe(view) end), :infinity)
    assert {:error, :timeout} = View.await(view, fn _ -> false end, 20)
    eventually(fn -> match?({:monitors, [process: _eraser]}, Process.info(view, :monitors)) end)
    assert :sys.get_state(view).subscribers == %{}

    eventually(fn ->
      {length(Process.list()), length(File.ls!("/proc/self/fd"))} == before
    end)

    assert {:messages, []} = Process.info(self(), :messages)
  end
end

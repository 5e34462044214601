defmodule Linx.Namespace.ConnectionTest do
  # Not async: it counts the descriptors of the whole VM.
  use Linx.Test.NamespaceCase

  import Linx.Test.Descriptors, only: [list: 0]

  alias Linx.Netlink.{Batch, Connection, Error, Rtnl, Socket}
  alias Linx.Netlink.Rtnl.{Address, Fdb, Link, Neighbour, Nexthop, Reconcile, Route, Rule}
  alias Linx.Netlink.Rtnl.{Monitor, Stats, View, Vlan}

  setup %{path: path} do
    %{conn: start_supervised!({Connection, netns: {:path, path}, backoff: {20, 100}})}
  end

  # Number of descriptors of sockets and namespaces. `System.cmd/2` opens and closes pipes and
  # anonymous inodes: these are not counted.
  defp descriptors do
    Enum.count(list(), fn {_fd, target} ->
      not String.starts_with?(target, ["pipe:", "anon_inode:"])
    end)
  end

  test "functions that take a socket take a connection as well", %{ns: ns, conn: conn} do
    assert :ok = Link.create_veth(conn, "left", "right")
    assert :ok = Link.create(conn, "br0", :bridge)
    assert :ok = Link.set(conn, "left", up: true, master: "br0")
    assert :ok = Link.set_up(conn, "right")
    assert {:ok, %Link{name: "left"}} = Link.get(conn, "left")
    assert {:ok, [_, _, _, _]} = conn |> Link.list() |> no_tunnels()

    assert :ok = Address.add(conn, "right", "192.0.2.1", 24)
    assert {:ok, [_ | _]} = Address.list(conn, "right")
    assert :ok = Address.await(conn, "right", "192.0.2.1")
    assert :ok = Route.add(conn, "198.51.100.0", 24, "192.0.2.9")
    assert {:ok, %Route{}} = Route.get(conn, "198.51.100.7")
    assert Enum.any?(Route.stream!(conn), &(&1.dst_len == 24))
    assert :ok = Rule.add(conn, from: "192.0.2.0/24", table: 100, priority: 77)
    assert {:ok, [_ | _]} = Rule.list(conn)
    assert :ok = Neighbour.add(conn, "right", "192.0.2.9", "02:00:00:00:00:09")
    assert {:ok, %Neighbour{}} = Neighbour.get(conn, "right", "192.0.2.9")
    assert :ok = Fdb.add(conn, "left", "02:00:00:00:00:07", master: true)
    assert {:ok, [_ | _]} = Fdb.list(conn)
    assert :ok = Nexthop.add(conn, id: 7, gateway: "192.0.2.9", dev: "right")
    assert {:ok, %Nexthop{}} = Nexthop.get(conn, 7)
    assert {:ok, %Stats{}} = Stats.get(conn, "left")

    case Link.set(conn, "br0", vlan_filtering: true) do
      :ok ->
        assert :ok = Vlan.add(conn, "left", 10)
        assert {:ok, [_ | _]} = Vlan.list(conn, "left")

      {:error, %Error{errno: :eopnotsupp}} ->
        IO.puts(:stderr, "\nNot tested: this kernel has no bridge VLAN filtering.")
    end

    want = %{routes: [{"203.0.113.0", 24, "192.0.2.9"}]}
    assert {:ok, %{converged?: true}} = Reconcile.reconcile(conn, want)

    assert {:ok, results} =
             Batch.run(conn, fn batch ->
               for n <- 1..2000,
                   do: Route.add(batch, "10.0.#{div(n, 250)}.#{rem(n, 250)}", 32, "192.0.2.9")
             end)

    assert Enum.all?(results, &(&1 == :ok))

    # `ip` shows the objects that these functions created.
    assert [%{"ifname" => "left", "master" => "br0"}] = ip_json(ns, "link show dev left")
    assert [%{"gateway" => "192.0.2.9"}] = ip_json(ns, "route show 198.51.100.0/24")
    assert length(ip_json(ns, "route show 10.0.0.0/8")) == 0
    assert length(ip_json(ns, "route show root 10.0.0.0/8")) == 2000
    assert Enum.any?(ip_json(ns, "rule show"), &(&1["priority"] == 77))

    assert [%{"lladdr" => "02:00:00:00:00:09"}] =
             ip_json(ns, "neighbour show 192.0.2.9 dev right")
  end

  # Some kernels put tunnel devices into each new namespace.
  defp no_tunnels({:ok, links}) do
    {:ok, Enum.filter(links, &(&1.name in ["lo", "left", "right", "br0"]))}
  end

  test "a connection reopens in its namespace after the name has passed to another one",
       context do
    %{ns: ns, path: path, conn: conn} = context
    before = descriptors()
    :ok = Link.create_bridge(conn, "mine")
    {:ok, sock} = Connection.socket(conn)
    assert sock.netns == {:path, path}

    # The name refers to another namespace; the first one exists without a name.
    ip!(ns, "link set lo up")
    {_, 0} = System.cmd("ip", ["netns", "delete", ns])
    {_, 0} = System.cmd("ip", ["netns", "add", ns])
    assert {:ok, %Link{}} = Link.get(conn, "mine")

    :ok = Socket.close(sock)
    assert {:ok, %Link{}} = Link.get(conn, "mine")
    assert {:ok, %{state: :open, reopened: 1}} = Connection.info(conn)
    assert {:ok, %Socket{netns: {:path, ^path}}} = Connection.socket(conn)
    assert Enum.all?(ip_json(ns, "link show"), &(&1["ifname"] != "mine"))

    # A socket opened with `Connection.netns/1` is in the first namespace as well.
    {:ok, netns} = Connection.netns(conn)
    {:ok, view} = View.start_link(netns: netns, resources: [:links])
    assert {:ok, %Link{}} = View.get(view, "mine")
    View.stop(view)
    {:ok, monitor} = Monitor.subscribe(self(), netns: netns)
    :ok = Link.delete(conn, "mine")
    assert_receive {:linx_rtnl, :event, %{op: :del_link, resource: %Link{name: "mine"}}}
    Monitor.stop(monitor)

    # The connection holds two descriptors, and none after it has stopped.
    assert eventually(fn -> descriptors() == before end)
    stop_supervised!(Connection)
    assert eventually(fn -> descriptors() == before - 2 end)
  end

  test "a connection to a namespace whose name does not exist fails to start", %{path: path} do
    assert {:error, {:open, 2}} = Connection.start_link(netns: {:path, path <> "x"})
  end

  test "callers of a connection get the reason while no socket can be opened", context do
    %{path: path, conn: conn} = context
    # Closes the descriptor of the namespace that the connection holds.
    {:ok, {:path, "/proc/self/fd/" <> fd}} = Connection.netns(conn)
    fd = String.to_integer(fd)
    :ok = Socket.Native.close_fd(fd)
    {:ok, sock} = Connection.socket(conn)
    :ok = Socket.close(sock)

    assert eventually(fn ->
             Connection.info(conn) == {:ok, %{state: {:down, :enoent}, reopened: 0}}
           end)

    assert {:error, {:send, :enoent}} = Link.list(conn)
    assert {:error, {:send, :enoent}} = Connection.socket(conn)
    assert {:ok, [error: {:send, :enoent}]} = Batch.run(conn, &[Link.set_up(&1, 1)])
    task = Connection.async(conn, &Link.list/1)
    assert {:error, {:send, :enoent}} = Connection.await(task)

    # A socket with the number of that descriptor is not a namespace.
    taken = take_number(fd, fn -> Socket.Native.open_in_netns(path, 0) end)

    assert eventually(fn ->
             match?(
               {:ok, %{state: {:down, reason}}} when reason != :enoent,
               Connection.info(conn)
             )
           end)

    Enum.each(taken, &Socket.Native.close_fd/1)

    # The number refers to the namespace again: the connection opens a socket without a request.
    taken = take_number(fd, fn -> Socket.Native.open_netns(path) end)
    assert eventually(fn -> Connection.info(conn) == {:ok, %{state: :open, reopened: 1}} end)
    assert {:ok, [_ | _]} = Link.list(conn)
    stop_supervised!(Connection)
    Enum.each(taken, &Socket.Native.close_fd/1)
  end

  # Opens descriptors until one has the number `fd`, and returns all of them.
  defp take_number(fd, open, taken \\ []) do
    case open.() do
      {:ok, ^fd} -> [fd | taken]
      {:ok, other} -> take_number(fd, open, [other | taken])
    end
  end

  test "dumps are consistent or reported as interrupted while links are created and deleted",
       %{ns: ns, conn: conn} do
    churn =
      Task.async(fn ->
        for n <- 1..40 do
          ip!(ns, "link add a#{n} type veth peer name b#{n}")
          ip!(ns, "link delete a#{n}")
        end
      end)

    lists =
      Stream.repeatedly(fn -> Link.list(conn, dump_retries: 0) end)
      |> Enum.take_while(fn _ -> Task.yield(churn, 0) == nil end)

    for list <- lists do
      case list do
        {:ok, links} ->
          names = Enum.map(links, & &1.name)
          assert "lo" in names and names == Enum.uniq(names)

        {:error, reason} ->
          assert reason == :dump_interrupted
      end
    end

    assert lists != []
  end

  test "a tun device is created in the namespace of the connection", %{ns: ns, conn: conn} do
    case Link.create(conn, "tun7", :tun) do
      :ok -> assert [%{"ifname" => "tun7"}] = ip_json(ns, "link show dev tun7")
      # The kernel lacks the driver, or the machine its device file.
      {:error, %Error{errno: errno}} -> assert errno in [:enoent, :enodev, :eperm, :eacces]
      {:error, {:open, errno}} -> assert errno in [1, 2, 13, 19]
    end

    assert {:ok, sock} = Rtnl.open()
    assert {:error, %Error{errno: :enodev}} = Link.get(sock, "tun7")
    Socket.close(sock)
  end
end

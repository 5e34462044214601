defmodule Linx.Namespace.Generic.NetdevTest do
  use Linx.Test.NamespaceCase, async: true

  alias Linx.Netlink.{Batch, Error, Generic, Socket}
  alias Linx.Netlink.Generic.{Event, Netdev}

  setup %{ns: ns, path: path} do
    ip!(ns, "link add va numrxqueues 3 numtxqueues 2 type veth peer name vb")
    {:ok, sock} = Generic.open({:path, path})
    on_exit(fn -> Socket.close(sock) end)
    %{sock: sock}
  end

  defp indices(ns),
    do: for(%{"ifindex" => index, "ifname" => name} <- ip_json(ns, "link"), do: {index, name})

  defp index(ns, name), do: ns |> indices() |> List.keyfind(name, 1) |> elem(0)

  # The queues of a link in sysfs.
  defp queues(ns, link) do
    for name <- String.split(exec!(ns, "ls", "/sys/class/net/#{link}/queues")),
        [type, id] = String.split(name, "-"),
        do: {type, String.to_integer(id)}
  end

  test "devices are those that ip lists", %{sock: sock, ns: ns} do
    {:ok, devices} = Netdev.list(sock)
    assert devices |> Enum.map(& &1.ifindex) |> Enum.sort() == Enum.map(indices(ns), &elem(&1, 0))

    for device <- devices do
      assert Netdev.get(sock, device.ifindex) == {:ok, device}
    end

    assert {:ok, [{:ok, %Netdev.Dev{}}, {:error, %Error{errno: :enodev}}]} =
             Batch.run(sock, fn batch -> [Netdev.get(batch, "va"), Netdev.get(batch, 9999)] end)

    assert {:error, %Error{errno: :enodev}} = Netdev.get(sock, "absent")
  end

  # drivers/net/veth.c: frames can be redirected to a veth whose peer has GRO.
  test "XDP features are those of the driver", %{sock: sock, ns: ns} do
    assert {:ok, %{xdp_features: [], xsk_features: []}} = Netdev.get(sock, "lo")
    assert {:ok, %{xdp_features: [:basic, :redirect, :rx_sg]}} = Netdev.get(sock, "va")
    ip!(ns, "link set vb up")
    exec!(ns, "ethtool", "-K vb gro on")
    {:ok, device} = Netdev.get(sock, "va")
    assert device.xdp_features == [:basic, :redirect, :ndo_xmit, :rx_sg, :ndo_xmit_sg]
    assert :hash in device.xdp_rx_metadata_features
  end

  test "devices are notified", %{sock: sock, ns: ns, path: path} do
    {:ok, monitor} = Netdev.Monitor.start_link(netns: {:path, path}, groups: ["mgmt"])
    ip!(ns, "link set vb up")
    ip!(ns, "link add br0 type bridge")
    index = index(ns, "br0")
    assert_receive {:linx_netdev, ^monitor, %Event{op: :dev_add_ntf, resource: added}}
    assert %Netdev.Dev{ifindex: ^index} = added

    exec!(ns, "ethtool", "-K vb gro on")
    va = index(ns, "va")

    assert_receive {:linx_netdev, ^monitor,
                    %Event{op: :dev_change_ntf, resource: %{ifindex: ^va} = changed}}

    assert Netdev.get(sock, "va") == {:ok, changed}

    ip!(ns, "link delete br0")

    assert_receive {:linx_netdev, ^monitor,
                    %Event{op: :dev_del_ntf, resource: %{ifindex: ^index}}}

    Netdev.Monitor.stop(monitor)
  end

  test "queues are those of sysfs", %{sock: sock, ns: ns} do
    for link <- ["va", "vb"], do: ip!(ns, "link set #{link} up")
    {:ok, list} = Netdev.queues(sock, link: "va")
    assert Enum.sort(for(queue <- list, do: {"#{queue.type}", queue.id})) == queues(ns, "va")
    assert length(list) == 5
    {:ok, all} = Netdev.queues(sock)
    assert Enum.filter(all, &(&1.ifindex == index(ns, "va"))) == list

    for queue <- list, do: assert(Netdev.queue(sock, "va", queue.type, queue.id) == {:ok, queue})
    assert {:error, %Error{}} = Netdev.queue(sock, "va", :tx, 2)
    assert {:error, %Error{errno: :enodev}} = Netdev.queues(sock, link: "absent")
  end

  # A veth polls with GRO, or with an XDP program.
  test "NAPI instances are those of the queues", %{sock: sock, ns: ns} do
    for link <- ["va", "vb"], do: ip!(ns, "link set #{link} up")
    exec!(ns, "ethtool", "-K vb gro on")
    {:ok, napis} = Netdev.napis(sock, link: "va")

    for napi <- napis do
      assert napi.ifindex == index(ns, "va")
      assert Netdev.napi(sock, napi.id) == {:ok, napi}
    end

    assert {:error, %Error{errno: :enoent}} = Netdev.napi(sock, 0xFFFFFFF)
  end

  describe "netdevsim" do
    @describetag :vm

    # An independent reader of NAPI instances: `struct nlmsghdr`, `genlmsghdr` and attributes by hand.
    @napi """
    import socket, struct, sys
    sock = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 16)
    def attrs(data):
        found = {}
        while len(data) >= 4:
            size, kind = struct.unpack_from("HH", data)
            found[kind] = data[4:size]
            data = data[(size + 3) & ~3:]
        return found
    def ask(family, command, version, body):
        message = struct.pack("BBH", command, version, 0) + body
        sock.send(struct.pack("IHHII", 16 + len(message), family, 1, 1, 0) + message)
        return attrs(sock.recv(65536)[20:])
    family, = struct.unpack("H", ask(16, 3, 1, struct.pack("HH8s", 11, 2, b"netdev"))[1])
    napi = ask(family, 11, 1, struct.pack("HHI", 8, 2, int(sys.argv[1])))
    print(*(int.from_bytes(napi[key], sys.byteorder) for key in (5, 6, 7)))
    """

    setup %{ns: ns} do
      id = System.unique_integer([:positive])
      exec!(ns, "sh", ["-c", "echo #{id} 2 4 > /sys/bus/netdevsim/new_device"])
      on_exit(fn -> File.write!("/sys/bus/netdevsim/del_device", "#{id}") end)
      names = String.split(exec!(ns, "ls", "/sys/bus/netdevsim/devices/netdevsim#{id}/net"))

      for {name, new} <- Enum.zip(names, ["sim", "sim2"]),
          do: ip!(ns, "link set #{name} name #{new}")

      ip!(ns, "link set sim up")
      %{debug: "/sys/kernel/debug/netdevsim/netdevsim#{id}/ports/0"}
    end

    test "queues are those of ethtool, each with its NAPI instance", %{sock: sock, ns: ns} do
      {:ok, queues} = Netdev.queues(sock, link: "sim")
      {:ok, napis} = Netdev.napis(sock, link: "sim")
      [%{"combined-count" => count}] = channels(ns)
      numbers = Enum.to_list(0..(count - 1))
      assert count == 4

      for type <- [:rx, :tx],
          do:
            assert(
              for(%{type: ^type, id: id} <- Enum.sort_by(queues, & &1.id), do: id) == numbers
            )

      receiving = for %{type: :rx} = queue <- queues, do: queue.napi_id
      assert Enum.sort(receiving) == Enum.sort(Enum.map(napis, & &1.id))

      exec!(ns, "ethtool", "-L sim combined 2")
      assert {:ok, [_, _, _, _]} = Netdev.queues(sock, link: "sim")
    end

    # `ethtool --json -l` came later than ethtool 6.1.
    defp channels(ns) do
      [_, current] = String.split(exec!(ns, "ethtool", "-l sim"), "Current hardware settings:")
      [_, count] = Regex.run(~r/Combined:\s+(\d+)/, current)
      [%{"combined-count" => String.to_integer(count)}]
    end

    test "settings of NAPI instances are those of sysfs", %{sock: sock, ns: ns} do
      write = fn file, value ->
        exec!(ns, "sh", ["-c", "echo #{value} > /sys/class/net/sim/#{file}"])
      end

      write.("napi_defer_hard_irqs", 7)
      write.("gro_flush_timeout", 5_000_000_000)
      write.("threaded", 1)
      {:ok, napis} = Netdev.napis(sock, link: "sim")

      for napi <- napis do
        assert {napi.defer_hard_irqs, napi.gro_flush_timeout} == {7, 5_000_000_000}
        assert napi.threaded == :enabled
        assert File.read!("/proc/#{napi.pid}/comm") =~ "napi/sim-"
      end
    end

    test "settings of one NAPI instance are changed", %{sock: sock, ns: ns} do
      {:ok, [first, second | _]} = Netdev.napis(sock, link: "sim")

      assert Netdev.set_napi(sock, first.id,
               defer_hard_irqs: 3,
               gro_flush_timeout: 20_000,
               irq_suspend_timeout: 30_000,
               threaded: :enabled
             ) == :ok

      read = &exec!(ns, "python3", ["-c", @napi, to_string(&1)])
      assert read.(first.id) == "3 20000 30000\n"
      assert read.(second.id) == "0 0 0\n"
      {:ok, %{pid: pid, threaded: :enabled}} = Netdev.napi(sock, first.id)
      assert File.read!("/proc/#{pid}/comm") =~ "napi/sim-"

      assert Netdev.set_napi(sock, first.id, threaded: :disabled) == :ok
      assert {:ok, %{pid: nil, threaded: :disabled}} = Netdev.napi(sock, first.id)
      assert {:error, %Error{errno: :enoent}} = Netdev.set_napi(sock, 0xFFFFFFF, threaded: 0)
    end

    # A file of the driver makes it hold a page.
    test "page pools count their pages", %{sock: sock, ns: ns, debug: debug} do
      {:ok, pools} = Netdev.page_pools(sock)
      {:ok, napis} = Netdev.napis(sock, link: "sim")
      assert Enum.all?(pools, &(&1.ifindex == index(ns, "sim")))
      assert Enum.sort(Enum.map(pools, & &1.napi_id)) == Enum.sort(Enum.map(napis, & &1.id))

      assert Enum.all?(pools, &({&1.inflight, &1.inflight_mem} == {0, 0}))

      File.write!(debug <> "/pp_hold", "y")
      {:ok, pools} = Netdev.page_pools(sock)
      assert [used] = Enum.filter(pools, &(&1.inflight > 0))
      assert used.inflight_mem == used.inflight * 4096
      assert Netdev.page_pool(sock, used.id) == {:ok, used}
      {:ok, stats} = Netdev.page_pool_stats_of(sock, used.id)
      assert {stats.info.id, stats.info.ifindex} == {used.id, used.ifindex}
      assert {stats.alloc_slow + stats.alloc_fast, stats.recycle_ring} == {1, 0}
      {:ok, all} = Netdev.page_pool_stats(sock)
      assert length(all) == length(pools) and stats in all

      File.write!(debug <> "/pp_hold", "n")
      {:ok, stats} = Netdev.page_pool_stats_of(sock, used.id)
      assert stats.recycle_ring + stats.recycle_cached == 1
      assert {:error, %Error{errno: :enoent}} = Netdev.page_pool(sock, 0xFFFFFFF)
    end

    test "page pools are notified", %{ns: ns, path: path} do
      {:ok, monitor} = Netdev.Monitor.start_link(netns: {:path, path})
      ip!(ns, "link set sim down")
      index = index(ns, "sim")
      assert_receive {:linx_netdev, ^monitor, %Event{op: :page_pool_del_ntf, resource: pool}}
      assert %Netdev.PagePool{ifindex: ^index} = pool
      ip!(ns, "link set sim up")
      assert_receive {:linx_netdev, ^monitor, %Event{op: :page_pool_add_ntf, resource: pool}}
      assert pool.ifindex == index
      Netdev.Monitor.stop(monitor)
    end

    test "counters are those of ip", %{sock: sock, ns: ns} do
      ip!(ns, "link set sim2 up")
      links = "3:#{index(ns, "sim")} 3:#{index(ns, "sim2")}"
      script = "exec 3</proc/self/ns/net; echo #{links} > /sys/bus/netdevsim/link_device"
      exec!(ns, "sh", ["-c", script])
      eventually(fn -> exec!(ns, "cat", "/sys/class/net/sim/carrier") == "1\n" end)
      ip!(ns, "address add 192.0.2.1/24 dev sim")
      ip!(ns, "neighbour add 192.0.2.2 lladdr 02:00:00:00:00:02 dev sim")

      exec!(ns, "python3", [
        "-c",
        "import socket; s = socket.socket(2, 2); [s.sendto(b'x', ('192.0.2.2', 9)) for _ in range(5)]"
      ])

      [%{"stats64" => %{"tx" => tx}}] = ip_json(ns, "-statistics link show dev sim")
      assert tx["packets"] >= 5
      {:ok, [device]} = Netdev.qstats(sock, link: "sim")
      assert device.ifindex == index(ns, "sim")
      {:ok, all} = Netdev.qstats(sock)
      assert device in all
      {:ok, queues} = Netdev.qstats(sock, link: "sim", scope: :queue)
      sent = for %{queue_type: :tx} = queue <- queues, do: queue.tx_packets
      assert length(sent) == 4 and length(queues) == 8
      # The driver counts one packet in no queue: drivers/net/netdevsim/netdev.c.
      assert device.tx_packets == tx["packets"]
      assert Enum.sum(sent) in [tx["packets"], tx["packets"] - 1]
      assert {:error, %Error{errno: :eopnotsupp}} = Netdev.qstats(sock, link: "lo")
    end
  end
end

defmodule Linx.Namespace.Nfnl.LogTest do
  use Linx.Test.NamespaceCase, async: true

  import Linx.Test.Firewall

  alias Linx.Netlink.{Error, Socket}
  alias Linx.Netlink.Nfnl.{Conntrack, Log}
  alias Linx.Netlink.Nfnl.Log.Packet

  setup %{ns: ns} do
    ip!(ns, "link set lo up")
    :ok
  end

  defp rules(rule),
    do: "table ip t { chain c { type filter hook output priority 0; #{rule}; }; }"

  # Runs a test where packets can be logged.
  defp logging(ns, rule, test) do
    where(ns, [:ip], ["add " <> rules(rule)], fn ->
      load!(ns, rules(rule))
      test.()
    end)
  end

  # The log ends with the test process, to which it is linked.
  defp listen(path, opts) do
    {:ok, log} = Log.start_link([netns: {:path, path}, threshold: 1] ++ opts)
    log
  end

  defp packet do
    assert_receive {:linx_nflog, :packet, %Packet{} = packet}
    packet
  end

  test "a packet has prefix, mark, links and payload", %{ns: ns, path: path} do
    logging(ns, ~s(udp dport 4242 meta mark set 0x2a log prefix "seen: " group 5), fn ->
      listen(path, group: 5)
      send_udp(ns, "127.0.0.1", 4242)

      packet = packet()
      assert %Packet{family: :ipv4, group: 5, prefix: "seen: ", mark: 0x2A} = packet
      assert packet.ifindex_outdev == 1
      assert packet.ifindex_indev == nil
      # IPv4, the output hook.
      assert %Packet.Header{hw_protocol: 0x0800, hook: 3} = packet.packet_hdr

      # IPv4 of 31 bytes from 127.0.0.1 to 127.0.0.1, UDP to port 4242, three bytes of data.
      assert <<0x45, _, 31::16, _::40, 17, _::16, 127, 0, 0, 1, 127, 0, 0, 1, _::16, 4242::16,
               11::16, _::16, "hi\n">> = packet.payload

      assert packet.uid == 0 and packet.gid == 0
      assert packet.seq == nil and packet.ct == nil
    end)
  end

  test "a packet that has arrived has a time and a hardware address", %{ns: ns, path: path} do
    where(ns, [:ip], ["add " <> rules("log group 5")], fn ->
      load!(ns, """
      table ip t { chain c { type filter hook input priority 0; udp dport 4242 log group 5; }; }
      """)

      ip!(ns, "link add v0 type veth peer name v1")
      other = netns!()
      ip!(ns, ["link", "set", "v1", "netns", other])
      ip!(ns, "link set v0 up")
      ip!(ns, "addr add 10.9.0.1/24 dev v0")
      ip!(other, "link set v1 up")
      ip!(other, "addr add 10.9.0.2/24 dev v1")

      listen(path, group: 5)
      before = System.system_time(:second)
      send_udp(other, "10.9.0.1", 4242)

      packet = packet()
      [%{"ifindex" => index}] = ip_json(ns, "link show v0")
      [%{"address" => mac}] = ip_json(other, "link show v1")
      assert packet.ifindex_indev == index
      assert to_string(packet.hwaddr) == mac
      # The kernel's clock for time stamps may be one tick behind.
      assert packet.timestamp.sec in (before - 1)..System.system_time(:second)
      assert packet.timestamp.usec in 0..999_999
    end)
  end

  test "the option :copy limits the bytes of a packet", %{ns: ns, path: path} do
    logging(ns, "udp dport 4242 log group 5", fn ->
      log = listen(path, group: 5, copy: 20)
      send_udp(ns, "127.0.0.1", 4242)
      assert byte_size(packet().payload) == 20
      :ok = Log.stop(log)

      listen(path, group: 5, copy: 0)
      send_udp(ns, "127.0.0.1", 4242)
      assert packet().payload == nil
    end)
  end

  test "packets have sequence numbers", %{ns: ns, path: path} do
    logging(ns, "udp dport 4242 log group 5", fn ->
      listen(path, group: 5, with: [:seq, :seq_global])
      for _ <- 1..3, do: send_udp(ns, "127.0.0.1", 4242)
      assert [first, second, third] = for(_ <- 1..3, do: packet())
      assert [first.seq, second.seq, third.seq] == [0, 1, 2]
      assert is_integer(third.seq_global)
    end)
  end

  test "packets have the entry of their connection", %{ns: ns, path: path} do
    logging(ns, "ct state new udp dport 4242 log group 5", fn ->
      opts = [netns: {:path, path}, group: 5, threshold: 1, with: [:conntrack]]

      case Log.start_link(opts) do
        {:ok, _log} ->
          send_udp(ns, "127.0.0.1", 4242)
          assert %Conntrack{family: :ipv4, tuple_orig: tuple} = packet().ct
          assert tuple.proto.dst_port == 4242

        # A kernel without CONFIG_NETFILTER_NETLINK_GLUE_CT.
        {:error, %Error{errno: :eopnotsupp}} ->
          IO.puts(:stderr, "\nNot tested: this kernel logs no connections with packets.")
      end
    end)
  end

  test "one log at a time binds a group", %{ns: ns, path: path} do
    logging(ns, "udp dport 4242 log group 5", fn ->
      log = listen(path, group: 5)
      listen(path, group: 6)

      assert {:error, %Error{errno: :eperm}} = Log.start_link(netns: {:path, path}, group: 5)
      refute_received {:EXIT, _, _}
      :ok = Log.stop(log)
      # The kernel releases the group shortly after it closes the socket.
      eventually(fn -> match?({:ok, _}, Log.start_link(netns: {:path, path}, group: 5)) end)

      send_udp(ns, "127.0.0.1", 4242)
      assert packet().group == 5
    end)
  end

  test "an overrun of the receive buffer is reported", %{ns: ns, path: path} do
    logging(ns, "udp dport 4242 log group 5", fn ->
      log = listen(path, group: 5, rcvbuf: 4096)
      :sys.suspend(log)
      script = "for n in $(seq 200); do echo hi > /dev/udp/127.0.0.1/4242; done"
      exec!(ns, "bash", ["-c", script])
      :sys.resume(log)
      assert_receive {:linx_nflog, :resync_needed}
      assert Log.overruns(log) > 0

      exec!(ns, "bash", ["-c", "echo again > /dev/udp/127.0.0.1/4242"])
      assert_receive {:linx_nflog, :packet, %Packet{payload: <<_::224, "again\n">>}}
    end)
  end

  test "a log ends with its owner, and reports a failed socket", %{ns: ns, path: path} do
    logging(ns, "udp dport 4242 log group 5", fn ->
      owner = spawn(fn -> Process.sleep(:infinity) end)
      log = listen(path, group: 5, owner: owner)
      ref = Process.monitor(log)
      Process.exit(owner, :kill)
      assert_receive {:DOWN, ^ref, :process, _, :normal}

      Process.flag(:trap_exit, true)
      log = listen(path, group: 6)
      Socket.close(:sys.get_state(log).listener.sock)
      assert_receive {:linx_nflog, :closed, {:recv, :closed}}
      assert_receive {:EXIT, ^log, {:shutdown, {:recv, :closed}}}
    end)
  end

  test "a missing namespace is an error, not an exit" do
    assert {:error, {:open, 2}} = Log.start_link(group: 1, netns: {:path, "/no/such"})
    refute_received {:EXIT, _, _}
  end
end

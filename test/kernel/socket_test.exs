defmodule Linx.Kernel.SocketTest do
  # Not async: it counts the descriptors of the whole VM.
  use ExUnit.Case

  import Linx.Test.Descriptors, only: [sockets: 0, settle: 1]

  alias Linx.Netlink.{Request, Socket}

  @last_seq 0xFFFFFFFF

  defp open! do
    {:ok, sock} = Socket.open(0)
    on_exit(fn -> Socket.close(sock) end)
    sock
  end

  defp fd(sock) do
    {:ok, fd} = :socket.getopt(sock.socket, :otp, :fd)
    fd
  end

  # This socket's line of /proc/net/netlink, by column name.
  defp proc(sock) do
    [header | lines] = "/proc/net/netlink" |> File.read!() |> String.split("\n", trim: true)
    "socket:[" <> inode = File.read_link!("/proc/self/fd/#{fd(sock)}")
    inode = String.trim_trailing(inode, "]")
    columns = String.split(header)

    lines
    |> Enum.map(&Map.new(Enum.zip(columns, String.split(&1))))
    |> Enum.find(&(&1["Inode"] == inode))
  end

  test "open/1 returns a bound, close-on-exec socket of the protocol" do
    {:ok, sock} = Socket.open(16)
    assert %Socket{netns: :host, protocol: 16} = sock
    assert %{"Eth" => "16", "Pid" => port} = proc(sock)
    assert port != "0"
    flags = File.read!("/proc/self/fdinfo/#{fd(sock)}")
    [_, octal] = Regex.run(~r/^flags:\s+(\d+)$/m, flags)
    assert Bitwise.band(String.to_integer(octal, 8), 0o2000000) != 0
    assert :ok = Socket.close(sock)
  end

  test "a protocol that does not exist is an error" do
    assert {:error, {:socket, :eprotonosupport}} = Socket.open(200)
    assert {:error, {:socket, :eprotonosupport}} = Socket.open(0x1_0000_0000)
  end

  test "an error of opening a namespace names the step and the errno" do
    assert {:error, {:open, 2}} = Socket.open(0, {:path, "/nowhere/ns"})
    assert {:error, {:open, 2}} = Socket.open(0, {:path, ""})
    assert {:error, {:open, 2}} = Socket.open(0, {:pid, 0x3FFFFFFF})
    assert {:error, {:open, 2}} = Socket.open(0, {:path, <<"/", 0xFF>>})
    assert {:error, {:open, 36}} = Socket.open(0, {:path, "/" <> String.duplicate("a", 5000)})
    assert {:error, {:setns, 22}} = Socket.open(0, {:path, "/dev/null"})
    assert {:error, {:setns, 22}} = Socket.open(0, {:path, "/proc/self/status"})
    assert {:error, {:bad_path, "a\0b"}} = Socket.open(0, {:path, "a\0b"})
  end

  test "a FIFO in place of a namespace is an error, and does not block" do
    path = Path.join(System.tmp_dir!(), "linx-fifo-#{System.unique_integer([:positive])}")
    {_, 0} = System.cmd("mkfifo", [path])
    on_exit(fn -> File.rm(path) end)
    assert {:error, {:setns, 22}} = Socket.open(0, {:path, path})
  end

  test "an open socket uses one descriptor, and a closed socket none" do
    before = sockets()
    socks = for _ <- 1..20, do: open!()
    assert sockets() == before + 20
    for sock <- socks, do: assert(:ok = Socket.close(sock))
    assert settle(before) == before
  end

  test "the descriptor is closed when the process that opened it ends" do
    before = sockets()

    {pid, ref} =
      spawn_monitor(fn ->
        {:ok, sock} = Socket.open(0)
        {:ok, [_ | _]} = Request.talk(sock, 18, 0x300, <<0::128>>)
        Process.sleep(:infinity)
      end)

    assert settle(before + 1) == before + 1
    Process.exit(pid, :kill)
    assert_receive {:DOWN, ^ref, _, _, :killed}
    assert settle(before) == before
  end

  test "processes killed while they open sockets leave no descriptor" do
    before = sockets()

    for n <- 1..300 do
      pid =
        spawn(fn ->
          for _ <- 1..5, do: Socket.open(0)
          Process.sleep(:infinity)
        end)

      if rem(n, 3) == 0, do: :erlang.yield()
      Process.exit(pid, :kill)
    end

    assert settle(before) == before
  end

  test "a failed open leaves no descriptor" do
    before = Enum.count(Linx.Test.Descriptors.list())

    for _ <- 1..50 do
      {:error, _} = Socket.open(200)
      {:error, _} = Socket.open(0, {:path, "/dev/null"})
      {:error, _} = Socket.open(0, {:path, "/nowhere"})
    end

    assert Enum.count(Linx.Test.Descriptors.list()) == before
  end

  test "a second close returns :ok, and requests and options of a closed socket are errors" do
    sock = open!()
    assert :ok = Socket.close(sock)
    assert :ok = Socket.close(sock)
    assert {:error, {:send, :closed}} = Request.talk(sock, 18, 0x300, <<0::128>>)
    assert {:error, :closed} = Socket.add_membership(sock, 1)
    assert {:error, :closed} = Socket.drop_membership(sock, 1)
    assert {:error, :closed} = Socket.set_rcvbuf(sock, 4096)
    assert Socket.next_seq(sock) in 1..@last_seq
  end

  test "another process can close a socket" do
    sock = open!()
    assert :ok = Task.await(Task.async(fn -> Socket.close(sock) end), :infinity)
    assert {:error, {:send, :closed}} = Request.talk(sock, 18, 0x300, <<0::128>>)
  end

  test "sequence numbers start at 1 and skip 0 when they wrap" do
    sock = open!()
    assert :atomics.get(sock.seq, 1) == 0
    assert [1, 2, 3] = for(_ <- 1..3, do: Socket.next_seq(sock))
    assert :atomics.get(sock.seq, 1) == 3
    :atomics.put(sock.seq, 1, @last_seq - 1)
    assert [@last_seq, 1, 2] = for(_ <- 1..3, do: Socket.next_seq(sock))
  end

  test "processes that share a socket never get the same sequence number" do
    sock = open!()
    :atomics.put(sock.seq, 1, @last_seq - 5000)

    numbers =
      1..10
      |> Task.async_stream(fn _ -> for _ <- 1..1000, do: Socket.next_seq(sock) end,
        timeout: :infinity
      )
      |> Enum.flat_map(fn {:ok, numbers} -> numbers end)

    assert length(Enum.uniq(numbers)) == 10_000
    refute 0 in numbers
  end

  test "groups are joined and left by number, as /proc/net/netlink shows" do
    sock = open!()
    assert %{"Groups" => "00000000"} = proc(sock)
    assert :ok = Socket.add_membership(sock, 1)
    assert :ok = Socket.add_membership(sock, 5)
    assert %{"Groups" => "00000011"} = proc(sock)
    assert :ok = Socket.drop_membership(sock, 1)
    assert %{"Groups" => "00000010"} = proc(sock)
    assert {:error, :einval} = Socket.add_membership(sock, 100_000)
    assert {:error, :einval} = Socket.add_membership(sock, 0x1_0000_0000)
    assert {:error, :einval} = Socket.add_membership(sock, 0xFFFFFFFF)
  end

  test "set_rcvbuf/2 sets the receive buffer, which the kernel doubles" do
    sock = open!()
    assert :ok = Socket.set_rcvbuf(sock, 16_384)
    assert {:ok, 32_768} = :socket.getopt(sock.socket, :socket, :rcvbuf)
    assert :ok = Socket.set_rcvbuf(sock, 1 <<< 40)
    max = "/proc/sys/net/core/rmem_max" |> File.read!() |> String.trim() |> String.to_integer()
    assert {:ok, bytes} = :socket.getopt(sock.socket, :socket, :rcvbuf)
    assert bytes == 2 * max
  end

  test "the functions of raw descriptors return errno numbers, and close_fd/1 returns :ok" do
    alias Linx.Netlink.Socket.Native
    assert {:error, {:open, 2}} = Native.open_in_netns("/nowhere", 0)
    assert {:error, {:setns, 22}} = Native.open_in_netns("/dev/null", 0)
    assert {:error, {:bad_path, <<0>>}} = Native.open_netns(<<0>>)
    assert {:error, 9} = Native.bind_netlink(99_999, 0)
    assert :ok = Native.close_fd(99_999)
  end

  defp a <<< b, do: Bitwise.bsl(a, b)

  describe "recv_datagram/2" do
    # RTM_GETLINK of the link 1, with NLM_F_REQUEST and NLM_F_ACK: the kernel sends two datagrams,
    # the link and an NLMSG_ERROR.
    defp send_getlink(sock, seq) do
      body = <<0::32, 1::native-32, 0::64>>

      request =
        <<32::native-32, 18::native-16, 5::native-16, seq::native-32, 0::32, body::binary>>

      :ok = :socket.sendto(sock.socket, request, %{family: 16, addr: <<0::80>>})
    end

    defp receiving(sock) do
      task = Task.async(fn -> Socket.recv_datagram(sock) end)
      until_waiting(task.pid)
      task
    end

    defp until_waiting(pid) do
      case Process.info(pid, [:status, :current_function]) do
        [status: :waiting, current_function: {:socket, _, _}] -> :ok
        _ -> Process.sleep(1) && until_waiting(pid)
      end
    end

    test "receives one whole datagram per call" do
      sock = open!()
      send_getlink(sock, 7)

      assert {:ok, <<size::native-32, 16::native-16, _::16, 7::native-32, _::binary>> = link} =
               Socket.recv_datagram(sock)

      assert byte_size(link) == size

      assert {:ok, <<_::32, 2::native-16, _::16, 7::native-32, _::binary>>} =
               Socket.recv_datagram(sock, 65_536)

      assert {:select, _} = :socket.recv(sock.socket, 1, [:peek], :nowait)
    end

    test "returns an error for a datagram larger than the size, and discards it" do
      sock = open!()
      send_getlink(sock, 8)
      assert {:ok, link} = Socket.recv_datagram(sock)
      assert {:ok, <<_::32, 2::native-16, _::binary>> = ack} = Socket.recv_datagram(sock)

      send_getlink(sock, 9)
      assert Socket.recv_datagram(sock, byte_size(link) - 1) == {:error, :truncated}

      assert {:ok, <<_::32, 2::native-16, _::binary>>} =
               Socket.recv_datagram(sock, byte_size(ack))
    end

    test "waits for a datagram that has not arrived" do
      sock = open!()
      task = receiving(sock)
      send_getlink(sock, 10)
      assert {:ok, <<_::32, 16::native-16, _::binary>>} = Task.await(task, :infinity)
    end

    test "returns an error for a closed socket, also to waiting callers" do
      sock = open!()
      task = receiving(sock)
      :ok = Socket.close(sock)
      assert Task.await(task, :infinity) == {:error, :closed}
      assert Socket.recv_datagram(sock) == {:error, :closed}
    end

    test "raises FunctionClauseError for a size that is not a positive number of bytes" do
      sock = open!()

      for size <- [0, -1, nil, 1.5] do
        assert_raise FunctionClauseError, fn -> Socket.recv_datagram(sock, size) end
      end
    end
  end
end

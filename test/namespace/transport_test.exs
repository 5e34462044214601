defmodule Linx.Namespace.TransportTest do
  # Not async: it counts the descriptors and threads of the whole VM.
  use Linx.Test.NamespaceCase

  import Linx.Test.Descriptors, only: [sockets: 0, settle: 1]

  alias Linx.Netlink.{Batch, Error, Message, Request, Socket}
  alias Linx.Netlink.Rtnl.{Link, Route}

  @getlink 18
  @getroute 26
  @newlink 16
  @newaddr 20
  @dump 0x300
  @noop 1
  @ack 4

  defp open!(path) do
    {:ok, sock} = Socket.open(0, {:path, path})
    on_exit(fn -> Socket.close(sock) end)
    sock
  end

  defp set_lo(up), do: <<0, 0, 0::16, 1::native-32, up::native-32, 1::native-32>>

  # The namespace of each thread of the VM.
  defp threads do
    for task <- File.ls!("/proc/self/task"),
        {:ok, ns} <- [File.read_link("/proc/self/task/#{task}/ns/net")],
        do: ns
  end

  test "a socket works in the namespace it was opened in", %{ns: ns, path: path} do
    ip!(ns, "link add left type veth peer name right")
    {:ok, messages} = Request.talk(open!(path), @getlink, @dump, <<0::128>>)
    assert length(messages) == 3

    pid = spawn_sleeper(ns)
    {:ok, sock} = Socket.open(0, {:pid, pid})
    assert sock.netns == {:path, "/proc/#{pid}/ns/net"}

    assert {:ok, ^messages} =
             Request.talk(sock, @getlink, @dump, <<0::128>>) |> with_ids_of(messages)

    :ok = Socket.close(sock)
  end

  defp with_ids_of({:ok, got}, [like | _]),
    do: {:ok, Enum.map(got, &%{&1 | pid: like.pid, seq: like.seq})}

  defp spawn_sleeper(ns) do
    port =
      Port.open({:spawn_executable, "/bin/sh"}, [
        :binary,
        args: ["-c", "exec ip netns exec #{ns} sh -c 'echo $$; exec sleep 3600'"]
      ])

    assert_receive {^port, {:data, line}}
    pid = line |> String.trim() |> String.to_integer()
    on_exit(fn -> System.cmd("kill", ["#{pid}"]) end)
    pid
  end

  test "2,000 opens and closes leak no descriptor and leave each thread in its namespace",
       %{path: path} do
    {:ok, warm} = Socket.open(0, {:path, path})
    :ok = Socket.close(warm)
    {before, threads} = {sockets(), Enum.sort(threads())}

    1..20
    |> Task.async_stream(
      fn _ ->
        for _ <- 1..100 do
          {:ok, sock} = Socket.open(0, {:path, path})
          :ok = Socket.close(sock)
        end
      end,
      timeout: :infinity
    )
    |> Stream.run()

    assert settle(before) == before
    assert Enum.sort(threads()) == threads
    assert Enum.uniq(threads()) == [File.read_link!("/proc/self/ns/net")]
  end

  test "processes killed while they open sockets in a namespace leak no descriptor", %{path: path} do
    before = sockets()

    for n <- 1..100 do
      pid = spawn(fn -> for _ <- 1..5, do: {:ok, _} = Socket.open(0, {:path, path}) end)
      if rem(n, 4) == 0, do: Process.sleep(1)
      Process.exit(pid, :kill)
    end

    assert settle(before) == before
  end

  test "raw descriptors of another namespace belong to the caller", %{path: path} do
    alias Linx.Netlink.Socket.Native
    before = sockets()
    {:ok, fd} = Native.open_in_netns(path, 0)
    assert sockets() == before + 1
    assert :ok = Native.bind_netlink(fd, 1)
    assert :ok = Native.close_fd(fd)
    assert sockets() == before
    assert {:error, {:socket, 93}} = Native.open_in_netns(path, 200)

    {:ok, fd} = Native.open_netns(path)
    assert File.stat!("/proc/self/fd/#{fd}").inode == File.stat!(path).inode
    assert :ok = Native.close_fd(fd)
  end

  test "a refusal has the message of the kernel", %{path: path} do
    sock = open!(path)
    # RTM_NEWROUTE through a gateway that cannot be reached.
    body =
      <<2, 32, 0, 0, 254, 4, 0, 1, 0::32>> <>
        Linx.Netlink.Attr.encode([{1, <<192, 0, 2, 1>>}, {5, <<198, 51, 100, 1>>}])

    assert {:error, %Error{errno: :enetunreach, message: "Nexthop has invalid gateway"}} =
             Request.talk(sock, 24, 0x605, body)
  end

  test "notifications are received by `:socket.recv/2` and are not part of a reply", %{path: path} do
    sock = open!(path)

    # RTNLGRP_IPV4_IFADDR: unlike others, its notifications have the sequence number of the request.
    :ok = Socket.add_membership(sock, 5)
    other = open!(path)
    {:ok, []} = Request.talk(other, @newaddr, @ack, address(2))
    assert {:ok, datagram} = :socket.recv(sock.socket, 65_536)
    assert [%Message{type: @newaddr, seq: 1}] = Message.decode(datagram)

    # The notification of the socket's own change has the sequence number of its request, and arrives
    # before the acknowledgement.
    assert {:ok, []} = Request.talk(sock, @newaddr, @ack, address(3))

    assert {:error, %Error{errno: :eexist}} =
             Request.talk(sock, @newaddr, @ack + 0x200, address(3))

    # With NLM_F_ECHO the notification is part of the reply, which ends with the acknowledgement.
    assert {:ok, [%Message{type: @newaddr}]} = Request.talk(sock, @newaddr, @ack + 8, address(4))
    assert {:ok, [_]} = Request.talk(sock, @getlink, 0, <<0::32, 1::native-32, 0::64>>)
  end

  defp address(last) do
    ip = <<127, 0, 0, last>>
    <<2, 8, 0, 0, 1::native-32>> <> Linx.Netlink.Attr.encode([{1, ip}, {2, ip}])
  end

  test "notifications do not extend the deadline of a request", %{ns: ns, path: path} do
    sock = open!(path)
    :ok = Socket.add_membership(sock, 1)
    other = open!(path)
    flood = Task.async(fn -> flood(other) end)

    # Otherwise the request would last as long as the flood, which is ended after the request.
    result = Request.talk(sock, @noop, 0, <<>>, timeout: 300)
    # The flood may also overflow the receive buffer, which is reported at once.
    assert result in [{:error, {:recv, :timeout}}, {:error, {:recv, :enobufs}}]
    send(flood.pid, :enough)
    assert Task.await(flood, :infinity) == :ok
    assert [%{"ifname" => "lo"}] = ip_json(ns, "link show")
  end

  defp flood(sock, count \\ 0) do
    {:ok, []} = Request.talk(sock, @newlink, @ack, set_lo(rem(count, 2)))

    receive do
      :enough -> :ok
    after
      0 -> flood(sock, count + 1)
    end
  end

  test "a request whose reply is lost to an overrun fails, and the next ones succeed",
       %{path: path} do
    sock = open!(path)
    :ok = Socket.set_rcvbuf(sock, 4096)
    :ok = Socket.add_membership(sock, 1)
    other = open!(path)
    for n <- 1..50, do: {:ok, []} = Request.talk(other, @newlink, @ack, set_lo(rem(n, 2)))

    # The buffer is full: the acknowledgement is lost, which is reported.
    assert {:error, {:recv, :enobufs}} = Request.talk(sock, @noop, @ack)
    assert {:ok, []} = Request.talk(sock, @noop, @ack)
    assert {:ok, [_ | _]} = Request.talk(sock, @getlink, @dump, <<0::128>>)
  end

  test "a stream has the objects of the dump, and may be ended after any element",
       %{ns: ns, path: path} do
    sock = open!(path)
    for n <- 1..150, do: ip!(ns, "link add v#{n} type veth peer name w#{n}")
    stream = Request.stream!(sock, @getlink, %Link{})
    names = stream |> Enum.map(& &1.name) |> Enum.sort()
    assert names == ns |> ip_json("link show") |> Enum.map(& &1["ifname"]) |> Enum.sort()

    for count <- [0, 1, 100] do
      assert length(Enum.take(stream, count)) == count
      assert {:ok, [_ | _]} = Request.talk(sock, @getlink, @dump, <<0::128>>)
    end

    assert {:messages, []} = Process.info(self(), :messages)
    :ok = Socket.close(sock)
    error = assert_raise Error, fn -> Enum.to_list(stream) end
    assert error.errno == :closed
  end

  test "a stream may be suspended between any two structs, and ended by its consumer",
       %{ns: ns, path: path} do
    sock = open!(path)
    for n <- 1..600, do: ip!(ns, "link add v#{n} type veth peer name w#{n}")
    stream = Request.stream!(sock, @getlink, %Link{})
    links = Enum.to_list(stream)
    assert length(links) == 1201

    # `Stream.zip/2` suspends the stream after each element.
    assert stream |> Stream.zip(1..2000) |> Enum.map(&elem(&1, 0)) == links
    suspend = fn link, _last -> {:suspend, link} end

    for first <- [{:cont, nil}, {:suspend, nil}] do
      assert {:suspended, last, continue} = Enumerable.reduce(stream, first, suspend)
      assert last == if(first == {:cont, nil}, do: hd(links))
      assert {:suspended, next, continue} = continue.({:cont, nil})
      assert next == Enum.at(links, if(last, do: 1, else: 0))
      assert continue.({:halt, :enough}) == {:halted, :enough}
      assert {:ok, [_ | _]} = Request.talk(sock, @getlink, @dump, <<0::128>>)
    end

    assert Enumerable.reduce(stream, {:halt, :none}, suspend) == {:halted, :none}

    new = fn -> Request.Call.new(sock, @getlink, @dump, %Link{}, []) end
    unreadable = Request.Stream.stream!(new, fn _bytes, _offset -> raise "unreadable" end)
    assert_raise RuntimeError, fn -> Enum.to_list(unreadable) end
    assert {:ok, [_ | _]} = Request.talk(sock, @getlink, @dump, <<0::128>>)

    for stop <- [&:erlang.error/1, &:erlang.throw/1, &:erlang.exit/1], at <- [0, 1000] do
      at = Enum.at(links, at).index
      use = fn link -> if link.index == at, do: stop.(:stopped) end
      assert {_kind, :stopped} = catching(fn -> Enum.each(stream, use) end)
      assert {:ok, [_ | _]} = Request.talk(sock, @getlink, @dump, <<0::128>>)
    end

    assert {:messages, []} = Process.info(self(), :messages)
  end

  defp catching(fun) do
    fun.()
  catch
    kind, reason -> {kind, reason}
  end

  test "dumps wait while a stream is read, and other requests do not", %{ns: ns, path: path} do
    sock = open!(path)
    ip!(ns, "link set lo up")

    # More than is received ahead.
    {:ok, results} =
      Batch.run(sock, fn batch ->
        for n <- 1..40_000,
            do: Route.add(batch, "10.#{div(n, 250)}.#{rem(n, 250)}.0", 24, nil, dev: 1)
      end)

    assert Enum.uniq(results) == [:ok]
    test = self()

    reader =
      Task.async(fn ->
        sock
        |> Request.stream!(@getroute, %Route{})
        |> Enum.with_index(fn _route, at ->
          if at == 0 do
            send(test, :reading)
            receive do: (:continue -> :ok)
          end
        end)
        |> length()
      end)

    assert_receive :reading, 5000
    dump = Task.async(fn -> Request.talk(sock, @getlink, @dump, <<0::128>>) end)
    assert {:ok, [_]} = Request.talk(sock, @getlink, 0, <<0::32, 1::native-32, 0::64>>)
    refute Task.yield(dump, 100)
    send(reader.pid, :continue)
    assert Task.await(reader, :infinity) >= 40_000
    assert {:ok, [_ | _]} = Task.await(dump, :infinity)
  end

  test "datagrams of ports other than the kernel's are ignored", %{path: path} do
    sock = open!(path)
    {:ok, %{addr: sockname}} = :socket.sockname(sock.socket)
    # The layout of this address differs between releases of OTP: the port is read from /proc.
    assert is_binary(sockname)
    [_, inode] = Regex.run(~r/\[(\d+)\]/, File.read_link!("/proc/self/fd/#{fd(sock)}"))
    [port] = ports(path, inode)

    forger =
      Port.open({:spawn_executable, System.find_executable("python3")}, [
        :binary,
        line: 80,
        args: ["-c", forgery(), path, port]
      ])

    assert_receive {^forger, {:data, {:eol, "ready"}}}
    assert {:error, {:recv, :timeout}} = Request.talk(sock, @noop, 0, <<>>, timeout: 500)
    assert_receive {^forger, {:data, {:eol, "sent"}}}
  end

  defp fd(sock) do
    {:ok, fd} = :socket.getopt(sock.socket, :otp, :fd)
    fd
  end

  defp ports(path, inode) do
    for line <- String.split(exec!(Path.basename(path), "cat", ["/proc/net/netlink"]), "\n"),
        [_, _, port | rest] <- [String.split(line)],
        List.last(rest) == inode,
        do: port
  end

  # Sends acknowledgements of sequence number 1 from a port that is not the kernel's, which is 0.
  defp forgery do
    """
    import ctypes, os, socket, struct, sys, time
    libc = ctypes.CDLL(None, use_errno=True)
    assert libc.setns(os.open(sys.argv[1], os.O_RDONLY), 0x40000000) == 0
    s = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0)
    s.bind((0, 0))
    ack = struct.pack("=IHHII", 36, 2, 0, 1, int(sys.argv[2])) + bytes(20)
    print("ready", flush=True)
    for _ in range(30):
        s.sendto(ack, (int(sys.argv[2]), 0))
        time.sleep(0.01)
    print("sent", flush=True)
    """
  end
end

defmodule Linx.Kernel.ConnectionTest do
  # Not async: it counts the descriptors and the processes of the whole VM.
  use ExUnit.Case

  import Linx.Test.Descriptors, only: [sockets: 0, settle: 1]
  import Linx.Test.Wait

  alias Linx.Netlink.{Batch, Connection, Error, Message, Request, Socket}
  alias Linx.Netlink.Request.InFlight
  alias Linx.Netlink.Rtnl.Link
  alias Linx.Netlink.Socket.Native

  @getlink 18
  @dump 0x300
  @noop 1
  @ack 4
  # NETLINK_GENERIC: a message of any type may be a dump there. A no-op with the flags of a dump
  # is a dump that does not end.
  @generic 16

  # OTP logs a report of each killed process. The tests with the tag `:quiet` kill on purpose.
  setup context do
    if context[:quiet] do
      %{level: level} = :logger.get_primary_config()
      :logger.set_primary_config(:level, :none)
      on_exit(fn -> :logger.set_primary_config(:level, level) end)
    end

    :ok
  end

  defp start!(opts \\ []) do
    start_supervised!({Connection, opts}, restart: :temporary)
  end

  defp lo, do: <<0, 0, 0::16, 1::native-32, 0::64>>

  # RTM_NEWLINK of a link that does not exist, which the kernel refuses.
  defp refused_request(batch), do: Request.run(batch, 16, 0, %Link{index: 0x7FFFFFF0})

  defp unanswered(conn), do: Request.talk(conn, @noop, 0, <<>>, timeout: :infinity)

  defp waiting(conn, count) do
    tasks = for _ <- 1..count, do: Task.async(fn -> unanswered(conn) end)
    Enum.each(tasks, &eventually(fn -> waits?(&1.pid) end))
    tasks
  end

  # Whether the process has sent its request and waits for the socket.
  defp waits?(pid),
    do: match?({_, {InFlight, :selected, _}}, Process.info(pid, :current_function))

  defp published, do: for({{Linx.Netlink.Target, pid}, _} <- :persistent_term.get(), do: pid)

  test "functions take a connection's pid and every form of name" do
    start_supervised!({Registry, keys: :unique, name: __MODULE__.Names})
    via = {:via, Registry, {__MODULE__.Names, 1}}

    for name <- [__MODULE__, {:global, __MODULE__}, via] do
      {:ok, pid} = Connection.start_link(name: name)
      assert {:ok, [%Link{} | _]} = Link.list(name)
      assert {:ok, [%Link{} | _]} = Link.list(pid)
      assert {:ok, %Socket{protocol: 0, netns: :host}} = Connection.socket(name)
      assert {:error, {:already_started, ^pid}} = Connection.start_link(name: name)
      assert :ok = Connection.stop(name)
    end

    pid = start!(name: __MODULE__)
    assert {:ok, [_ | _]} = Link.list({__MODULE__, node()})
    assert {:ok, %{state: :open, reopened: 0}} = Connection.info(pid)
  end

  test "a request sends no message to the connection's process" do
    pid = start!()
    :ok = :sys.suspend(pid)
    assert {:ok, [_]} = Request.talk(pid, @getlink, 0, lo())

    assert {:ok, [%Link{} | _]} =
             pid |> Request.stream!(@getlink, %Link{}) |> Enum.take(1) |> then(&{:ok, &1})

    assert {:ok, [{:error, %Error{}}]} = Batch.run(pid, &[refused_request(&1)])
    assert {:message_queue_len, 0} = Process.info(pid, :message_queue_len)
    :ok = :sys.resume(pid)
  end

  test "an invalid timeout of await or yield is an error, and the request continues" do
    task = Connection.async(start!(), fn conn -> Link.list(conn) end)

    for timeout <- [-1, :soon, 1.5, nil, 0x100000000] do
      assert {:error, {:bad_timeout, ^timeout}} = Connection.await(task, timeout)
      assert_raise FunctionClauseError, fn -> Connection.yield(task, timeout) end
    end

    assert {:ok, [%Link{} | _]} = Connection.await(task)
  end

  test "wrong options are refused before a process is started" do
    assert {:error, {:unknown_option, :port}} = Connection.start_link(port: 1)

    for {key, value} <- [
          protocol: -1,
          netns: "blue",
          netns: {:pid, 0},
          rcvbuf: 0,
          force_rcvbuf: 1,
          backoff: {0, 1},
          backoff: {2, 1}
        ] do
      assert {:error, {:bad_option, ^key, ^value}} = Connection.start_link([{key, value}])
    end
  end

  test "start_link returns the error of opening a socket, and leaves no descriptor and no term" do
    Process.flag(:trap_exit, true)
    before = sockets()
    known = length(published())
    assert {:error, {:socket, :eprotonosupport}} = Connection.start_link(protocol: 200)
    assert {:error, {:open, 2}} = Connection.start_link(netns: {:path, "/nowhere"})
    assert {:error, {:open, 2}} = Connection.start_link(netns: {:pid, 0x3FFFFFFF})
    assert {:error, {:setns, 22}} = Connection.start_link(netns: {:path, "/dev/null"})
    assert {:error, {:bad_path, "a\0b"}} = Connection.start_link(netns: {:path, "a\0b"})
    refute_received {:EXIT, _, _}
    assert settle(before) == before
    assert length(published()) == known
  end

  test "the receive buffer has the requested size, also after the socket is reopened" do
    pid = start!(rcvbuf: 16_384)
    {:ok, first} = Connection.socket(pid)
    assert {:ok, 32_768} = :socket.getopt(first.socket, :socket, :rcvbuf)
    :ok = Socket.close(first)

    {:ok, next} =
      eventually(fn -> Connection.socket(pid) != {:ok, first} && Connection.socket(pid) end)

    assert {:ok, 32_768} = :socket.getopt(next.socket, :socket, :rcvbuf)
  end

  test "without a connection every function reports :noproc" do
    {:ok, dead} = Connection.start_link()
    :ok = Connection.stop(dead)
    via = {:via, Registry, {__MODULE__.NoSuchRegistry, 1}}

    for handle <- [
          dead,
          self(),
          :no_such_name,
          {:global, :no_such_name},
          via,
          {:no_such_name, :far@away}
        ] do
      assert {:error, {:send, :noproc}} = Link.list(handle)
      assert {:error, {:send, :noproc}} = Link.get(handle, "lo")
      assert {:error, {:send, :noproc}} = Link.set_up(handle, 1)
      assert {:error, {:send, :noproc}} = Link.create(handle, "t", :tun)
      assert {:error, {:send, :noproc}} = Request.talk(handle, @noop, @ack)
      assert {:error, {:send, :noproc}} = Connection.socket(handle)
      assert {:error, {:send, :noproc}} = Connection.netns(handle)
      assert {:error, {:send, :noproc}} = Connection.info(handle)
      assert {:ok, results} = Batch.run(handle, [%Message{type: @noop}, {:error, :mine}])
      assert results == [{:error, {:send, :noproc}}, {:error, :mine}]

      assert %Error{errno: :noproc} =
               catch_error(handle |> Request.stream!(@getlink, %Link{}) |> Enum.to_list())
    end
  end

  test "requests fail with :noproc once the connection has stopped or has been killed" do
    Process.flag(:trap_exit, true)

    for end_it <- [&Connection.stop/1, &Process.exit(&1, :kill)], _ <- 1..200 do
      {:ok, pid} = Connection.start_link()
      ref = Process.monitor(pid)
      end_it.(pid)
      assert_receive {:DOWN, ^ref, :process, _, _}
      assert {:error, {:send, :noproc}} = Connection.socket(pid)
      assert {:error, {:send, :noproc}} = Link.get(pid, 1)
    end
  end

  test "1,000 callers share a connection, and each receives its own replies" do
    pid = start!()
    before = sockets()

    results =
      1..1000
      |> Task.async_stream(
        fn caller ->
          for round <- 1..10 do
            case rem(caller + round, 10) do
              0 -> match?({:ok, [_ | _]}, Request.talk(pid, @getlink, @dump, <<0::128>>))
              1 -> Request.talk(pid, @noop, @ack) == {:ok, []}
              2 -> match?({:error, %Error{errno: :enodev}}, Link.get(pid, 0x7FFFFFF0))
              _ -> match?({:ok, %Link{index: 1}}, Link.get(pid, 1))
            end
          end
        end,
        max_concurrency: 1000,
        timeout: :infinity
      )
      |> Enum.flat_map(fn {:ok, results} -> results end)

    assert length(results) == 10_000
    assert Enum.all?(results)
    assert sockets() == before
  end

  test "1,000 callers that wait at once all receive an error when the connection stops" do
    pid = start!()
    before = sockets()
    tasks = waiting(pid, 1000)
    :ok = Connection.stop(pid)
    assert Enum.all?(Task.await_many(tasks, :infinity), &(&1 == {:error, {:recv, :closed}}))
    assert settle(before - 1) == before - 1
    eventually(fn -> pid not in published() end)
  end

  @tag :quiet
  test "a connection killed during requests leaves no descriptor, and callers get an error" do
    before = sockets()
    pid = start!(protocol: @generic)
    tasks = waiting(pid, 20)

    dumps =
      for _ <- 1..20,
          do: Task.async(fn -> Request.talk(pid, @noop, @dump, <<>>, timeout: :infinity) end)

    asleep(dumps)
    Process.exit(pid, :kill)

    for {:error, reason} <- Task.await_many(tasks ++ dumps, :infinity),
        do: assert(reason in [recv: :closed, send: :closed, send: :noproc])

    assert settle(before) == before
    eventually(fn -> pid not in published() end)
    assert {:messages, []} = Process.info(self(), :messages)
  end

  @tag :quiet
  test "a supervisor restarts a killed connection, and callers by name continue" do
    children = [{Connection, name: __MODULE__}]
    {:ok, supervisor} = Supervisor.start_link(children, strategy: :one_for_one)
    assert [{__MODULE__, first, :worker, [Connection]}] = Supervisor.which_children(supervisor)
    before = sockets()

    callers =
      for _ <- 1..20 do
        Task.async(fn -> for _ <- 1..200, do: Request.talk(__MODULE__, @getlink, 0, lo()) end)
      end

    Process.exit(first, :kill)
    results = callers |> Task.await_many(:infinity) |> List.flatten()
    failed = Enum.reject(results, &match?({:ok, [_]}, &1))

    assert Enum.all?(failed, fn {:error, {stage, reason}} ->
             stage in [:send, :recv] and reason in [:closed, :noproc]
           end)

    # The callers may have finished before the supervisor has restarted the connection.
    assert eventually(fn -> match?({:ok, [_]}, Request.talk(__MODULE__, @getlink, 0, lo())) end)
    assert Process.whereis(__MODULE__) not in [nil, first]
    assert settle(before) == before
    # A shutdown by the supervisor ends the waiting requests and closes the socket.
    tasks = waiting(__MODULE__, 3)
    :ok = Supervisor.stop(supervisor)
    assert Enum.all?(Task.await_many(tasks, :infinity), &(&1 == {:error, {:recv, :closed}}))
    assert settle(before - 1) == before - 1
  end

  test "a connection ends with the process that started it, also when that ends normally" do
    before = sockets()
    test = self()

    for reason <- [:normal, :shutdown] do
      spawn(fn ->
        {:ok, pid} = Connection.start_link()
        send(test, {:started, pid})
        receive do: (:go -> exit(reason))
      end)
      |> tap(fn starter ->
        assert_receive {:started, pid}
        ref = Process.monitor(pid)
        [task] = waiting(pid, 1)
        send(starter, :go)
        assert_receive {:DOWN, ^ref, :process, ^pid, ^reason}
        assert Task.await(task, :infinity) == {:error, {:recv, :closed}}
      end)
    end

    assert settle(before) == before
  end

  describe "when the socket of a connection is closed" do
    # Closes the descriptor alone: `:socket` is not informed.
    defp close_number(sock) do
      {:ok, fd} = :socket.getopt(sock.socket, :otp, :fd)
      Native.close_fd(fd)
    end

    for {how, close} <- [
          {"by close/1", &Socket.close/1},
          {"by :socket.close/1", quote(do: &:socket.close(&1.socket))},
          {"by its descriptor's number", quote(do: &close_number/1)}
        ] do
      test "#{how}, waiting callers get an error, and later requests are served" do
        pid = start!()
        {:ok, sock} = Connection.socket(pid)
        before = sockets()
        tasks = waiting(pid, 5)
        unquote(if is_function(close), do: quote(do: &Socket.close/1), else: close).(sock)

        for _ <- 1..3, do: assert({:ok, %Link{index: 1}} = Link.get(pid, 1))
        assert Enum.all?(Task.await_many(tasks, :infinity), &(&1 == {:error, {:recv, :closed}}))
        assert {:ok, %{state: :open, reopened: 1}} = Connection.info(pid)
        assert {:ok, next} = Connection.socket(pid)
        assert next != sock
        assert settle(before) == before

        unquote(if is_function(close), do: quote(do: &Socket.close/1), else: close).(next)
        assert {:ok, [{:error, %Error{}}]} = Batch.run(pid, &[refused_request(&1)])
        {:ok, next} = Connection.socket(pid)
        unquote(if is_function(close), do: quote(do: &Socket.close/1), else: close).(next)
        assert [%Link{} | _] = pid |> Request.stream!(@getlink, %Link{}) |> Enum.to_list()
        assert {:ok, %{state: :open, reopened: 3}} = Connection.info(pid)
        assert settle(before) == before
      end
    end

    test "a sent request is not repeated, and a queued request is sent on the next socket" do
      pid = start!(protocol: @generic)
      {:ok, sock} = Connection.socket(pid)
      # A dump that does not end, and a queued one that is acknowledged once it has been sent.
      stuck = Task.async(fn -> Request.talk(pid, @noop, @dump, <<>>, timeout: :infinity) end)
      asleep([stuck])
      behind = Task.async(fn -> Request.talk(pid, @noop, Bitwise.bor(@dump, @ack)) end)
      asleep([behind])
      :ok = Socket.close(sock)
      assert Task.await(stuck, :infinity) == {:error, {:recv, :closed}}
      assert Task.await(behind, :infinity) == {:ok, []}
      {:ok, next} = Connection.socket(pid)
      assert :atomics.get(next.seq, 1) == 1
    end

    test "repeatedly, callers get no error other than :closed" do
      pid = start!()
      before = sockets()

      closer =
        Task.async(fn ->
          for _ <- 1..50 do
            with {:ok, sock} <- Connection.socket(pid), do: Socket.close(sock)
            Process.sleep(2)
          end
        end)

      results =
        for _ <- 1..20 do
          Task.async(fn -> for _ <- 1..100, do: Request.talk(pid, @getlink, 0, lo()) end)
        end
        |> Task.await_many(:infinity)
        |> List.flatten()

      Task.await(closer, :infinity)
      failed = Enum.reject(results, &match?({:ok, [_]}, &1))
      assert Enum.uniq(failed) -- [error: {:recv, :closed}, error: {:send, :closed}] == []
      assert {:ok, [_]} = Request.talk(pid, @getlink, 0, lo())
      assert settle(before) == before
    end
  end

  describe "async" do
    test "requests run while the caller continues" do
      pid = start!()
      task = Connection.async(pid, &Link.list/1)
      noop = Connection.async(pid, %Message{type: @noop})
      refused = Connection.async(pid, %Message{type: 0xFFF2})
      assert {:ok, [%Link{} | _]} = Connection.await(task)
      assert {:ok, []} = Connection.await(noop)
      assert {:error, %Error{errno: :eopnotsupp}} = Connection.await(refused)
      {:ok, message} = refused_request(%Batch{sock: pid})
      assert {:error, %Error{}} = Connection.await(Connection.async(pid, message))
      assert {:messages, []} = Process.info(self(), :messages)
    end

    test "1,000 requests can be awaited together" do
      pid = start!()
      tasks = for _ <- 1..1000, do: Connection.async(pid, &Link.get(&1, 1))
      assert Enum.all?(Task.await_many(tasks, :infinity), &match?({:ok, %Link{index: 1}}, &1))
    end

    test "await cancels a request at its timeout, and yield leaves it running" do
      pid = start!()
      task = Connection.async(pid, &unanswered/1)
      assert Connection.yield(task, 50) == nil
      assert Process.alive?(task.pid)
      assert Connection.await(task, 50) == {:error, {:recv, :timeout}}
      refute Process.alive?(task.pid)
      task = Connection.async(pid, &unanswered/1)
      assert Connection.cancel(task) == nil
      refute Process.alive?(task.pid)
      assert {:messages, []} = Process.info(self(), :messages)
    end

    test "the end of a caller cancels its requests: a normal end, a shutdown and a kill" do
      pid = start!()
      test = self()

      for reason <- [:normal, :shutdown, :kill] do
        caller =
          spawn(fn ->
            task = Connection.async(pid, &unanswered/1)
            send(test, {:task, task.pid})
            receive do: (:go -> :ok)
          end)

        assert_receive {:task, worker}
        ref = Process.monitor(worker)
        if reason == :normal, do: send(caller, :go), else: Process.exit(caller, reason)
        assert_receive {:DOWN, ^ref, :process, ^worker, _}
      end

      assert {:ok, %Link{index: 1}} = Link.get(pid, 1)
    end

    test "the process of a request ends with the request" do
      pid = start!()
      before = length(Process.list())
      for _ <- 1..200, do: Connection.await(Connection.async(pid, &Link.get(&1, 1)))
      assert eventually(fn -> length(Process.list()) <= before end)
    end
  end
end

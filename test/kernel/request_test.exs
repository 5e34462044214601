defmodule Linx.Kernel.RequestTest do
  use ExUnit.Case, async: true

  import Linx.Test.Wait

  alias Linx.Netlink.{Error, Message, Request, Socket}
  alias Linx.Netlink.Request.InFlight
  alias Linx.Netlink.Rtnl.{Link, Route}
  alias Linx.Test.Calls

  @getlink 18
  @dump 0x300
  @noop 1
  @ack 4

  setup do
    {:ok, sock} = Socket.open(0)
    on_exit(fn -> Socket.close(sock) end)
    %{sock: sock}
  end

  defp lo, do: <<0, 0, 0::16, 1::native-32, 0::64>>

  defp index(%Message{payload: <<_::32, index::native-32, _::binary>>}), do: index

  defp assert_nothing_left do
    assert {:messages, []} = Process.info(self(), :messages)
    assert {:links, links} = Process.info(self(), :links)
    assert Enum.reject(links, &is_port/1) == []
    assert {:monitors, []} = Process.info(self(), :monitors)
  end

  test "a dump returns one message for each link, without NLMSG_DONE", %{sock: sock} do
    assert {:ok, messages} = Request.talk(sock, @getlink, @dump, <<0::128>>)
    assert Enum.all?(messages, &(&1.type == 16 and &1.seq == 1))

    indices =
      for name <- File.ls!("/sys/class/net"),
          {:ok, text} <- [File.read("/sys/class/net/#{name}/ifindex")],
          do: text |> String.trim() |> String.to_integer()

    assert messages |> Enum.map(&index/1) |> Enum.sort() == Enum.sort(indices)
  end

  test "a single reply is one message, also with an acknowledgement", %{sock: sock} do
    assert {:ok, [%Message{type: 16} = message]} = Request.talk(sock, @getlink, 0, lo())
    assert index(message) == 1
    assert {:ok, [^message]} = Request.talk(sock, @getlink, @ack, [lo()]) |> with_seq(message.seq)
    # The acknowledgement that follows the reply is returned to no other request.
    assert {:ok, [%Message{seq: 3}]} = Request.talk(sock, @getlink, 0, lo())
  end

  defp with_seq({:ok, messages}, seq), do: {:ok, Enum.map(messages, &%{&1 | seq: seq})}

  # How requests of `fun` are begun: `:send` on a dirty scheduler, `:continue` behind a call on a normal
  # one.
  defp begun(fun) do
    calls = Calls.during([{InFlight, :send, 5}, {InFlight, :continue, 5}], fun)
    for {InFlight, name, 5} <- calls, do: name
  end

  test "a request for an object is made on a dirty scheduler only if it may need a lock",
       %{sock: sock} do
    assert begun(fn -> {:ok, %Link{}} = Link.get(sock, 1) end) == [:send]
    assert begun(fn -> {:ok, %Route{}} = Route.get(sock, "127.0.0.1") end) == [:continue]
  end

  test "a refusal of a request for an object has its errno and the path of the attribute",
       %{sock: sock} do
    assert {:error, %Error{errno: :enodev}} = Link.get(sock, 0x7FFFFFF0)
    # IFLA_IFNAME has at most 15 bytes.
    query = %Link{name: String.duplicate("x", 20)}
    assert {:error, %Error{attribute: [:name]}} = Request.fetch(sock, @getlink, query)
    assert_raise ArgumentError, fn -> Request.fetch(sock, 26, %Route{family: 2, oif: -1}) end
    assert_raise ArgumentError, fn -> Request.fetch(sock, @getlink, %Link{index: :none}) end
    assert_nothing_left()
  end

  test "an acknowledgement returns no message, and a missing reply is a timeout", %{sock: sock} do
    assert {:ok, []} = Request.talk(sock, @noop, @ack)
    {time, result} = :timer.tc(fn -> Request.talk(sock, @noop, 0, <<>>, timeout: 100) end)
    assert result == {:error, {:recv, :timeout}}
    assert time >= 100_000
    assert {:error, {:recv, :timeout}} = Request.talk(sock, @noop, 0, <<>>, timeout: 0)
    assert {:ok, []} = Request.talk(sock, @noop, @ack)
    assert_nothing_left()
  end

  test "a refusal is an error with the kernel's errno", %{sock: sock} do
    assert {:error, %Error{errno: :enodev, code: 19}} =
             Request.talk(sock, @getlink, 0, <<0::32, 0x7FFFFFF0::native-32, 0::64>>)

    # A type above RTM_MAX: rtnetlink_rcv_msg (net/core/rtnetlink.c) returns EOPNOTSUPP.
    assert {:error, %Error{errno: :eopnotsupp, code: 95}} = Request.talk(sock, 0xFFF2, 0)
  end

  test "wrong options are refused before anything is sent", %{sock: sock} do
    for bad <- [-1, 1.5, :never, nil] do
      assert {:error, {:bad_timeout, ^bad}} = Request.talk(sock, @noop, @ack, <<>>, timeout: bad)
    end

    for bad <- [-1, :infinity, nil] do
      assert {:error, {:bad_dump_retries, ^bad}} =
               Request.talk(sock, @getlink, @dump, <<0::128>>, dump_retries: bad)
    end

    assert :atomics.get(sock.seq, 1) == 0
  end

  test "a dump header shorter than strict mode requires is accepted", %{sock: sock} do
    assert {:ok, [_ | _]} = Request.talk(sock, @getlink, @dump, <<0>>)
    # RTM_GETADDR with a `struct rtgenmsg`, which the kernel refuses in strict mode.
    assert {:ok, _} = Request.talk(sock, 22, @dump, <<2, 0, 0, 0>>)
  end

  test "100 processes make 200 requests each, and each receives its own replies", %{sock: sock} do
    results =
      1..100
      |> Task.async_stream(
        fn caller ->
          for round <- 1..200 do
            case rem(caller + round, 8) do
              0 ->
                {:ok, [_ | _] = parts} = Request.talk(sock, @getlink, @dump, <<0::128>>)
                seqs = Enum.uniq(Enum.map(parts, & &1.seq))
                assert [_] = seqs
                1 in Enum.map(parts, &index/1)

              1 ->
                Request.talk(sock, @noop, @ack) == {:ok, []}

              2 ->
                absent = <<0::32, 0x7FFFFFF0::native-32, 0::64>>
                match?({:error, %Error{errno: :enodev}}, Request.talk(sock, @getlink, 0, absent))

              _ ->
                {:ok, [message]} = Request.talk(sock, @getlink, 0, lo())
                index(message) == 1
            end
          end
        end,
        max_concurrency: 100,
        timeout: :infinity
      )
      |> Enum.flat_map(fn {:ok, results} -> results end)

    assert length(results) == 20_000
    assert Enum.all?(results)
    assert_nothing_left()
  end

  test "a dump is complete while other callers read or wait", %{sock: sock} do
    {:ok, links} = Request.talk(sock, @getlink, @dump, <<0::128>>)

    1..100
    |> Task.async_stream(
      fn caller ->
        for round <- 1..1000 do
          case rem(caller + round, 16) do
            n when n in [0, 1] ->
              assert {:ok, parts} = Request.talk(sock, @getlink, @dump, <<0::128>>)
              assert length(parts) == length(links)

            2 ->
              # A no-op without NLM_F_ACK gets no reply: its caller waits beside the others.
              assert {:error, {:recv, :timeout}} = Request.talk(sock, @noop, 0, <<>>, timeout: 2)

            _ ->
              assert {:ok, [_]} = Request.talk(sock, @getlink, 0, lo())
          end
        end
      end,
      max_concurrency: 100,
      timeout: :infinity
    )
    |> Stream.run()

    assert_nothing_left()
  end

  test "requests keep working while sequence numbers wrap", %{sock: sock} do
    :atomics.put(sock.seq, 1, 0xFFFFFFFF - 500)

    1..20
    |> Task.async_stream(
      fn _ ->
        for _ <- 1..100, do: assert({:ok, [_]} = Request.talk(sock, @getlink, 0, lo()))
      end,
      timeout: :infinity
    )
    |> Enum.each(&assert match?({:ok, _}, &1))

    assert :atomics.get(sock.seq, 1) < 2000
  end

  test "requests that are never answered occupy no scheduler", %{sock: sock} do
    schedulers = :erlang.system_info(:schedulers) + :erlang.system_info(:dirty_io_schedulers)

    waiting =
      for _ <- 1..(schedulers + 20),
          do: Task.async(fn -> Request.talk(sock, @noop, 0, <<>>, timeout: :infinity) end)

    asleep(waiting)
    # Files are read by dirty schedulers.
    for _ <- 1..50, do: File.read!("/proc/self/stat")
    assert {:ok, [_]} = Request.talk(sock, @getlink, 0, lo())
    assert {:ok, [_ | _]} = Request.talk(sock, @getlink, @dump, <<0::128>>)
    :ok = Socket.close(sock)
    assert Enum.all?(Task.await_many(waiting, :infinity), &(&1 == {:error, {:recv, :closed}}))
    assert_nothing_left()
  end

  # Callers are killed at any point, also in a native call after which the next caller has to be
  # woken.
  test "killed callers do not delay others" do
    for _ <- 1..10 do
      {:ok, sock} = Socket.open(0)
      kill_callers(sock)
      assert {:ok, [_ | _]} = Request.talk(sock, @getlink, @dump, <<0::128>>)
      assert {:ok, [_]} = Request.talk(sock, @getlink, 0, lo())
      Socket.close(sock)
    end
  end

  defp kill_callers(sock) do
    for n <- 1..200 do
      pid =
        spawn(fn ->
          case rem(n, 3) do
            0 -> Request.talk(sock, @noop, 0, <<>>, timeout: :infinity)
            1 -> for _ <- 1..100, do: Request.talk(sock, @getlink, @dump, <<0::128>>)
            2 -> Request.talk(sock, @noop, @dump, <<>>, timeout: :infinity)
          end
        end)

      if rem(n, 7) == 0, do: Process.sleep(1)
      Process.exit(pid, :kill)
    end
  end

  test "dumps queued behind a dump that times out are sent", %{sock: sock} do
    # A no-op with dump flags is queued as a dump, but gets no reply.
    stuck = Task.async(fn -> Request.talk(sock, @noop, @dump, <<>>, timeout: 3000) end)
    asleep([stuck])

    behind =
      for _ <- 1..5,
          do: Task.async(fn -> Request.talk(sock, @getlink, @dump, <<0::128>>, timeout: 2000) end)

    # The time in the dump queue does not count towards the timeout.
    assert Enum.all?(Task.await_many(behind, :infinity), &match?({:ok, [_ | _]}, &1))
    assert Task.await(stuck, :infinity) == {:error, {:recv, :timeout}}
    assert_nothing_left()
  end

  test "closing a socket wakes all waiting callers", %{sock: sock} do
    waiting =
      for flags <- [0, 0, @dump, @dump, @dump],
          do: Task.async(fn -> Request.talk(sock, @noop, flags, <<>>, timeout: :infinity) end)

    asleep(waiting)
    :ok = Socket.close(sock)

    for result <- Task.await_many(waiting, :infinity),
        do: assert(result in [{:error, {:send, :closed}}, {:error, {:recv, :closed}}])
  end

  test "the death of a socket's owner ends the requests of other processes", %{sock: _} do
    test = self()

    owner =
      spawn(fn ->
        {:ok, sock} = Socket.open(0)
        send(test, {:sock, sock})
        Process.sleep(:infinity)
      end)

    assert_receive {:sock, sock}

    waiting =
      for _ <- 1..5,
          do: Task.async(fn -> Request.talk(sock, @noop, 0, <<>>, timeout: :infinity) end)

    asleep(waiting)
    Process.exit(owner, :kill)
    assert Enum.all?(Task.await_many(waiting, :infinity), &match?({:error, {:recv, _}}, &1))
    assert {:error, {:send, :closed}} = Request.talk(sock, @noop, @ack)
  end
end

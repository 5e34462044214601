defmodule Linx.Kernel.ListenerTest do
  use ExUnit.Case, async: true

  alias Linx.Netlink.{Listener, Message, Socket}

  # NETLINK_USERSOCK: any process may send datagrams to sockets of this protocol.
  @usersock 2

  @options %{protocol: @usersock, netns: :host, rcvbuf: 4 * 1024 * 1024, force_rcvbuf: false}

  defp open!(options \\ %{}) do
    {:ok, listener} = Listener.open(Map.merge(@options, options), [])
    listener
  end

  # Returns a function that sends bytes to a listener, from a port other than the kernel's.
  defp sender(listener) do
    {:ok, sender} = Socket.open(@usersock)
    {:ok, %{addr: addr}} = :socket.sockname(listener.sock.socket)
    <<_pad::16, port::native-32, _groups::32>> = addr
    to = %{family: 16, addr: <<0::16, port::native-32, 0::32>>}
    &(:ok = :socket.sendto(sender.socket, &1, to, [], 60_000))
  end

  defp rcvbuf(listener) do
    {:ok, bytes} = :socket.getopt(listener.sock.socket, :socket, :rcvbuf)
    bytes
  end

  test "a drain ends while datagrams keep arriving" do
    listener = open!(%{rcvbuf: 100_000})
    send = sender(listener)
    # More datagrams than one read takes.
    flood = fn -> for _ <- 1..70, do: send.("x") end
    flood.()

    assert {:ok, parts, listener} =
             Listener.drain(listener, 0, fn [], 0, parts ->
               flood.()
               parts + 1
             end)

    # A drain reads as many bytes as the receive buffer holds, at most 32 KiB in each part.
    assert parts == ceil(rcvbuf(listener) / (32 * 1024))

    # The next drain reads the rest, and the one after it finds the socket empty.
    count = fn [], 0, parts -> parts + 1 end
    assert {:ok, left, listener} = Listener.drain(listener, 0, count)
    assert left in 1..parts
    assert {:ok, 1, listener} = Listener.drain(listener, 0, count)
    :ok = Listener.close(listener)
  end

  test "a drain and a read of a closed listener return an error" do
    listener = open!()
    :ok = Listener.close(listener)

    assert {:error, {:recv, :closed}, :none, ^listener} =
             Listener.drain(listener, :none, fn _, _, _ -> :some end)

    assert {:error, {:recv, :closed}, ^listener} = Listener.recv(listener)
    refute_received _
  end

  test "a read that empties the socket is followed by a message at the next datagram" do
    listener = open!()
    send = sender(listener)
    empty = %{notifications: [], losses: 0, overrun: nil}
    assert {:ok, ^empty, listener} = Listener.recv(listener)
    refute_received _
    refute Listener.ready?(listener, {:"$socket", listener.sock.socket, :select, make_ref()})
    send.("x")
    assert_receive message
    assert Listener.ready?(listener, message)
    refute Listener.ready?(open!(), message)
    # The datagram is discarded: it is not from the kernel.
    assert {:ok, ^empty, listener} = Listener.recv(listener)
    refute_received _
    :ok = Listener.close(listener)
    assert_receive message
    assert Listener.ready?(listener, message)
    assert {:error, {:recv, :closed}, _} = Listener.recv(listener)
  end

  test "a read that leaves datagrams in the socket sends the next message itself" do
    listener = open!()
    send = sender(listener)
    for _ <- 1..70, do: send.("x")
    assert {:ok, %{notifications: []}, listener} = Listener.recv(listener)
    assert_received message
    assert Listener.ready?(listener, message)
    refute Listener.ready?(open!(), message)
    assert {:ok, %{notifications: []}, listener} = Listener.recv(listener)
    refute_received _
    listener = Listener.retry(listener)
    assert_receive message
    assert Listener.ready?(listener, message)
  end

  test "a group that the kernel lacks is an error, unless it is optional" do
    options = %{@options | protocol: 0}
    assert {:ok, %Listener{} = listener} = Listener.open(options, [1, 60_000], [60_000])
    :ok = Listener.close(listener)
    assert Listener.open(options, [1, 60_000], []) == {:error, :einval}
    assert Listener.open(%{options | netns: {:path, "/nowhere"}}, [1]) == {:error, {:open, 2}}
  end

  # The test sets the counters itself, in place of losses that the native side reports.
  test "an overrun is reported once, when the socket has been read empty" do
    listener = open!()
    assert Listener.report(listener) == {nil, listener}
    lost = %{listener | overruns: 2, unreported: 1}
    assert {:ok, %{notifications: [], losses: 0, overrun: 2}, reported} = Listener.recv(lost)
    assert reported.unreported == 0
    assert {2, %{unreported: 0}} = Listener.report(lost)
  end

  test "a read decodes messages" do
    {:ok, listener} = Listener.open(%{@options | protocol: 0}, [])
    # RTM_GETLINK of the loopback link, sent on the listener's own socket.
    request =
      Message.encode(%Message{type: 18, flags: 1, seq: 7, payload: <<0::32, 1::native-32, 0::64>>})

    :ok = :socket.sendto(listener.sock.socket, request, %{family: 16, addr: <<0::80>>}, [], 5000)

    assert {:ok, %{notifications: [%Message{type: 16, seq: 7}], overrun: nil}, _} =
             Listener.recv(listener)
  end
end

defmodule Linx.Netlink.NotificationsTest do
  use ExUnit.Case, async: true

  alias Linx.Netlink.{Notifications, Socket}

  # Anybody may send datagrams to sockets of this protocol.
  @usersock 2

  test "what others go on to send is not read for ever" do
    {:ok, sock} = Socket.open(@usersock)
    {:ok, sender} = Socket.open(@usersock)
    {:ok, %{addr: <<_pad::16, port::native-32, _groups::32>>}} = :socket.sockname(sock.socket)
    to = %{family: 16, addr: <<0::16, port::native-32, 0::32>>}
    # More than are taken at a time.
    flood = fn -> for _ <- 1..70, do: :ok = :socket.sendto(sender.socket, "x", to, [], 60_000) end

    flood.()

    assert {:ok, parts} =
             Notifications.fold(sock, 0, fn "", 0, parts ->
               flood.()
               parts + 1
             end)

    # All that the receive buffer holds, at most 32 KiB of it in each part.
    {:ok, room} = :socket.getopt(sock.socket, :socket, :rcvbuf)
    assert parts == ceil(room / (32 * 1024))

    # The rest is still there, and comes to an end.
    assert {:ok, left} = Notifications.fold(sock, 0, fn "", 0, parts -> parts + 1 end)
    assert left in 1..parts
    assert {:ok, 1} = Notifications.fold(sock, 0, fn "", 0, parts -> parts + 1 end)
    for sock <- [sock, sender], do: :ok = Socket.close(sock)
  end

  test "of a closed socket nothing is read" do
    {:ok, sock} = Socket.open(0)
    :ok = Socket.close(sock)
    closed = {:error, {:recv, :closed}, :none}
    assert Notifications.fold(sock, :none, fn _, _, _ -> :some end) == closed
  end
end

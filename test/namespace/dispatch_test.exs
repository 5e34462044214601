defmodule Linx.Namespace.DispatchTest do
  # Requests that share a socket with dumps, notifications and other callers.
  use Linx.Test.NamespaceCase, async: true

  alias Linx.Netlink.{Batch, Message, Rtnl, Socket}
  alias Linx.Netlink.Rtnl.{Address, Link, Route}

  setup %{ns: ns, path: path} do
    ip!(ns, "link add e0 type veth peer name e1")
    for link <- ["e0", "e1"], do: ip!(ns, "link set #{link} up")
    {:ok, sock} = Rtnl.open({:path, path})
    %{sock: sock}
  end

  # Routes to single hosts through a link, as RTM_NEWROUTE with NLM_F_CREATE | NLM_F_EXCL.
  defp add_routes!(sock, count) do
    {:ok, %{index: oif}} = Link.get(sock, "e0")

    messages =
      for n <- 1..count do
        dst = <<8::native-16, 1::native-16, 10, n::24>>
        oif = <<8::native-16, 4::native-16, oif::native-32>>
        payload = <<2, 32, 0, 0, 254, 4, 253, 1, 0::32>> <> dst <> oif
        %Message{type: 24, flags: 0x605, payload: payload}
      end

    {:ok, results} = Batch.run(sock, messages)
    assert Enum.all?(results, &(&1 == :ok))
  end

  # A process that reads one struct of a stream, and then waits. About a megabyte is received ahead.
  defp half_read(sock) do
    test = self()

    reader =
      spawn(fn ->
        Enum.each(Route.stream!(sock), fn _route ->
          send(test, :half_read)
          Process.sleep(:infinity)
        end)
      end)

    receive do: (:half_read -> reader)
  end

  @tag timeout: 300_000
  test "a caller killed while it reads an abandoned dump does not make later dumps fail",
       %{sock: sock} do
    add_routes!(sock, 35_000)

    for _ <- 1..40 do
      reader = half_read(sock)
      first = spawn(fn -> Link.list(sock) end)
      Process.sleep(1)
      others = for _ <- 1..2, do: Task.async(fn -> Link.list(sock) end)
      Process.sleep(1)
      Process.exit(reader, :kill)
      spin(:rand.uniform(12_000))
      Process.exit(first, :kill)
      for result <- Task.await_many(others, :infinity), do: assert({:ok, [_ | _]} = result)
    end
  end

  # Waits for less than a millisecond, the shortest time of `Process.sleep/1`.
  defp spin(microseconds), do: spin_until(System.monotonic_time(:microsecond) + microseconds)

  defp spin_until(time),
    do: if(System.monotonic_time(:microsecond) < time, do: spin_until(time), else: :ok)

  test "requests are answered while a dump of the socket is half read", %{sock: sock} do
    # Each request receives a few parts of the dump in passing.
    add_routes!(sock, 80_000)
    reader = half_read(sock)

    for _ <- 1..10 do
      assert {:ok, %Link{name: "e0"}} = Link.get(sock, "e0")
      assert :ok = Link.set(sock, "e1", group: 3)
    end

    dump = Task.async(fn -> Link.list(sock) end)
    assert Task.yield(dump, 50) == nil
    Process.exit(reader, :kill)
    assert {:ok, [_ | _]} = Task.await(dump, :infinity)
  end

  test "lookups on normal schedulers and dumps of one socket do not disturb each other",
       %{ns: ns, sock: sock} do
    ip!(ns, "link set lo up")

    lines =
      for n <- 0..2999, do: "route add 10.#{div(n, 250)}.#{rem(n, 250)}.0/24 dev lo table 77\n"

    file = Path.join(System.tmp_dir!(), "linx-lookups-#{System.unique_integer([:positive])}")
    File.write!(file, lines)
    ip!(ns, "-batch #{file}")
    File.rm!(file)

    lookups =
      for n <- 1..8 do
        Task.async(fn ->
          for k <- 1..400 do
            ip = "127.#{n}.#{div(k, 250)}.#{rem(k, 250) + 1}"
            {:ok, route} = Route.get(sock, ip)
            {ip, Linx.IP.to_string(route.dst)}
          end
        end)
      end

    dumps =
      for _ <- 1..4,
          do: Task.async(fn -> for _ <- 1..20, do: Route.list(sock, table: 77) end)

    for {asked, answered} <- lookups |> Task.await_many(60_000) |> Enum.concat(),
        do: assert(asked == answered)

    for {:ok, routes} <- dumps |> Task.await_many(60_000) |> Enum.concat(),
        do: assert(length(routes) == 3000)

    assert {:messages, []} = Process.info(self(), :messages)
  end

  test "an echo is the object that the request itself has created",
       %{ns: ns, sock: sock, path: path} do
    {:ok, other} = Rtnl.open({:path, path})
    {:ok, %{index: index}} = Link.get(sock, "e0")
    # RTNLGRP_IPV4_IFADDR.
    :ok = Socket.add_membership(sock, 5)
    # The notification of the other socket's change has the sequence number of the next request on
    # this socket.
    :atomics.put(other.seq, 1, :atomics.get(sock.seq, 1))
    :ok = Address.add(other, index, "10.5.0.1", 24)
    assert {:ok, %Address{local: ip}} = Address.add(sock, index, "10.6.0.1", 24, echo: true)
    assert to_string(ip) == "10.6.0.1"
    assert [_, _] = ip_json(ns, "-4 address show dev e0") |> hd() |> Map.fetch!("addr_info")
  end

  for {name, opts} <- [{"whole", []}, {"filtered", [table: 254, family: :inet]}] do
    test "the first dump of a socket has room for a large object, #{name}",
         %{ns: ns, sock: sock, path: path} do
      ways = List.duplicate([dev: "e0"], 3000)
      :ok = Route.add(sock, "10.1.0.0", 16, nil, nexthops: ways)
      # Not by a dump of `ip`: for an object of this size, the first dump of its socket fails.
      assert [%{"dst" => "10.1.0.1"}] = ip_json(ns, "route get 10.1.0.1")
      {:ok, fresh} = Rtnl.open({:path, path})
      {:ok, routes} = Route.list(fresh, unquote(opts))
      assert [%Route{multipath: listed}] = for(%{dst_len: 16} = route <- routes, do: route)
      assert length(listed) == 3000
    end
  end
end

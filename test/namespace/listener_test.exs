defmodule Linx.Namespace.ListenerTest do
  # Not async: it has the VM report every process that holds a scheduler for a millisecond.
  use Linx.Test.NamespaceCase

  alias Linx.Netlink.{Batch, Listener, Message, Native, Rtnl}
  alias Linx.Netlink.Rtnl.{Link, Route}
  alias Linx.Netlink.Rtnl.Monitor.Event
  alias Linx.Test.Calls

  # RTNLGRP_IPV4_ROUTE.
  @routes 7

  defp open!(path, groups, rows) do
    options = %{
      protocol: 0,
      netns: {:path, path},
      rcvbuf: 4 * 1024 * 1024,
      force_rcvbuf: false
    }

    {:ok, listener} = Listener.open(options, groups, [], rows)
    listener
  end

  defp add_routes(path, count) do
    {:ok, sock} = Rtnl.open({:path, path})
    :ok = Link.set_up(sock, "lo")

    {:ok, results} =
      Batch.run(sock, fn batch ->
        for n <- 1..count,
            do: Route.add(batch, "10.0.#{div(n, 250)}.#{rem(n, 250)}", 32, nil, oif: "lo")
      end)

    assert Enum.uniq(results) == [:ok]
  end

  # Reads until nothing is left, as a process does: the notifications of each read.
  defp read(listener) do
    case Listener.recv(listener) do
      {:ok, %{notifications: [], overrun: nil}, %{select: select}} when select != nil -> []
      {:ok, %{notifications: part, overrun: nil}, listener} -> [part | read(listener)]
    end
  end

  for {name, decoded?} <- [{"decoded", true}, {"not decoded", false}] do
    test "a burst that is larger than one read is read in order, #{name}", %{path: path} do
      rows = if unquote(decoded?), do: Event.rows([@routes]), else: []
      listener = open!(path, [@routes], rows)
      add_routes(path, 600)
      parts = read(listener)
      assert length(parts) >= 10

      routes =
        for notification <- Enum.concat(parts) do
          case notification do
            {:new_route, %Route{} = route, _flags} -> route
            %Message{type: 24, payload: payload} -> Route.decode(payload)
          end
        end

      assert for(%{dst_len: 32, dst: dst, table: 254} <- routes, do: to_string(dst)) ==
               for(n <- 1..600, do: "10.0.#{div(n, 250)}.#{rem(n, 250)}")

      assert Enum.all?(Enum.concat(parts), &(is_tuple(&1) == unquote(decoded?)))
      :ok = Listener.close(listener)
    end
  end

  test "a drain has the whole burst", %{path: path} do
    listener = open!(path, [@routes], Event.rows([@routes]))
    add_routes(path, 600)

    assert {:ok, parts, _listener} =
             Listener.drain(listener, [], fn part, 0, parts -> [part | parts] end)

    numbers =
      for {:new_route, %Route{table: 254, dst_len: 32, dst: %{bytes: <<10, n::24>>}}, _} <-
            parts |> Enum.reverse() |> Enum.concat(),
          do: n

    assert length(numbers) == 600
    assert numbers == Enum.sort(numbers)
  end

  # The alternative names of a link are 132 bytes each, and a notification has all of them.
  defp with_names(ns, count) do
    ip!(ns, "link add br0 type bridge")
    names = for n <- 1..count, do: String.pad_trailing("alternative-#{n}-", 120, "x")
    # `ip` encodes all names of one command in a buffer of 1 KiB.
    for part <- Enum.chunk_every(names, 5),
        do: ip!(ns, "link property add dev br0 altname #{Enum.join(part, " altname ")}")

    Enum.sort(names)
  end

  test "a large notification is decoded on a dirty scheduler, amid others", context do
    %{ns: ns, path: path} = context
    names = with_names(ns, 300)
    before = :erlang.system_monitor(self(), [{:long_schedule, 1}])
    on_exit(fn -> :erlang.system_monitor(before) end)
    test = self()

    calls =
      Calls.during([{Native, :notifications_dirty, 3}], fn ->
        listener = open!(path, [1], Event.rows([1]))
        ip!(ns, "link add br1 type bridge")

        # A busy machine may suspend a scheduler for longer than a millisecond: not at each of these.
        for n <- 1..20, do: ip!(ns, "link set br0 mtu #{1400 + n}")
        ip!(ns, "link delete br1")
        send(test, {:notifications, self(), Enum.concat(read(listener))})
      end)

    assert length(calls) >= 20
    assert_received {:notifications, pid, notifications}
    assert [{:new_link, %Link{name: "br1"}, _} | _] = notifications
    assert {:del_link, %Link{name: "br1"}, _} = List.last(notifications)

    changes =
      for {:new_link, %Link{name: "br0"} = link, _} <- notifications,
          do: {link.mtu, Enum.sort(Link.alt_names(link))}

    assert Enum.uniq(changes) == for(n <- 1..20, do: {1400 + n, names})
    assert held(pid) < 20
  end

  defp held(pid) do
    receive do
      {:monitor, ^pid, :long_schedule, _info} -> 1 + held(pid)
      {:monitor, _pid, :long_schedule, _info} -> held(pid)
    after
      500 -> 0
    end
  end
end

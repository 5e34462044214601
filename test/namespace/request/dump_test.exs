defmodule Linx.Namespace.Request.DumpTest do
  # Lists that are received and decoded side by side: those of a type of which the socket has read a
  # large list before.
  use Linx.Test.NamespaceCase, async: true

  alias Linx.Netlink.{Batch, Rtnl, Socket}
  alias Linx.Netlink.Rtnl.{Address, Link, Route}

  @table 77
  # Message types.
  @getaddr 22
  @getroute 26

  setup %{ns: ns, path: path} do
    ip!(ns, "link set lo up")
    {:ok, sock} = Rtnl.open({:path, path})
    %{sock: sock}
  end

  defp change!(sock, range, fun) do
    {:ok, results} = Batch.run(sock, fn batch -> for n <- range, do: fun.(batch, n) end)
    assert Enum.uniq(results) == [:ok]
  end

  defp add!(sock, range),
    do: change!(sock, range, &Route.add(&1, dst(&2), 24, nil, dev: "lo", table: @table))

  defp delete!(sock, range),
    do: change!(sock, range, &Route.delete(&1, dst(&2), 24, nil, table: @table))

  defp dst(n), do: "#{16 + div(n, 50_000)}.#{div(rem(n, 50_000), 250)}.#{rem(n, 250)}.0"

  # The routes of the table as `ip` shows them.
  defp shown(ns) do
    for line <- String.split(ip!(ns, "route show table #{@table}"), "\n", trim: true),
        do: line |> String.split() |> hd()
  end

  defp listed(sock) do
    {:ok, routes} = Route.list(sock)
    for %{table: @table} = route <- routes, do: "#{Linx.IP.to_string(route.dst)}/#{route.dst_len}"
  end

  # Words of the last list.
  defp size(sock, type), do: sock |> Socket.list_size(type) |> elem(1)

  test "a list is complete, whatever the size of the list before was", %{ns: ns, sock: sock} do
    assert size(sock, @getroute) == 0
    add!(sock, 1..45_000)
    first = listed(sock)
    assert Enum.sort(first) == Enum.sort(shown(ns))
    known = size(sock, @getroute)
    assert known > 45_000 * 30
    assert listed(sock) == first
    assert_in_delta size(sock, @getroute), known, known / 20

    # More than there is room for.
    add!(sock, 45_001..110_000)
    assert Enum.sort(listed(sock)) == Enum.sort(shown(ns))
    assert size(sock, @getroute) > 2 * known
    assert length(listed(sock)) == 110_000

    # Less than half of the room.
    delete!(sock, 20_001..110_000)

    task =
      Task.async(fn ->
        {:ok, routes} = Route.list(sock)
        {:memory, memory} = Process.info(self(), :memory)
        {length(routes), memory, :erts_debug.flat_size(routes) * :erlang.system_info(:wordsize)}
      end)

    {count, memory, result} = Task.await(task, :infinity)
    assert count >= 20_000
    assert memory < 2 * result
    assert Enum.sort(listed(sock)) == Enum.sort(shown(ns))

    delete!(sock, 101..20_000)
    for _ <- 1..2, do: assert(length(listed(sock)) == 100)
  end

  test "a list that changes meanwhile is complete, or an error", %{sock: sock, path: path} do
    change!(sock, 1..8000, &Address.add(&1, 1, "127.#{div(&2, 250)}.#{rem(&2, 250)}.1", 32))
    {:ok, all} = Address.list(sock)
    # As if a list had been large enough to be received and decoded side by side.
    large = {2 * 1024 * 1024, 2 * 1024 * 1024}
    :ok = Socket.put_list_size(sock, @getaddr, large)
    {:ok, other} = Rtnl.open({:path, path})
    changes = Task.async(fn -> for _ <- 1..100, do: flap(other) end)

    list = fn ->
      :ok = Socket.put_list_size(sock, @getaddr, large)
      Address.list(sock)
    end

    results = until_done(changes, list, [])
    assert Enum.any?(results, &match?({:ok, _}, &1))

    for result <- results do
      case result do
        {:ok, addresses} ->
          addresses = for %{local: ip} <- addresses, do: ip
          assert addresses == Enum.uniq(addresses)
          assert for(%{local: ip} <- all, do: ip) -- addresses == []

        error ->
          assert error == {:error, :dump_interrupted}
      end
    end
  end

  defp flap(sock) do
    :ok = Address.add(sock, 1, "10.0.0.1", 32)
    :ok = Address.delete(sock, 1, "10.0.0.1", 32)
    Process.sleep(30)
  end

  defp until_done(task, list, results) do
    results = [list.() | results]
    if Task.yield(task, 0), do: results, else: until_done(task, list, results)
  end

  test "callers that are killed leave no process, no message and no request behind", %{sock: sock} do
    add!(sock, 1..45_000)
    before = length(listed(sock))
    processes = processes()

    for n <- 1..30 do
      lister = spawn(fn -> Route.list(sock) end)
      streamer = spawn(fn -> sock |> Route.stream!() |> Enum.count() end)
      Process.sleep(rem(7 * n, 40))
      for pid <- [lister, streamer], do: Process.exit(pid, :kill)
    end

    assert {:ok, [_ | _]} = Link.list(sock)
    assert length(listed(sock)) == before
    assert Enum.take(Route.stream!(sock), 3) |> length() == 3
    assert {:ok, [_ | _]} = Link.list(sock)
    assert {:messages, []} = Process.info(self(), :messages)
    eventually(fn -> processes() -- processes == [] end)
  end

  # The processes of this module and of the requests that it makes.
  defp processes do
    for pid <- Process.list(),
        {:dictionary, dictionary} <- [Process.info(pid, :dictionary)],
        {:initial_call, {:erlang, :apply, 2}} <- [Process.info(pid, :initial_call)],
        dictionary[:"$initial_call"] == nil,
        {:current_stacktrace, trace} <- [Process.info(pid, :current_stacktrace)],
        Enum.any?(trace, fn {module, _, _, _} -> module == Linx.Netlink.Request.Reader end),
        do: pid
  end

  test "a socket that is closed meanwhile is an error", %{sock: sock} do
    add!(sock, 1..45_000)
    assert length(listed(sock)) == 45_000
    lists = for _ <- 1..4, do: Task.async(fn -> Route.list(sock) end)
    Process.sleep(10)
    :ok = Socket.close(sock)

    for result <- Task.await_many(lists, :infinity),
        do: assert(match?({:ok, [_ | _]}, result) or match?({:error, {_, :closed}}, result))

    assert Route.list(sock) == {:error, {:send, :closed}}
  end
end

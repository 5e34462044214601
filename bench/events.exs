defmodule Bench.Events do
  @moduledoc false
  # One connection compared with a socket for each caller, and the cost of an event from the kernel to a
  # mailbox.

  import Bench.Measure

  alias Linx.Netlink.{Batch, Connection, Rtnl, Socket}
  alias Linx.Netlink.Rtnl.{Address, Link, Monitor}

  @requests 4800
  @events 5000

  def callers do
    {:ok, conn} = Connection.start_link()

    rows =
      for callers <- [1, 8, 64] do
        sockets = for _ <- 1..callers, do: elem(Rtnl.open(), 1)

        rows =
          in_turn([
            {"a socket for each", fn -> sample(1, fn -> together(sockets) end) end},
            {"one connection",
             fn -> sample(1, fn -> together(List.duplicate(conn, callers)) end) end}
          ])

        Enum.each(sockets, &Socket.close/1)
        table("i. #{callers} callers, #{@requests} requests", rows)
      end

    Connection.stop(conn)
    rows
  end

  defp together(targets) do
    each = div(@requests, length(targets))

    targets
    |> Enum.map(fn target ->
      Task.async(fn -> for _ <- 1..each, do: {:ok, _} = Link.get(target, 1) end)
    end)
    |> Task.await_many(60_000)
  end

  # Changes of addresses without a monitor and with one.
  def events do
    {:ok, sock} = Rtnl.open()

    rows =
      in_turn([
        {"without a monitor", fn -> sample(1, fn -> change(sock) end) end},
        {"until the last event is in the mailbox",
         fn ->
           monitored(fn -> sample(1, fn -> change(sock) && take(2 * @events) end) end)
         end}
      ])

    latencies = monitored(fn -> for _ <- 1..500, do: latency(sock) end)
    :ok = Socket.close(sock)

    [
      table("j. #{2 * @events} changes of addresses", rows),
      "\nFrom before the request to its event in the mailbox: " <>
        "#{us(Enum.at(Enum.sort(latencies), 250))} µs in the median.\n"
    ]
  end

  defp monitored(work) do
    {:ok, monitor} = Monitor.subscribe(self(), groups: [5])
    result = work.()
    :ok = Monitor.stop(monitor)
    result
  end

  defp change(sock) do
    for verb <- [:add, :delete] do
      {:ok, results} =
        Batch.run(sock, fn batch ->
          for n <- 1..@events,
              do:
                apply(Address, verb, [batch, 1, "127.#{100 + div(n, 250)}.#{rem(n, 250)}.1", 32])
        end)

      [:ok] = Enum.uniq(results)
    end
  end

  defp latency(sock) do
    start = System.monotonic_time(:nanosecond)
    :ok = Address.add(sock, 1, "127.99.0.1", 32)
    take(1)
    time = System.monotonic_time(:nanosecond) - start
    :ok = Address.delete(sock, 1, "127.99.0.1", 32)
    take(1)
    time / 1000
  end

  defp take(0), do: :ok

  defp take(count) do
    receive do
      {:linx_rtnl, :event, _event} -> take(count - 1)
    after
      5000 -> raise "#{count} events are missing"
    end
  end
end

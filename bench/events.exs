defmodule Bench.Events do
  @moduledoc false
  # One connection compared with a socket for each caller, and the cost of an event from the kernel to a
  # mailbox and to a view.

  import Bench.Measure

  alias Linx.Netlink.{Batch, Connection, Rtnl, Socket}
  alias Linx.Netlink.Rtnl.{Address, Link, Monitor, View}

  @requests 4800
  @events 5000

  # Changes in a second, and of one sample.
  @rate 20_000
  @changes 60_000

  # RTNLGRP_IPV4_ROUTE, and the destination of the last change.
  @ipv4_route 7
  @last "10.255.255.255"

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

  # Another process changes routes, at a fixed rate: the CPU time is that of receiving alone.
  def load(floor) do
    {:ok, sock} = Rtnl.open()
    :ok = Link.set_up(sock, 1)

    rows =
      in_turn([
        {"received and discarded, in Rust",
         fn -> changed(fn -> floor(floor, "listen", @rate, @changes) end) end},
        {"a monitor with one subscriber", fn -> changed(fn -> observed(floor) end) end},
        {"a view", fn -> changed(fn -> viewed(floor) end) end}
      ])

    :ok = Socket.close(sock)

    [
      table("j. #{@rate} changes of routes in a second, each", rows),
      for(
        {name, key} <- [{"the monitor's event", :monitor}, {"the view's state", :view}],
        do: seen(name, key)
      )
    ]
  end

  defp seen(name, key) do
    {lags, overruns} = Enum.unzip(lags(key))

    "\nFrom the last change to #{name}: #{us(Enum.at(Enum.sort(lags), 2))} µs in the median, " <>
      "#{us(Enum.max(lags))} µs at most. Overruns: #{Enum.sum(overruns)}.\n"
  end

  # Some routes remain after the last change.
  defp changed(sample) do
    result = sample.()
    {_, 0} = System.cmd("ip", ["route", "flush", "root", "10.0.0.0/8"])
    result
  end

  # A process takes the events as they arrive.
  defp observed(floor) do
    bench = self()
    subscriber = spawn_link(fn -> send(bench, {:taken, take_all(0)}) end)
    # It ends with its subscriber.
    {:ok, _monitor} = Monitor.subscribe(subscriber, groups: [@ipv4_route])
    {lag, sample} = under_load(floor, fn -> receive do: ({:taken, losses} -> losses) end)
    send(self(), {:seen, :monitor, lag})
    sample
  end

  # Takes events up to that of the last change; the number of overruns.
  defp take_all(overruns) do
    receive do
      {:linx_rtnl, :event, %{resource: %{dst: %{bytes: <<10, 255, 255, 255>>}}}} -> overruns
      {:linx_rtnl, :event, _event} -> take_all(overruns)
      {:linx_rtnl, :resync_needed} -> take_all(overruns + 1)
    end
  end

  defp viewed(floor) do
    {:ok, view} = View.start_link(resources: [:links, :routes])
    {lag, sample} = under_load(floor, fn -> await_last(view) end)
    send(self(), {:seen, :view, lag})
    :ok = View.stop(view)
    sample
  end

  # The microseconds from the last change until `seen` returns, with its value, and the time of a change.
  defp under_load(floor, seen) do
    :erlang.garbage_collect()
    args = ["change", Integer.to_string(@rate), Integer.to_string(@changes)]

    {wall, cpu, count} =
      once(fn ->
        port = Port.open({:spawn_executable, floor}, [:binary, args: args, line: 100])
        _figures = line(port)
        at = String.to_integer(line(port))
        overruns = seen.()
        send(self(), {:lag, {(System.os_time(:nanosecond) - at) / 1000, overruns}})
      end)

    lag = receive do: ({:lag, lag} -> lag)
    {lag, {wall / @changes, cpu / @changes, count && count / @changes}}
  end

  defp line(port) do
    receive do: ({^port, {:data, {:eol, line}}} -> line)
  end

  defp await_last(view) do
    if Enum.any?(View.routes_to(view, @last), &(&1.dst_len == 32)),
      do: View.info(view).overruns,
      else: Process.sleep(1) && await_last(view)
  end

  defp lags(key) do
    receive do
      {:seen, ^key, lag} -> [lag | lags(key)]
    after
      0 -> []
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

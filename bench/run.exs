# Measures the library and other ways to do the same work; `make bench` runs it in a network namespace
# of its own and writes bench/RESULTS.md.

for file <-
      ~w(counter measure pure input rivals lists lookups events firewall guest wireguard filters million
         figure),
    do: Code.require_file(file <> ".exs", __DIR__)

defmodule Bench do
  @moduledoc false

  import Bench.Measure

  alias Bench.{Events, Figure, Filters, Firewall, Input, Lists, Lookups, Million, Pure, WireGuard}
  alias Linx.Netlink.{Message, Native, Request, Rtnl, Socket}
  alias Linx.Netlink.Codec.Engine
  alias Linx.Netlink.Rtnl.{Link, Route}

  @links 2000
  @batched 100_000

  # `bin` is the folder of the programs that measure themselves, `rows` the letters of the tables to
  # measure, "" for all. Only a run of all tables writes its results into the folder `out`.
  def run(bin, out, rows) do
    floor = Path.join(bin, "examples/floor")
    Input.make_links(div(@links, 2))
    {_, 0} = System.cmd("ip", ["netns", "add", "bench"])
    {:ok, sock} = Rtnl.open()
    wanted = String.split(rows, ",", trim: true)

    results =
      for {name, section} <- [
            {"a", fn -> Lists.links(sock, floor, bin) end},
            {"b", fn -> get(sock, floor) end},
            {"c", fn -> open(floor) end},
            {"d", fn -> decode(sock) end},
            {"s", fn -> stall(sock) end},
            {"e", fn -> Lists.routes(sock, floor, bin) end},
            {"g", fn -> Lists.addresses(sock, floor, bin) end},
            {"h", &batch/0},
            {"i", &Events.callers/0},
            {"j", fn -> [Events.events(), Events.load(floor)] end},
            {"k", fn -> Firewall.run("bench", floor, bin) end},
            {"m", fn -> Lists.bgp(floor, bin) end},
            {"o", fn -> Lookups.run(sock, floor) end},
            {"p", fn -> Lists.neighbours(floor, bin) end},
            {"q", &Million.run/0},
            {"t", fn -> WireGuard.run(floor) end},
            {"u", fn -> Lists.ethtool(floor) end},
            {"v", fn -> Filters.run(floor) end}
          ],
          wanted == [] or name in wanted do
        IO.puts(:stderr, "measuring: #{name}")
        section.()
      end

    results = List.flatten(results)
    texts = Enum.map(results, &text/1)
    IO.puts(texts)

    if wanted == [] do
      File.write!(Path.join(out, "RESULTS.md"), [preamble(), texts])
      File.write!(Path.join(out, "results.svg"), Figure.svg(results))
    end
  end

  # Sections

  defp get(sock, floor) do
    rows =
      in_turn([
        {"the same exchange in Rust", fn -> floor(floor, "get", 1, 20_000) end},
        {"`Link.get/2`", fn -> sample(5000, fn -> {:ok, _} = Link.get(sock, 1) end) end},
        hop(),
        {"`ip -json -details link show dev lo`",
         fn -> command(50, "ip -json -details link show dev lo") end}
      ])

    :ok = Link.set_up(sock, "lo")

    routes =
      in_turn([
        {"the same exchange in Rust", fn -> floor(floor, "route", "127.0.0.1", 20_000) end},
        {"`Route.get/2`",
         fn -> sample(5000, fn -> {:ok, _} = Route.get(sock, "127.0.0.1") end) end},
        hop(),
        {"`ip -json route get 127.0.0.1`", fn -> command(50, "ip -json route get 127.0.0.1") end}
      ])

    [
      single("b. Getting one link, on an open socket", rows, "`Link.get/2`"),
      single("n. Looking up the route of one address, on an open socket", routes, "`Route.get/2`")
    ]
  end

  @hop "a call on a dirty scheduler, and back"
  @both "the two together: the exchange, and the call on a dirty scheduler"

  # The same call on a dirty scheduler and on that of the caller: decoding of no attributes.
  defp hop do
    {@hop,
     fn ->
       dirty = sample(5000, fn -> Native.attr_decode_dirty(<<>>) end)
       less(dirty, sample(5000, fn -> Native.attr_decode(<<>>) end))
     end}
  end

  defp single(title, [{exchange, _, _, _} | _] = rows, name) do
    rows = rows ++ [bound(rows, @both, exchange, @hop)]
    [table(title, rows), multiples(rows, name, [exchange, "the two"])]
  end

  defp open(floor) do
    path = "/run/netns/bench"

    open = fn netns ->
      {:ok, sock} = Rtnl.open(netns)
      :ok = Socket.close(sock)
    end

    rows =
      in_turn([
        {"Rust, thread included", fn -> floor(floor, "open", path, 2000) end},
        {"`Rtnl.open({:path, path})`, `Socket.close/1`",
         fn -> sample(1000, fn -> open.({:path, path}) end) end},
        {"the same in the VM's own namespace", fn -> sample(2000, fn -> open.(:host) end) end},
        {"`ip netns exec NAME true`", fn -> command(50, "ip netns exec bench true") end}
      ])

    table("c. Opening a socket in another namespace, and closing it", rows)
  end

  defp decode(sock) do
    {:ok, messages} = Request.talk(sock, 18, 0x300, query())
    chunk = chunk(messages, 0, [])
    bytes = chunk |> Enum.map(&Message.encode/1) |> IO.iodata_to_binary()
    native = fn -> Engine.decode_messages(Link, bytes) end

    pure = fn ->
      bytes |> Pure.bodies() |> Enum.map(&Pure.decode(Link, &1))
    end

    true = native.() == pure.()

    rows =
      in_turn([
        {"plain Elixir, same tables, same structs", fn -> sample(50, pure) end},
        {"the codec", fn -> sample(500, native) end}
      ])

    table("d. Decoding #{byte_size(bytes)} bytes, #{length(chunk)} links, into structs", rows)
  end

  defp chunk([message | rest], size, done) do
    size = size + 16 + byte_size(message.payload)
    if size > 32_768, do: Enum.reverse(done), else: chunk(rest, size, [message | done])
  end

  # Another process holds the kernel's rtnl lock repeatedly; the VM's timers must not be late.
  defp stall(sock) do
    script = """
    for i in $(seq 40); do
      ip link add stall$i type bridge; ip link set stall$i up; ip link delete stall$i
    done
    """

    late = fn ->
      for _ <- 1..100 do
        start = System.monotonic_time(:microsecond)
        Process.sleep(5)
        System.monotonic_time(:microsecond) - start - 5000
      end
    end

    calm = Enum.sort(late.())
    lock = Task.async(fn -> System.cmd("ip", ["netns", "exec", "bench", "sh", "-c", script]) end)

    gets =
      for _ <- 1..4,
          do: Task.async(fn -> gets(sock, System.monotonic_time(:millisecond) + 800, []) end)

    busy = Enum.sort(late.())
    slowest = gets |> Enum.flat_map(&Task.await/1) |> Enum.max()
    Task.await(lock, 60_000)

    """

    ## A stalled lock

    While bridges are made and deleted in another namespace, which holds the kernel's rtnl
    lock, four processes get links; the slowest of these calls took #{us(slowest)} µs. A timer of
    5 ms in the VM was late by #{us(Enum.at(busy, 50))} µs in the median, #{us(List.last(busy))} µs at
    most; without the lock #{us(Enum.at(calm, 50))} and #{us(List.last(calm))} µs.
    """
  end

  defp gets(sock, until, times) do
    {time, {:ok, _}} = :timer.tc(fn -> Link.get(sock, 1) end)

    if System.monotonic_time(:millisecond) < until,
      do: gets(sock, until, [time | times]),
      else: [time | times]
  end

  # Routes added by `ip -batch` and by this library, in a namespace with few links. Deleting them is
  # not measured.
  defp batch do
    {:ok, sock} = Rtnl.open({:path, "/run/netns/bench"})
    :ok = Link.set_up(sock, "lo")
    range = 0..(@batched - 1)
    file = Input.file("routes")
    File.write!(file, for(n <- range, do: "route add #{Input.dst(n)}/24 dev lo table 2000\n"))

    rows =
      in_turn([
        {"`ip -batch`, from a file",
         fn -> then(command(1, "ip -n bench -batch #{file}"), &flushed(&1, sock, 2000)) end},
        {"`Batch.run/2`, from Elixir terms",
         fn ->
           then(
             once(fn -> [:ok] = Input.add_routes(sock, range, table: 2001) end),
             &flushed(&1, sock, 2001)
           )
         end}
      ])

    File.rm!(file)
    table("h. Adding #{@batched} routes", rows)
  end

  defp flushed(figures, sock, table) do
    {:ok, @batched} = Route.flush(sock, table: table)
    figures
  end

  defp query, do: <<0::128, 8::native-16, 29::native-16, 8::native-32>>
end

[bin, out | rows] = System.argv()
Bench.run(bin, out, Enum.join(rows))

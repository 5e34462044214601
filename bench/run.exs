# Measures the library and other ways to do the same work; `make bench` runs it in a network namespace
# of its own and writes bench/RESULTS.md.

for file <-
      ~w(measure.exs pure.exs rivals.exs events.exs firewall.exs figure.exs input.exs lookups.exs),
    do: Code.require_file(file, __DIR__)

defmodule Bench do
  @moduledoc false

  import Bench.Measure

  alias Bench.{Figure, Input, Pure, Rivals}
  alias Linx.Netlink.{Batch, Message, Request, Rtnl, Socket}
  alias Linx.Netlink.Codec.Engine
  alias Linx.Netlink.Rtnl.{Address, Link, Route}

  @links 2000
  @routes 100_000
  @addresses 10_000
  @batched 100_000
  @getlink 18
  @getaddr 22
  @getroute 26

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
            {"a", fn -> list(sock, floor, bin) end},
            {"b", fn -> get(sock, floor) end},
            {"c", fn -> open(floor) end},
            {"d", fn -> decode(sock) end},
            {"s", fn -> stall(sock) end},
            {"e", fn -> routes(sock, floor, bin) end},
            {"g", fn -> addresses(sock, floor, bin) end},
            {"h", &batch/0},
            {"i", &Bench.Events.callers/0},
            {"j", fn -> [Bench.Events.events(), Bench.Events.load(floor)] end},
            {"k", fn -> Bench.Firewall.run("bench") end},
            {"m", fn -> bgp(floor, bin) end},
            {"o", fn -> Bench.Lookups.run(sock, floor) end}
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

  defp list(sock, floor, bin) do
    {bytes, messages} = size(floor, @getlink)
    {:ok, links} = Link.list(sock)
    true = length(links) == messages
    {:ok, plain} = Socket.open(0)
    request = dump_request()

    pure = fn ->
      plain.socket |> Pure.dump(request) |> Enum.map(&Pure.decode(Link, &1))
    end

    rows =
      in_turn(
        [
          discard(floor, @getlink, 20),
          {"`Link.list/1`", fn -> sample(20, fn -> {:ok, _} = Link.list(sock) end) end},
          {"`:socket` and plain Elixir", fn -> sample(1, pure) end},
          {"`ip -json -details link`", fn -> command(5, "ip -json -details link") end}
        ] ++ Rivals.rows(bin, :links, messages, 5)
      )

    table("a. Listing #{messages} links (#{bytes} bytes), into structs", rows)
  end

  # Size of a dump: bytes and messages.
  defp size(floor, type, ns \\ nil) do
    {_, [line]} = program(floor, ["discard", type, 1], ns)
    [bytes, messages] = line |> String.split() |> Enum.map(&String.to_integer/1)
    {bytes, messages}
  end

  defp discard(floor, type, rounds, ns \\ nil) do
    {"receive and discard, Rust",
     fn -> floor |> program(["discard", type, rounds], ns) |> elem(0) end}
  end

  defp get(sock, floor) do
    rows =
      in_turn([
        {"the same exchange in Rust", fn -> floor(floor, "get", 1, 20_000) end},
        {"`Link.get/2`", fn -> sample(5000, fn -> {:ok, _} = Link.get(sock, 1) end) end},
        {"`ip -json -details link show dev lo`",
         fn -> command(50, "ip -json -details link show dev lo") end}
      ])

    :ok = Link.set_up(sock, "lo")

    routes =
      in_turn([
        {"the same exchange in Rust", fn -> floor(floor, "route", "127.0.0.1", 20_000) end},
        {"`Route.get/2`",
         fn -> sample(5000, fn -> {:ok, _} = Route.get(sock, "127.0.0.1") end) end},
        {"`ip -json route get 127.0.0.1`", fn -> command(50, "ip -json route get 127.0.0.1") end}
      ])

    [
      table("b. Getting one link, on an open socket", rows),
      table("n. Looking up the route of one address, on an open socket", routes)
    ]
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
    {:ok, messages} = Request.talk(sock, @getlink, 0x300, query())
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

  defp routes(sock, floor, bin) do
    :ok = Link.set_up(sock, "lo")
    add(sock, 0..(@routes - 1001), 254)
    add(sock, (@routes - 1000)..(@routes - 1), 1000)

    {bytes, messages, rows} = list_routes(sock, floor, bin, "ip -json route show table all")
    {:ok, all} = Route.list(sock)
    {:ok, some} = Route.list(sock, table: 1000)
    1000 = length(some)

    some =
      in_turn([
        {"`Route.list(sock, table: 1000)`",
         fn -> sample(10, fn -> {:ok, _} = Route.list(sock, table: 1000) end) end},
        {"`Route.list/1`, all of them",
         fn -> sample(2, fn -> {:ok, _} = Route.list(sock) end) end}
      ])

    [
      table(
        "e. Listing #{messages} routes (#{bytes} bytes)",
        rows ++ [Rivals.cached_routes(bin, messages)]
      ),
      table("f. 1,000 of these routes, those of one table", some),
      memory(sock, all)
    ]
  end

  defp list_routes(sock, floor, bin, ip, ns \\ nil) do
    {bytes, messages} = size(floor, @getroute, ns)
    {:ok, all} = Route.list(sock)
    true = length(all) == messages
    list = fn -> {:ok, _} = Route.list(sock) end
    stream = fn -> sock |> Route.stream!() |> Enum.count() end
    route = Enum.find(all, & &1.dst)
    make = fn n -> %{route | dst: %{route.dst | bytes: <<n::32>>}} end

    rows =
      in_turn(
        [
          discard(floor, @getroute, 2, ns),
          {"`Route.list/1`, a list of structs", fn -> sample(2, list) end},
          {"`Route.stream!/1`, counted", fn -> sample(2, stream) end},
          {"as many structs made by the VM, decoded from nothing, in a list",
           fn ->
             sample(2, fn -> Pure.keep(messages, make) end)
           end},
          {"the same, dropped one by one",
           fn -> sample(2, fn -> Pure.drop(messages, make) end) end},
          {"`ip -json route show table all`", fn -> command(1, ip) end}
        ] ++ Rivals.rows(bin, :routes, messages, 2, ns)
      )

    {bytes, messages, rows}
  end

  # Peak memory of the VM during a list and during a stream.
  defp memory(sock, all) do
    # `:erts_debug.size/1` counts shared parts once, and is slow: it is applied to a sample.
    sample = :erts_debug.size(Enum.take(all, 1000)) / 1000
    terms = sample * length(all) * :erlang.system_info(:wordsize)
    list = peak(fn -> Route.list(sock) end)
    stream = peak(fn -> sock |> Route.stream!() |> Enum.count() end)

    """

    ## Memory

    The structs of that list occupy #{mib(terms)} MiB. While they were listed, the VM grew by
    #{mib(list)} MiB at most, while they were streamed by #{mib(stream)} MiB.
    """
  end

  defp peak(work) do
    :erlang.garbage_collect()
    before = :erlang.memory(:total)
    task = Task.async(work)
    peak = watch(task.pid, before)
    Task.shutdown(task, :brutal_kill)
    peak - before
  end

  defp watch(pid, peak) do
    if Process.alive?(pid) do
      Process.sleep(1)
      watch(pid, max(peak, :erlang.memory(:total)))
    else
      peak
    end
  end

  defp mib(bytes), do: :erlang.float_to_binary(bytes / 1_048_576, decimals: 1)

  defp addresses(sock, floor, bin) do
    {:ok, results} =
      Batch.run(sock, fn batch ->
        for n <- 1..@addresses,
            do: Address.add(batch, 1, "127.#{div(n, 250)}.#{rem(n, 250)}.1", 32)
      end)

    [:ok] = Enum.uniq(results)
    {bytes, messages} = size(floor, @getaddr)
    {:ok, [address | _]} = Address.list(sock)

    make = fn n ->
      ip = %{address.local | bytes: <<n::32>>}
      %{address | address: ip, local: ip}
    end

    rows =
      in_turn(
        [
          discard(floor, @getaddr, 5),
          {"`Address.list/1`", fn -> sample(5, fn -> {:ok, _} = Address.list(sock) end) end},
          {"as many structs made by the VM, decoded from nothing, in a list",
           fn ->
             sample(5, fn -> Pure.keep(messages, make) end)
           end},
          {"`ip -json address`", fn -> command(2, "ip -json address") end}
        ] ++ Rivals.rows(bin, :addresses, messages, 5)
      )

    table("g. Listing #{messages} addresses (#{bytes} bytes)", rows)
  end

  # Routes added by `ip -batch` and by this library, in a namespace with few links. Deleting them is
  # not measured.
  defp batch do
    {:ok, sock} = Rtnl.open({:path, "/run/netns/bench"})
    :ok = Link.set_up(sock, "lo")
    range = 0..(@batched - 1)
    file = Path.join(System.tmp_dir!(), "linx-bench-routes")
    File.write!(file, for(n <- range, do: "route add #{dst(n)}/24 dev lo table 2000\n"))

    rows =
      in_turn([
        {"`ip -batch`, from a file",
         fn -> then(command(1, "ip -n bench -batch #{file}"), &flushed(&1, sock, 2000)) end},
        {"`Batch.run/2`, from Elixir terms",
         fn -> then(once(fn -> [:ok] = add(sock, range, 2001) end), &flushed(&1, sock, 2001)) end}
      ])

    File.rm!(file)
    table("h. Adding #{@batched} routes", rows)
  end

  defp flushed(figures, sock, table) do
    {:ok, @batched} = Route.flush(sock, table: table)
    figures
  end

  # Routes as BGP installs them: prefixes of many lengths, each with one of a few gateways, so that
  # consecutive routes seldom share values.
  defp bgp(floor, bin) do
    {_, 0} = System.cmd("ip", ["netns", "add", "bgp"])
    {:ok, sock} = Rtnl.open({:path, "/run/netns/bgp"})

    for n <- 0..1 do
      :ok = Link.create_veth(sock, "up#{n}", "far#{n}")

      for name <- ["up#{n}", "far#{n}"] do
        # Otherwise a route is added when duplicate address detection ends.
        :ok = Link.set(sock, name, addr_gen_mode: :none)
        :ok = Link.set_up(sock, name)
      end

      :ok = Address.add(sock, "up#{n}", "10.0.#{n}.254", 24)
    end

    routes = Input.bgp_routes(@routes)

    {:ok, results} =
      Batch.run(sock, fn batch ->
        for {dst, len, gateway, opts} <- routes, do: Route.add(batch, dst, len, gateway, opts)
      end)

    [:ok] = Enum.uniq(results)
    ip = "ip -n bgp -json route show table all"
    {bytes, messages, rows} = list_routes(sock, floor, bin, ip, "bgp")
    table("m. Listing #{messages} routes through 8 gateways (#{bytes} bytes)", rows)
  end

  defp add(sock, range, table) do
    {:ok, results} =
      Batch.run(sock, fn batch ->
        for n <- range, do: Route.add(batch, dst(n), 24, nil, dev: 1, table: table)
      end)

    [:ok] = Enum.uniq(results)
  end

  defp dst(n), do: "#{16 + div(n, 62_500)}.#{div(rem(n, 62_500), 250)}.#{rem(n, 250)}.0"

  # Input

  defp query, do: <<0::128, 8::native-16, 29::native-16, 8::native-32>>

  defp dump_request,
    do: Message.encode(%Message{type: @getlink, flags: 0x301, seq: 1, payload: query()})
end

[bin, out | rows] = System.argv()
Bench.run(bin, out, Enum.join(rows))

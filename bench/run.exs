# What the library costs, against the same work done otherwise; `make bench`
# runs it in a network namespace of its own and writes bench/RESULTS.md.

Code.require_file("pure.exs", __DIR__)

defmodule Bench do
  @moduledoc false

  alias Linx.Netlink.{Message, Request, Rtnl, Socket}
  alias Linx.Netlink.Codec.Engine
  alias Linx.Netlink.Rtnl.Link

  @links 2000
  @getlink 18

  def run(floor, out) do
    make_links(div(@links, 2))
    {:ok, sock} = Rtnl.open()

    sections = [
      list(sock, floor),
      get(sock, floor),
      open(floor),
      decode(sock),
      stall(sock)
    ]

    File.write!(out, [preamble(), sections])
    IO.puts(File.read!(out))
  end

  # Measuring

  # Microseconds of wall time and of CPU time per round, the median of five.
  defp measure(rounds, work) do
    work.()

    samples =
      for _ <- 1..5 do
        :erlang.garbage_collect()
        before = cpu()
        {wall, :ok} = :timer.tc(fn -> Enum.each(1..rounds, fn _ -> work.() end) end)
        {wall / rounds, (cpu() - before) / 1000 / rounds}
      end

    {median(samples, 0), median(samples, 1)}
  end

  # Nanoseconds that all threads have run; `:erlang.statistics(:runtime)` counts
  # in ticks of the system's clock.
  defp cpu do
    for task <- File.ls!("/proc/self/task"),
        {:ok, text} <- [File.read("/proc/self/task/#{task}/schedstat")],
        reduce: 0,
        do: (sum -> sum + (text |> String.split() |> hd() |> String.to_integer()))
  end

  defp median(samples, at), do: samples |> Enum.map(&elem(&1, at)) |> Enum.sort() |> Enum.at(2)

  defp floor(floor, what, which, rounds) do
    samples =
      for _ <- 1..5 do
        {text, 0} = System.cmd(floor, [what, "#{which}", "#{rounds}"])
        [line | more] = String.split(text, "\n", trim: true)
        [wall, cpu] = line |> String.split() |> Enum.map(&(String.to_integer(&1) / 1000))
        {wall, cpu, more}
      end

    {_, _, more} = hd(samples)
    {median(samples, 0), median(samples, 1), more}
  end

  # A command, by the shell's own account of its children.
  defp command(rounds, line) do
    script = "for i in $(seq #{rounds}); do #{line} >/dev/null; done; times"
    {wall, {text, 0}} = :timer.tc(fn -> System.cmd("sh", ["-c", script]) end)
    [_, children] = String.split(text, "\n", trim: true)

    cpu =
      for [_, m, s] <- Regex.scan(~r/(\d+)m([\d.]+)s/, children), reduce: 0.0 do
        sum -> sum + String.to_integer(m) * 60 + String.to_float(s)
      end

    {wall / rounds, cpu * 1_000_000 / rounds}
  end

  # Sections

  defp list(sock, floor) do
    {floor_wall, floor_cpu, [line]} = floor(floor, "discard", @getlink, 20)
    [bytes, messages] = String.split(line)
    {:ok, links} = Link.list(sock)
    true = length(links) == String.to_integer(messages)
    {wall, cpu} = measure(20, fn -> {:ok, _} = Link.list(sock) end)
    {ip_wall, ip_cpu} = command(5, "ip -json -details link")

    {:ok, plain} = Socket.open(0)
    request = dump_request()

    {pure_wall, pure_cpu} =
      measure(1, fn ->
        plain.socket |> Bench.Pure.dump(request) |> Enum.map(&Bench.Pure.decode(Link, &1))
      end)

    table("a. Listing #{messages} links (#{bytes} bytes), into structs", [
      {"receive and discard, Rust", floor_wall, floor_cpu},
      {"`Link.list/1`", wall, cpu},
      {"`:socket` and plain Elixir", pure_wall, pure_cpu},
      {"`ip -json -details link`", ip_wall, ip_cpu}
    ])
  end

  defp get(sock, floor) do
    {floor_wall, floor_cpu, _} = floor(floor, "get", 1, 20_000)
    {wall, cpu} = measure(5000, fn -> {:ok, _} = Link.get(sock, 1) end)
    {ip_wall, ip_cpu} = command(100, "ip -json -details link show dev lo")

    table("b. Getting one link, on an open socket", [
      {"the same exchange in Rust", floor_wall, floor_cpu},
      {"`Link.get/2`", wall, cpu},
      {"`ip -json -details link show dev lo`", ip_wall, ip_cpu}
    ])
  end

  defp open(floor) do
    {_, 0} = System.cmd("ip", ["netns", "add", "bench"])
    path = "/run/netns/bench"
    {floor_wall, floor_cpu, _} = floor(floor, "open", path, 2000)

    {wall, cpu} =
      measure(1000, fn ->
        {:ok, sock} = Rtnl.open({:path, path})
        :ok = Socket.close(sock)
      end)

    {host_wall, host_cpu} =
      measure(2000, fn ->
        {:ok, sock} = Rtnl.open()
        :ok = Socket.close(sock)
      end)

    {ip_wall, ip_cpu} = command(50, "ip netns exec bench true")

    table("c. Opening a socket in another namespace, and closing it", [
      {"Rust, thread included", floor_wall, floor_cpu},
      {"`Rtnl.open({:path, path})`, `Socket.close/1`", wall, cpu},
      {"the same in the VM's own namespace", host_wall, host_cpu},
      {"`ip netns exec NAME true`", ip_wall, ip_cpu}
    ])
  end

  defp decode(sock) do
    {:ok, messages} = Request.talk(sock, @getlink, 0x300, query())
    chunk = chunk(messages, 0, [])
    bytes = chunk |> Enum.map(&Message.encode/1) |> IO.iodata_to_binary()
    count = length(chunk)

    native = fn -> Engine.decode_messages(Link, bytes, count) end

    pure = fn ->
      bytes |> Bench.Pure.bodies() |> Enum.map(&Bench.Pure.decode(Link, &1))
    end

    true = native.() == pure.()
    {wall, cpu} = measure(500, native)
    {pure_wall, pure_cpu} = measure(50, pure)

    table("d. Decoding #{byte_size(bytes)} bytes, #{count} links, into structs", [
      {"plain Elixir, same tables, same structs", pure_wall, pure_cpu},
      {"the codec", wall, cpu}
    ])
  end

  defp chunk([message | rest], size, done) do
    size = size + 16 + byte_size(message.payload)
    if size > 32_768, do: Enum.reverse(done), else: chunk(rest, size, [message | done])
  end

  # Somebody holds the kernel's rtnl lock again and again; the VM's timers must not care.
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
    most; in calm #{us(Enum.at(calm, 50))} and #{us(List.last(calm))} µs.
    """
  end

  defp gets(sock, until, times) do
    {time, {:ok, _}} = :timer.tc(fn -> Link.get(sock, 1) end)

    if System.monotonic_time(:millisecond) < until,
      do: gets(sock, until, [time | times]),
      else: [time | times]
  end

  # Input

  defp make_links(pairs) do
    lines = for n <- 1..pairs, do: "link add a#{n} type veth peer name b#{n}\n"
    file = Path.join(System.tmp_dir!(), "linx-bench-links")
    File.write!(file, lines)
    {_, 0} = System.cmd("ip", ["-batch", file])
    File.rm!(file)
  end

  defp query, do: <<0::128, 8::native-16, 29::native-16, 8::native-32>>

  defp dump_request,
    do: Message.encode(%Message{type: @getlink, flags: 0x301, seq: 1, payload: query()})

  # Output

  defp table(title, [{_, base_wall, base_cpu} | _] = rows) do
    lines =
      for {name, wall, cpu} <- rows do
        "| #{name} | #{us(wall)} | #{ratio(wall, base_wall)} | #{us(cpu)} | #{ratio(cpu, base_cpu)} |\n"
      end

    [
      "\n## #{title}\n\n| | wall, µs | ratio | CPU, µs | ratio |\n|---|---:|---:|---:|---:|\n"
      | lines
    ]
  end

  defp us(n) when n >= 100, do: n |> round() |> Integer.to_string()
  defp us(n), do: :erlang.float_to_binary(n / 1, decimals: 1)

  defp ratio(n, base), do: :erlang.float_to_binary(n / base, decimals: 2)

  defp preamble do
    """
    # Results

    Written by `make bench`. Each table was measured in one run, the median of five samples;
    its ratios are to its first row. CPU time is that of all threads, the kernel's work for
    them included; the VM's schedulers did not spin (`+sbwt none` and the like), which costs
    some latency.

    #{machine()}
    """
  end

  defp machine do
    cpu =
      "/proc/cpuinfo"
      |> File.read!()
      |> String.split("\n")
      |> Enum.find_value("unknown CPU", fn line ->
        with ["model name" <> _, name] <- String.split(line, ":"), do: String.trim(name)
      end)

    {kernel, 0} = System.cmd("uname", ["-r"])

    "#{cpu}, #{System.schedulers_online()} cores, Linux #{String.trim(kernel)}, " <>
      "OTP #{System.otp_release()}, Elixir #{System.version()}."
  end
end

[floor, out] = System.argv()
Bench.run(floor, out)

defmodule Bench.Measure do
  @moduledoc false
  # Measurement, and tables of results.

  alias Bench.Counter

  @samples 5

  # Rows, from a function that takes a sample of each. A sample is the cost of a round: microseconds
  # of wall time, microseconds of CPU time, and instructions, `nil` where they are not counted. The
  # samples are taken in turn, so that other load of the machine affects all rows. Each figure of a
  # row is a triple: lower quartile, median, upper quartile.
  def in_turn(rows) do
    samples = for _ <- 1..@samples, do: Enum.map(rows, fn {_, sample} -> sample.() end)

    for {{name, _}, samples} <- Enum.zip(rows, Enum.zip_with(samples, & &1)) do
      [walls, cpus, counts] = samples |> Enum.map(&Tuple.to_list/1) |> Enum.zip_with(& &1)
      {name, quartiles(walls), quartiles(cpus), quartiles(counts)}
    end
  end

  # A row of a single measurement.
  def single({name, {wall, cpu, count}}),
    do: {name, {wall, wall, wall}, {cpu, cpu, cpu}, count && {count, count, count}}

  defp quartiles([nil | _]), do: nil

  defp quartiles(samples) do
    sorted = Enum.sort(samples)
    {Enum.at(sorted, 1), Enum.at(sorted, 2), Enum.at(sorted, 3)}
  end

  def sample(rounds, work) do
    work.()
    :erlang.garbage_collect()
    {wall, cpu, count} = once(fn -> Enum.each(1..rounds, fn _ -> work.() end) end)
    {wall / rounds, cpu / rounds, count && count / rounds}
  end

  # The cost of one call. That of reading the CPU time is subtracted.
  def once(work) do
    {{wall, cpu}, count} = Counter.count(&timed(work, &1))
    {_, reading} = timed(fn -> :ok end, & &1.())
    {wall, max(cpu - reading, 0.0), count}
  end

  defp timed(work, gate) do
    before = cpu()
    {wall, _} = gate.(fn -> :timer.tc(work) end)
    {wall, (cpu() - before) / 1000}
  end

  # The difference of two samples.
  def less(sample, other), do: combine(sample, other, &-/2)

  defp combine(one, other, fun) do
    [Tuple.to_list(one), Tuple.to_list(other)]
    |> Enum.zip_with(fn
      [one, other] when is_number(one) and is_number(other) -> fun.(one, other)
      [_, _] -> nil
    end)
    |> List.to_tuple()
  end

  # The most bytes by which the VM grows while a function runs in a process of its own.
  def peak(work) do
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

  # CPU time of all threads, nanoseconds; `:erlang.statistics(:runtime)` counts ticks of the system's
  # clock.
  defp cpu do
    for task <- File.ls!("/proc/self/task"),
        {:ok, text} <- [File.read("/proc/self/task/#{task}/schedstat")],
        reduce: 0,
        do: (sum -> sum + (text |> String.split() |> hd() |> String.to_integer()))
  end

  # One sample of a program that measures itself, in a namespace if one is given, and the rest of its
  # output. Its last argument is the number of rounds.
  def program(program, args, ns \\ nil) do
    args = [program | Enum.map(args, &to_string/1)]
    command = if ns, do: ["nsenter", "--net=/run/netns/#{ns}" | args], else: args
    {text, count} = Counter.run(command, true)
    [line | more] = String.split(text, "\n", trim: true)
    [wall, cpu] = line |> String.split() |> Enum.map(&(String.to_integer(&1) / 1000))
    {{wall, cpu, count && count / String.to_integer(List.last(args))}, more}
  end

  # One sample of what netlink costs in Rust alone, by native/linx_socket/examples/floor.rs.
  def floor(floor, what, which, rounds),
    do: floor |> program([what, which, rounds]) |> elem(0)

  # A command, measured by the shell's `times` of its children.
  def command(rounds, line) do
    script = "for i in $(seq #{rounds}); do #{line} >/dev/null; done; times"
    {wall, {text, count}} = :timer.tc(fn -> Counter.run(["sh", "-c", script], false) end)
    [_, children] = String.split(text, "\n", trim: true)

    cpu =
      for [_, m, s] <- Regex.scan(~r/(\d+)m([\d.]+)s/, children), reduce: 0.0 do
        sum -> sum + String.to_integer(m) * 60 + String.to_float(s)
      end

    {wall / rounds, cpu * 1_000_000 / rounds, count && count / rounds}
  end

  # Tables

  def table(title, rows), do: {:table, title, rows}

  # A row with the sums of two others, which is the least that a third can cost.
  def bound(rows, name, one, other) do
    {_, walls, cpus, counts} = row(rows, one)
    {_, more_walls, more_cpus, more_counts} = row(rows, other)
    add = &combine(&1, &2, fn a, b -> a + b end)
    counts = counts && more_counts && add.(counts, more_counts)
    {name, add.(walls, more_walls), add.(cpus, more_cpus), counts}
  end

  # The median of a row as a multiple of that of others: a sentence.
  def multiples(rows, name, others) do
    {_, {_, wall, _}, {_, cpu, _}, _} = row(rows, name)

    parts =
      for other <- others do
        {other, {_, other_wall, _}, {_, other_cpu, _}, _} = row(rows, other)

        "#{ratio(cpu, other_cpu)} times the CPU time and #{ratio(wall, other_wall)} times the wall time " <>
          "of #{other |> String.split(": ") |> hd()}"
      end

    "\n#{name}: #{Enum.join(parts, "; ")}.\n"
  end

  # The first row whose name begins with a text.
  defp row(rows, text), do: Enum.find(rows, &String.starts_with?(elem(&1, 0), text))

  # The text of a table; ratios are to its first row.
  def text({:table, title, [{_, {_, wall, _}, {_, cpu, _}, first} | _] = rows}) do
    count = first && elem(first, 1)

    lines =
      for {name, walls, cpus, counts} <- rows do
        more = if count, do: " #{figures(counts, count)} |"
        "| #{name} | #{figures(walls, wall)} | #{figures(cpus, cpu)} |#{more}\n"
      end

    """

    ## #{title}

    | | wall, µs | quartiles | ratio | CPU, µs | quartiles | ratio |#{if count, do: " #{Counter.event()} | quartiles | ratio |"}
    |---|---:|---:|---:|---:|---:|---:|#{if count, do: "---:|---:|---:|"}
    #{lines}
    """
  end

  def text(text), do: text

  defp figures(nil, _base), do: "| |"

  defp figures({low, median, high}, base),
    do: "#{us(median)} | #{us(low)}–#{us(high)} | #{ratio(median, base)}"

  def us(n) when n >= 100, do: n |> round() |> Integer.to_string()
  def us(n), do: :erlang.float_to_binary(n / 1, decimals: 1)

  def ratio(_n, base) when base == 0, do: "–"
  def ratio(n, base), do: :erlang.float_to_binary(n / base, decimals: 2)

  def mib(bytes), do: :erlang.float_to_binary(bytes / 1_048_576, decimals: 1)

  def preamble do
    """
    # Results

    Written by `make bench`. Each figure is the median of five samples, with its quartiles; the samples
    of a table were taken in turn, one of each row and then the next. Ratios are to the first row. CPU
    time is that of all threads, including the kernel's work for them. The VM's schedulers did not
    busy-wait (`+sbwt none` and similar flags), which costs some latency. #{counted()}

    Rows with a version are other libraries, on a socket that stays open. Each lists the same
    objects into objects of its own that exist at the same time, unless its row states otherwise;
    its time includes freeing them.

    Rows with structs made by the VM, decoded from nothing, are a lower limit for lists and
    streams, in addition to the cost of receiving. The bound is the sum of both.

    #{machine()}
    """
  end

  defp counted do
    case Counter.event() do
      nil ->
        "Instructions were not counted: `perf stat` has no counter of them on this machine."

      event ->
        "#{String.capitalize(event)} were counted by `perf stat`, from the same samples, and without " <>
          "starts of the programs that measure themselves."
    end
  end

  defp machine do
    cpu =
      "/proc/cpuinfo"
      |> File.read!()
      |> String.split("\n")
      |> Enum.find_value("unknown CPU", fn line ->
        case String.split(line, ":") do
          ["model name" <> _, name] -> String.trim(name)
          _ -> nil
        end
      end)

    {kernel, 0} = System.cmd("uname", ["-r"])

    "#{cpu}, #{System.schedulers_online()} cores, Linux #{String.trim(kernel)}, " <>
      "OTP #{System.otp_release()}, Elixir #{System.version()}."
  end
end

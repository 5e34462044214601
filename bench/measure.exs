defmodule Bench.Measure do
  @moduledoc false
  # Measurement, and tables of results.

  alias Bench.Counter

  @samples 5

  # Rows, from a function that takes a sample of each. A sample is the cost of a round: microseconds
  # of wall time, microseconds of CPU time, and instructions, or `nil` where they are not counted. The
  # samples are taken in turn, so that other load of the machine affects all rows. Of each figure a row
  # has a triple: lower quartile, median, upper quartile.
  def in_turn(rows) do
    samples = for _ <- 1..@samples, do: Enum.map(rows, fn {_, sample} -> sample.() end)

    for {{name, _}, samples} <- Enum.zip(rows, Enum.zip_with(samples, & &1)) do
      {name, samples |> Enum.zip_with(& &1) |> Enum.map(&quartiles/1) |> List.to_tuple()}
    end
  end

  # A row of a single measurement.
  def single({name, {wall, cpu, count}}),
    do: {name, {{wall, wall, wall}, {cpu, cpu, cpu}, count && {count, count, count}}}

  defp quartiles([nil | _]), do: nil

  defp quartiles(samples) do
    sorted = Enum.sort(samples)
    {Enum.at(sorted, 1), Enum.at(sorted, 2), Enum.at(sorted, 3)}
  end

  def sample(rounds, work) do
    work.()
    :erlang.garbage_collect()
    {wall, cpu} = once(fn -> Enum.each(1..rounds, fn _ -> work.() end) end)
    {wall / rounds, cpu / rounds}
  end

  # Wall time and CPU time of one call, microseconds.
  def once(work) do
    before = cpu()
    {wall, _} = :timer.tc(work)
    {wall, (cpu() - before) / 1000}
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
  # output.
  def program(program, args, ns \\ nil) do
    args = [program | Enum.map(args, &to_string/1)]
    [command | args] = if ns, do: ["nsenter", "--net=/run/netns/#{ns}" | args], else: args
    {text, 0} = System.cmd(command, args)
    [line | more] = String.split(text, "\n", trim: true)
    [wall, cpu] = line |> String.split() |> Enum.map(&(String.to_integer(&1) / 1000))
    {{wall, cpu}, more}
  end

  # One sample of what netlink costs in Rust alone, by native/linx_socket/examples/floor.rs.
  def floor(floor, what, which, rounds),
    do: floor |> program([what, which, rounds]) |> elem(0)

  # A command, measured by the shell's `times` of its children.
  def command(rounds, line) do
    script = "for i in $(seq #{rounds}); do #{line} >/dev/null; done; times"
    {wall, {text, 0}} = :timer.tc(fn -> System.cmd("sh", ["-c", script]) end)
    [_, children] = String.split(text, "\n", trim: true)

    cpu =
      for [_, m, s] <- Regex.scan(~r/(\d+)m([\d.]+)s/, children), reduce: 0.0 do
        sum -> sum + String.to_integer(m) * 60 + String.to_float(s)
      end

    {wall / rounds, cpu * 1_000_000 / rounds}
  end

  def table(title, rows), do: {:table, title, rows}

  # The text of a table; ratios are to its first row.
  def text({:table, title, [{_, {_, wall, _}, {_, cpu, _}} | _] = rows}) do
    lines =
      for {name, walls, cpus} <- rows do
        "| #{name} | #{figures(walls, wall)} | #{figures(cpus, cpu)} |\n"
      end

    """

    ## #{title}

    | | wall, µs | quartiles | ratio | CPU, µs | quartiles | ratio |
    |---|---:|---:|---:|---:|---:|---:|
    #{lines}
    """
  end

  def text(text), do: text

  defp figures({low, median, high}, base),
    do: "#{us(median)} | #{us(low)}–#{us(high)} | #{ratio(median, base)}"

  def us(n) when n >= 100, do: n |> round() |> Integer.to_string()
  def us(n), do: :erlang.float_to_binary(n / 1, decimals: 1)

  defp ratio(n, base), do: :erlang.float_to_binary(n / base, decimals: 2)

  def preamble do
    """
    # Results

    Written by `make bench`. Each figure is the median of five samples, with its quartiles; the samples
    of a table were taken in turn, one of each row and then the next. Ratios are to the first row. CPU
    time is that of all threads, including the kernel's work for them. The VM's schedulers did not
    busy-wait (`+sbwt none` and similar flags), which costs some latency.

    Rows with a version are other libraries, on a socket that stays open. Each lists the same
    objects into objects of its own that exist at the same time, unless its row states otherwise;
    its time includes freeing them.

    Rows with structs made by the VM, decoded from nothing, are a lower limit for lists and
    streams, in addition to the cost of receiving.

    #{machine()}
    """
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

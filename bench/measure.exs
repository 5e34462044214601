defmodule Bench.Measure do
  @moduledoc false
  # Measurement, and tables of results.

  # Microseconds of wall time and of CPU time per round: the median of five samples.
  def measure(rounds, work), do: median(for _ <- 1..5, do: sample(rounds, work))

  # Rows, from a function that takes a sample of each. The samples are taken in turn, so that other load of
  # the machine affects all rows.
  def in_turn(rows) do
    samples = for _ <- 1..5, do: Enum.map(rows, fn {_, sample} -> sample.() end)

    for {{name, _}, samples} <- Enum.zip(rows, Enum.zip_with(samples, & &1)) do
      {wall, cpu} = median(samples)
      {name, wall, cpu}
    end
  end

  def sample(rounds, work) do
    work.()
    :erlang.garbage_collect()
    {wall, cpu} = once(fn -> Enum.each(1..rounds, fn _ -> work.() end) end)
    {wall / rounds, cpu / rounds}
  end

  # A row of a single measurement.
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

  defp median(samples), do: {median(samples, 0), median(samples, 1)}
  defp median(samples, at), do: samples |> Enum.map(&elem(&1, at)) |> Enum.sort() |> Enum.at(2)

  def floor(floor, what, which, rounds),
    do: median(for _ <- 1..5, do: floor |> program([what, which, rounds]) |> elem(0))

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

  def table(title, [{_, base_wall, base_cpu} | _] = rows) do
    lines =
      for {name, wall, cpu} <- rows do
        "| #{name} | #{us(wall)} | #{ratio(wall, base_wall)} | #{us(cpu)} | #{ratio(cpu, base_cpu)} |\n"
      end

    [
      "\n## #{title}\n\n| | wall, µs | ratio | CPU, µs | ratio |\n|---|---:|---:|---:|---:|\n"
      | lines
    ]
  end

  def us(n) when n >= 100, do: n |> round() |> Integer.to_string()
  def us(n), do: :erlang.float_to_binary(n / 1, decimals: 1)

  defp ratio(n, base), do: :erlang.float_to_binary(n / base, decimals: 2)

  def preamble do
    """
    # Results

    Written by `make bench`. Each table was measured in one run, as the median of five samples;
    ratios are to the first row. CPU time is that of all threads, including the kernel's work for
    them. The VM's schedulers did not busy-wait (`+sbwt none` and similar flags), which costs some
    latency.

    Rows with a version are other libraries, on a socket that stays open. Each lists the same
    objects into objects of its own that exist at the same time, unless its row states otherwise;
    its time includes freeing them. The samples of these tables were taken in turn, one of each
    row and then the next.

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

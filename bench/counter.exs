defmodule Bench.Counter do
  @moduledoc false
  # Counts instructions by `perf stat`, of this VM or of a program, including the kernel's for them.
  #
  # Counters are made disabled. The measured code itself enables and disables them, by commands in a
  # FIFO that `perf` acknowledges in another (`--control`), so that starts and rounds without
  # measurement are not counted.

  # BENCH_EVENT is another event of `perf list`, such as `page-faults` where the machine has no counter
  # of instructions.
  @event System.get_env("BENCH_EVENT", "instructions")

  # What `perf` answers: `EVLIST_CTL_CMD_ACK_TAG` of its sources.
  @ack "ack\n\0"

  # The counted event, or `nil` if this machine or its rights have no counter for it.
  def event do
    with :unknown <- :persistent_term.get(__MODULE__, :unknown) do
      event = if counted?(), do: @event
      :persistent_term.put(__MODULE__, event)
      event
    end
  end

  defp counted? do
    args = ["stat", "-x,", "-e", @event, "-p", System.pid(), "true"]

    with perf when perf != nil <- System.find_executable("perf"),
         {text, 0} <- System.cmd(perf, args, stderr_to_stdout: true) do
      not (text =~ "<not supported>")
    else
      _ -> false
    end
  end

  # The result of a function, and the events of all threads of this VM while it runs the function that it
  # gives to its argument; `nil` without a counter.
  def count(work), do: if(event(), do: in_folder(&count(&1, work)), else: {work.(& &1.()), nil})

  defp count(folder, work) do
    perf = System.find_executable("perf")
    args = stat(folder, true) ++ ["-p", System.pid()]
    port = Port.open({:spawn_executable, perf}, [:binary, :exit_status, args: args])
    {:os_pid, pid} = Port.info(port, :os_pid)
    {:ok, control} = :file.open(control(folder), [:raw, :write, :device])
    {:ok, ack} = :file.open(ack(folder), [:raw, :binary, :read, :device])

    command = fn line ->
      :ok = :file.write(control, line)
      {:ok, @ack} = :file.read(ack, byte_size(@ack))
    end

    gate = fn counted ->
      command.("enable\n")
      result = counted.()
      command.("disable\n")
      result
    end

    result = work.(gate)
    {_, 0} = System.cmd("kill", ["-INT", "#{pid}"])
    receive do: ({^port, {:exit_status, _}} -> :ok)
    Enum.each([control, ack], &:file.close/1)
    {result, number(File.read!(output(folder)))}
  end

  # The output of a program, and its events. A gated program reads the paths of the FIFOs from
  # BENCH_CONTROL and BENCH_ACK; of any other all is counted.
  def run(command, gated?),
    do: if(event(), do: in_folder(&run(&1, command, gated?)), else: {output_of(command, []), nil})

  defp run(folder, command, gated?) do
    env = [{"BENCH_CONTROL", control(folder)}, {"BENCH_ACK", ack(folder)}]
    perf = ["perf"] ++ stat(folder, gated?) ++ ["--"]
    text = output_of(perf ++ command, if(gated?, do: env, else: []))
    {text, number(File.read!(output(folder)))}
  end

  defp output_of([program | args], env) do
    {text, 0} = System.cmd(program, args, env: env)
    text
  end

  defp stat(folder, gated?) do
    gate = ["-D", "-1", "--control", "fifo:#{control(folder)},#{ack(folder)}"]
    ["stat", "-x,", "-o", output(folder), "-e", @event] ++ if(gated?, do: gate, else: [])
  end

  defp in_folder(work) do
    folder = Path.join(System.tmp_dir!(), "linx-bench-#{System.pid()}-counter")
    File.mkdir!(folder)
    {_, 0} = System.cmd("mkfifo", [control(folder), ack(folder)])
    result = work.(folder)
    File.rm_rf!(folder)
    result
  end

  defp control(folder), do: Path.join(folder, "control")
  defp ack(folder), do: Path.join(folder, "ack")
  defp output(folder), do: Path.join(folder, "output")

  # A line of `perf stat -x,` begins with the count, or with `<not counted>` if nothing ran.
  defp number(text) do
    [line] = for line <- String.split(text, "\n"), line =~ @event, do: line

    case Float.parse(line) do
      {count, "," <> _} -> count
      :error -> 0.0
    end
  end
end

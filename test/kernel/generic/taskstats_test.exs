defmodule Linx.Kernel.Generic.TaskstatsTest do
  # The family exists in the initial namespaces only, and needs root there. Nothing is changed: the tests
  # read counters of processes that they start.
  use ExUnit.Case, async: true

  import Bitwise
  import Linx.Test.Wait

  alias Linx.Netlink.{Batch, Error, Generic, Socket}
  alias Linx.Netlink.Generic.{Event, Taskstats}
  alias Linx.Netlink.Generic.Taskstats.{Cgroup, Stats}

  @possible System.cmd("id", ["-u"]) == {"0\n", 0} and System.get_env("LINX_TEST_ISOLATED") == nil

  unless @possible, do: @moduletag(skip: "needs root in the initial namespaces")

  setup do
    {:ok, sock} = Generic.open()
    on_exit(fn -> Socket.close(sock) end)
    %{sock: sock}
  end

  # A process that has worked, and then stopped itself: its counters do not change any more.
  @work """
  import os, signal, sys
  open(sys.argv[1], "wb").write(b"x" * 300000)
  open(sys.argv[1], "rb").read()
  os.nice(3)
  for _ in range(20): sum(range(100000))
  os.kill(os.getpid(), signal.SIGSTOP)
  """

  defp stopped do
    file = Path.join(System.tmp_dir!(), "linx-#{System.unique_integer([:positive])}")
    port = start("python3", ["-c", @work, file])
    {:os_pid, pid} = Port.info(port, :os_pid)

    on_exit(fn ->
      System.cmd("kill", ["-KILL", "#{pid}"], stderr_to_stdout: true)
      File.rm(file)
    end)

    eventually(fn -> proc(pid, "status") =~ ~r/^State:\s+T/m end)
    pid
  end

  defp start(program, args) do
    options = [:binary, :exit_status, args: args]
    Port.open({:spawn_executable, System.find_executable(program)}, options)
  end

  defp proc(pid, file), do: File.read!("/proc/#{pid}/#{file}")

  # Lines "name: number …" of a file.
  defp numbers(text) do
    for [_, name, number] <- Regex.scan(~r/^(\w+):\s+(\d+)/m, text),
        into: %{},
        do: {name, String.to_integer(number)}
  end

  test "counters of a task are those of /proc", %{sock: sock} do
    pid = stopped()
    {:ok, %Stats{} = stats} = Taskstats.pid(sock, pid)
    status = numbers(proc(pid, "status"))
    # Without the children of the process, which `/proc/PID/io` adds.
    io = numbers(proc(pid, "task/#{pid}/io"))

    [run, delay, count] =
      proc(pid, "schedstat") |> String.split() |> Enum.map(&String.to_integer/1)

    [_, fields] = String.split(proc(pid, "stat"), ") ")
    stat = fields |> String.split() |> List.to_tuple()
    # Fields of proc(5), of which the first two were cut off.
    stat = &(elem(stat, &1 - 3) |> String.to_integer())

    assert stats.version >= 8
    assert Stats.comm(stats) <> "\n" == proc(pid, "comm")
    assert {stats.ac_pid, stats.ac_ppid} == {pid, status["PPid"]}
    assert {stats.ac_uid, stats.ac_gid} == {status["Uid"], status["Gid"]}
    assert {stats.ac_nice, stats.ac_sched} == {stat.(19), stat.(41)}
    assert {stats.ac_nice, stats.ac_flag -- [:su]} == {3, []}
    assert {stats.ac_minflt, stats.ac_majflt} == {stat.(10), stat.(12)}

    assert {stats.nvcsw, stats.nivcsw} ==
             {status["voluntary_ctxt_switches"], status["nonvoluntary_ctxt_switches"]}

    assert stats.hiwater_vm == status["VmPeak"]
    # /proc sums the parts of each CPU.
    assert_in_delta stats.hiwater_rss, status["VmHWM"], 1024

    # Multiples of 1024.
    assert {stats.read_syscalls, stats.write_syscalls} ==
             {io["syscr"] &&& -1024, io["syscw"] &&& -1024}

    assert {stats.read_char, stats.write_char} == {io["rchar"] &&& -1024, io["wchar"] &&& -1024}

    assert {stats.read_bytes, stats.write_bytes, stats.cancelled_write_bytes} ==
             {io["read_bytes"] &&& -1024, io["write_bytes"] &&& -1024,
              io["cancelled_write_bytes"] &&& -1024}

    assert stats.write_char > 200_000
    assert {stats.cpu_run_virtual_total, stats.cpu_count} == {run, count}
    assert stats.cpu_delay_total == delay
    assert stats.cpu_run_real_total > 0

    # Hundredths of a second, which /proc scales to the time on a CPU.
    assert_in_delta stats.ac_utime + stats.ac_stime, (stat.(14) + stat.(15)) * 10_000, 100_000
    assert stats.ac_utime > 0
    now = System.os_time(:second)
    assert_in_delta stats.ac_btime, now - div(stats.ac_etime, 1_000_000), 2
    assert stats.ac_btime64 in [nil, stats.ac_btime]
    assert stats.ac_tgid in [nil, pid]

    {program, 0} = System.cmd("stat", ["-L", "-c", "%i", "/proc/#{pid}/exe"])
    assert stats.ac_exe_inode in [nil, program |> String.trim() |> String.to_integer()]

    assert {:ok, [{:ok, ^stats}, {:error, %Error{errno: :esrch}}]} =
             Batch.run(sock, fn batch ->
               [
                 Taskstats.pid(batch, pid) |> without_age(stats),
                 Taskstats.pid(batch, 0x3FFFFFFF)
               ]
             end)
  end

  # The time since the start changes meanwhile.
  defp without_age(read, stats) do
    Batch.finish(read, fn {:ok, later} ->
      {:ok, %{later | ac_etime: stats.ac_etime, ac_tgetime: stats.ac_tgetime}}
    end)
  end

  test "counters of a process are the sum of its threads", %{sock: sock} do
    pid = String.to_integer(System.pid())
    threads = Enum.map(File.ls!("/proc/#{pid}/task"), &String.to_integer/1)
    assert length(threads) > 2
    sum = fn -> threads |> Enum.map(&switches(pid, &1)) |> Enum.sum() end

    before = sum.()
    {:ok, %Stats{} = process} = Taskstats.tgid(sock, pid)
    later = sum.()
    assert (process.nvcsw + process.nivcsw) in before..(later + 1000)
    assert process.cpu_run_virtual_total > 0
    assert {:error, %Error{errno: :esrch}} = Taskstats.tgid(sock, 0x3FFFFFFF)
  end

  defp switches(pid, thread) do
    status = numbers(File.read!("/proc/#{pid}/task/#{thread}/status"))
    status["voluntary_ctxt_switches"] + status["nonvoluntary_ctxt_switches"]
  end

  test "wrong input is an error before anything is sent", %{sock: sock} do
    before = :atomics.get(sock.seq, 1)
    assert Taskstats.pid(sock, 0) == {:error, {:bad_option, :pid, 0}}
    assert Taskstats.tgid(sock, "1") == {:error, {:bad_option, :tgid, "1"}}
    assert Taskstats.pid(sock, 1, x: 1) == {:error, {:unknown_option, :x}}
    assert Taskstats.cgroup(sock, "a\0b") == {:error, {:bad_option, :folder, "a\0b"}}
    assert Taskstats.cgroup(sock, nil) == {:error, {:bad_option, :folder, nil}}
    assert :atomics.get(sock.seq, 1) == before
    assert {:error, %Error{errno: :enoent}} = Taskstats.cgroup(sock, "/absent")

    start = &Taskstats.Monitor.start_link/1
    assert start.(cpus: 3) == {:error, {:bad_option, :cpus, 3}}
    assert start.(groups: ["x"]) == {:error, {:unknown_option, :groups}}
    assert start.(netns: {:pid, 1}) == {:error, {:bad_option, :netns, {:pid, 1}}}
    assert {:error, %Error{}} = start.(cpus: "0-99999")
  end

  test "a task that ends is notified" do
    {:ok, monitor} = Taskstats.Monitor.start_link(filter: &(&1.resource.aggr_pid != nil))
    {port, pid} = started("sh", ["-c", "read line; exit 7"])

    assert_receive {:linx_taskstats, ^monitor,
                    %Event{op: :new, resource: %{aggr_pid: %{pid: ^pid}} = task}}

    assert task.aggr_pid.stats.ac_exitcode == 7 <<< 8
    assert Stats.comm(task.aggr_pid.stats) == "sh"
    assert :group in task.aggr_pid.stats.ac_flag
    assert task.aggr_tgid == nil
    assert_receive {^port, {:exit_status, 7}}

    # A process of two threads.
    script = "import threading; t = threading.Thread(target=input); t.start(); t.join()"
    {_port, pid} = started("python3", ["-c", script])

    assert_receive {:linx_taskstats, ^monitor,
                    %Event{resource: %{aggr_tgid: %{tgid: ^pid, stats: %Stats{}}}}}

    Taskstats.Monitor.stop(monitor)
  end

  defp states(tasks) do
    for task <- tasks,
        {:ok, status} <- [File.read("/proc/#{task}/status")],
        [_, state] <- [Regex.run(~r/^State:\s+(\w)/m, status)],
        reduce: %{},
        do: (states -> Map.update(states, state, 1, &(&1 + 1)))
  end

  # The folder of this process in a hierarchy of version 1.
  defp version1 do
    own =
      for line <- File.stream!("/proc/self/cgroup"),
          [_, name, path] = line |> String.trim() |> String.split(":", parts: 3),
          do: {name, path}

    Enum.find_value(File.stream!("/proc/mounts"), fn line ->
      with [_, folder, "cgroup" | _] <- String.split(line),
           {_, path} <- List.keyfind(own, Path.basename(folder), 0),
           do: {:ok, Path.join(folder, path)},
           else: (_ -> nil)
    end)
  end

  # A process that ends when it has read a line, which it has by now.
  defp started(program, args) do
    port = start(program, args)
    {:os_pid, pid} = Port.info(port, :os_pid)
    Port.command(port, "\n")
    {port, pid}
  end

  # Control groups of version 1, where they are mounted.
  test "tasks of a control group are counted", %{sock: sock} do
    case version1() do
      {:ok, folder} ->
        stopped()
        assert {:ok, %Cgroup{} = cgroup} = Taskstats.cgroup(sock, folder)
        states = folder |> Path.join("tasks") |> File.read!() |> String.split() |> states()
        assert cgroup.nr_stopped > 0 and cgroup.nr_stopped == states["T"]
        # The kernel does not count tasks that sleep and can be frozen.
        assert cgroup.nr_sleeping in 1..states["S"]
        assert {:ok, [{:ok, %Cgroup{}}]} = Batch.run(sock, &[Taskstats.cgroup(&1, folder)])

      nil ->
        assert {:error, %Error{errno: :einval}} = Taskstats.cgroup(sock, "/proc")
    end
  end
end

defmodule Linx.Netlink.Generic.Taskstats.Stats do
  @moduledoc """
  Counters of a task, or of a thread group.

  Kernel side: `struct taskstats` of `include/uapi/linux/taskstats.h`.

  A newer kernel has more fields than an older one, at the end of the struct: those that the kernel did not
  send are `nil`. Version 15 had another order after `cpu_delay_total`: these fields of it are `nil`.

  Waits (`*_count`, `*_delay_*`) are counted where the sysctl `kernel.task_delayacct` is 1, and 0
  elsewhere. Of a thread group, the kernel fills waits and context switches, newer kernels also times.
  """

  use Linx.Netlink.Codec

  # AFORK and others of include/uapi/linux/acct.h.
  @flags [fork: 0x1, su: 0x2, compat: 0x4, core: 0x8, xsig: 0x10, group: 0x20]

  codec do
    header "struct taskstats", default: nil do
      field :version, :u16, "version of the struct"
      pad 2
      field :ac_exitcode, :u32, "exit status, as `wait(2)` returns it"
      field :ac_flag, {:flags, :u8, @flags}, "accounting flags", values: "A"
      field :ac_nice, :s8, "nice value"
      pad 6
      field :cpu_count, :u64, "waits for a CPU, runnable"
      field :cpu_delay_total, :u64, "time of these, ns"
      field :blkio_count, :u64, "waits for block I/O"
      field :blkio_delay_total, :u64, "time of these, ns"
      field :swapin_count, :u64, "waits for pages to be swapped in"
      field :swapin_delay_total, :u64, "time of these, ns"
      field :cpu_run_real_total, :u64, "time on a CPU, ns, without time stolen by a hypervisor"
      field :cpu_run_virtual_total, :u64, "time on a CPU, ns"
      field :ac_comm, {:binary, 32}, "name of the command, padded with zeros; see `comm/1`"
      field :ac_sched, :u8, "scheduling policy, SCHED_*"
      pad 7
      field :ac_uid, :u32, "user id"
      field :ac_gid, :u32, "group id"
      field :ac_pid, :u32, "process id of the task"
      field :ac_ppid, :u32, "process id of the parent"
      field :ac_btime, :u32, "start, s since 1970, until 2106"
      pad 4
      field :ac_etime, :u64, "time since the start, µs"
      field :ac_utime, :u64, "CPU time of the program, µs"
      field :ac_stime, :u64, "CPU time of the kernel, µs"
      field :ac_minflt, :u64, "page faults without I/O"
      field :ac_majflt, :u64, "page faults with I/O"
      field :coremem, :u64, "resident memory over time, MB·µs"
      field :virtmem, :u64, "virtual memory over time, MB·µs"
      field :hiwater_rss, :u64, "largest resident memory, KB"
      field :hiwater_vm, :u64, "largest virtual memory, KB"
      field :read_char, :u64, "bytes read, a multiple of 1024"
      field :write_char, :u64, "bytes written, a multiple of 1024"
      field :read_syscalls, :u64, "system calls that read, a multiple of 1024"
      field :write_syscalls, :u64, "system calls that write, a multiple of 1024"
      field :read_bytes, :u64, "bytes read from storage"
      field :write_bytes, :u64, "bytes written to storage"
      field :cancelled_write_bytes, :u64, "bytes of these that were never written"
      field :nvcsw, :u64, "voluntary context switches"
      field :nivcsw, :u64, "involuntary context switches"
      field :ac_utimescaled, :u64, "CPU time of the program, scaled by the CPU's frequency, µs"
      field :ac_stimescaled, :u64, "CPU time of the kernel, scaled by the CPU's frequency, µs"
      field :cpu_scaled_run_real_total, :u64, "time on a CPU, scaled by its frequency, ns"
      field :freepages_count, :u64, "waits for memory to be reclaimed"
      field :freepages_delay_total, :u64, "time of these, ns"
      field :thrashing_count, :u64, "waits for pages that were evicted too early; version 9"
      field :thrashing_delay_total, :u64, "time of these, ns"
      field :ac_btime64, :u64, "start, s since 1970; version 10"
      field :compact_count, :u64, "waits for memory to be compacted; version 11"
      field :compact_delay_total, :u64, "time of these, ns"
      field :ac_tgid, :u32, "process id of the thread group; version 12"
      pad 4
      field :ac_tgetime, :u64, "time since the start of the thread group, µs"
      field :ac_exe_dev, :u64, "device of the program's file, 0 for a kernel thread"
      field :ac_exe_inode, :u64, "inode of the program's file"
      field :wpcopy_count, :u64, "waits for a copy of a write-protected page; version 13"
      field :wpcopy_delay_total, :u64, "time of these, ns"
      field :irq_count, :u64, "times that interrupts took; version 14"
      field :irq_delay_total, :u64, "sum of these, ns"
      field :cpu_delay_max, :u64, "longest wait for a CPU, ns; version 16"
      field :cpu_delay_min, :u64, "shortest wait for a CPU, ns"
      field :blkio_delay_max, :u64, "longest wait for block I/O, ns"
      field :blkio_delay_min, :u64, "shortest wait for block I/O, ns"
      field :swapin_delay_max, :u64, "longest wait for a swapped page, ns"
      field :swapin_delay_min, :u64, "shortest wait for a swapped page, ns"
      field :freepages_delay_max, :u64, "longest wait for reclaimed memory, ns"
      field :freepages_delay_min, :u64, "shortest wait for reclaimed memory, ns"
      field :thrashing_delay_max, :u64, "longest wait for an evicted page, ns"
      field :thrashing_delay_min, :u64, "shortest wait for an evicted page, ns"
      field :compact_delay_max, :u64, "longest wait for compacted memory, ns"
      field :compact_delay_min, :u64, "shortest wait for compacted memory, ns"
      field :wpcopy_delay_max, :u64, "longest wait for a copied page, ns"
      field :wpcopy_delay_min, :u64, "shortest wait for a copied page, ns"
      field :irq_delay_max, :u64, "longest wait for interrupts, ns"
      field :irq_delay_min, :u64, "shortest wait for interrupts, ns"

      field :cpu_delay_max_sec,
            :s64,
            "end of the longest wait for a CPU, s since 1970; version 17",
            c: {"cpu_delay_max_ts", 0, 8}

      field :cpu_delay_max_nsec, :s64, "nanoseconds of that second", c: {"cpu_delay_max_ts", 8, 8}

      field :blkio_delay_max_sec, :s64, "end of the longest wait for block I/O, s since 1970",
        c: {"blkio_delay_max_ts", 0, 8}

      field :blkio_delay_max_nsec, :s64, "nanoseconds of that second",
        c: {"blkio_delay_max_ts", 8, 8}

      field :swapin_delay_max_sec,
            :s64,
            "end of the longest wait for a swapped page, s since 1970",
            c: {"swapin_delay_max_ts", 0, 8}

      field :swapin_delay_max_nsec, :s64, "nanoseconds of that second",
        c: {"swapin_delay_max_ts", 8, 8}

      field :freepages_delay_max_sec,
            :s64,
            "end of the longest wait for reclaimed memory, s since 1970",
            c: {"freepages_delay_max_ts", 0, 8}

      field :freepages_delay_max_nsec, :s64, "nanoseconds of that second",
        c: {"freepages_delay_max_ts", 8, 8}

      field :thrashing_delay_max_sec,
            :s64,
            "end of the longest wait for an evicted page, s since 1970",
            c: {"thrashing_delay_max_ts", 0, 8}

      field :thrashing_delay_max_nsec, :s64, "nanoseconds of that second",
        c: {"thrashing_delay_max_ts", 8, 8}

      field :compact_delay_max_sec,
            :s64,
            "end of the longest wait for compacted memory, s since 1970",
            c: {"compact_delay_max_ts", 0, 8}

      field :compact_delay_max_nsec, :s64, "nanoseconds of that second",
        c: {"compact_delay_max_ts", 8, 8}

      field :wpcopy_delay_max_sec,
            :s64,
            "end of the longest wait for a copied page, s since 1970",
            c: {"wpcopy_delay_max_ts", 0, 8}

      field :wpcopy_delay_max_nsec, :s64, "nanoseconds of that second",
        c: {"wpcopy_delay_max_ts", 8, 8}

      field :irq_delay_max_sec, :s64, "end of the longest wait for interrupts, s since 1970",
        c: {"irq_delay_max_ts", 0, 8}

      field :irq_delay_max_nsec, :s64, "nanoseconds of that second", c: {"irq_delay_max_ts", 8, 8}
    end
  end

  # Version 15 put the longest and the shortest wait behind each sum.
  @common [
    :version,
    :ac_exitcode,
    :ac_flag,
    :ac_nice,
    :cpu_count,
    :cpu_delay_total
  ]

  @doc false
  # The struct of a version whose order is known.
  @spec known(t()) :: t()
  def known(%__MODULE__{version: 15} = stats), do: struct!(__MODULE__, Map.take(stats, @common))
  def known(%__MODULE__{} = stats), do: stats

  @doc """
  Name of the command, `ac_comm` without the zeros at its end.

      iex> alias Linx.Netlink.Generic.Taskstats.Stats
      iex> Stats.comm(%Stats{ac_comm: "sleep" <> <<0::216>>})
      "sleep"
  """
  @spec comm(t()) :: String.t() | nil
  def comm(%__MODULE__{ac_comm: nil}), do: nil
  def comm(%__MODULE__{ac_comm: comm}), do: comm |> :binary.split(<<0>>) |> hd()
end

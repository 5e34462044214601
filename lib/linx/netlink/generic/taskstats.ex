defmodule Linx.Netlink.Generic.Taskstats do
  @moduledoc """
  Counters of tasks and processes: CPU time, memory, I/O, and the time spent waiting for each.

  Kernel side: `TASKSTATS_CMD_*` of `include/uapi/linux/taskstats.h` and `CGROUPSTATS_CMD_*` of
  `include/uapi/linux/cgroupstats.h`, `kernel/taskstats.c`.

      {:ok, sock} = Linx.Netlink.Generic.open()
      {:ok, stats} = Taskstats.pid(sock, 4711)
      Taskstats.Stats.comm(stats)
      #=> "beam.smp"
      {stats.ac_utime, stats.write_bytes, stats.blkio_delay_total}
      #=> {1_250_000, 81_920, 3_400_000}

      {:ok, process} = Taskstats.tgid(sock, 4711)
      process.cpu_run_real_total

  A task is a thread; `tgid/3` sums the threads of a process. `Linx.Netlink.Generic.Taskstats.Monitor`
  receives the last counters of each task that ends. Fields: `Linx.Netlink.Generic.Taskstats.Stats`.

  The family exists in the initial network namespace only, and ids of tasks are those of the VM's pid
  namespace. Needs `CAP_NET_ADMIN` in the initial user namespace; `cgroup/3` needs no privilege.

  ## Errors

    * `%Linx.Netlink.Error{}` - refused by the kernel: `:esrch` if there is no such task, `:eperm`;
    * `{:unknown_family, "TASKSTATS"}` - another network namespace, or a kernel without the family;
    * `{:unknown_option, key}`, `{:bad_option, key, value}`;
    * those of `Linx.Netlink.Generic`.
  """

  use Linx.Netlink.Codec
  use Linx.Netlink.Generic.Family, name: "TASKSTATS", version: 1

  alias Linx.Errno
  alias Linx.Netlink.{Batch, Error, Request}
  alias Linx.Netlink.Generic.{Header, Verb}
  alias __MODULE__.{Aggr, Cgroup, CgroupQuery, CgroupReply, Query, Stats}

  codec prefix: "TASKSTATS_TYPE_" do
    header Header
    attr 4, :aggr_pid, {:nested, Aggr}, "a task"
    attr 5, :aggr_tgid, {:nested, Aggr}, "a thread group"
  end

  command :get, 1, Query, reply: __MODULE__
  command :cgroup_get, 4, CgroupQuery, reply: CgroupReply
  event :new, 2, __MODULE__

  # Largest process id: FUTEX_TID_MASK.
  @ids [pid: {1..0x3FFFFFFF, ""}, tgid: {1..0x3FFFFFFF, ""}]

  @type error :: Verb.error()

  @doc """
  Counters of the task with an id. Takes `:timeout`. Needs `CAP_NET_ADMIN` in the initial user namespace.
  """
  @spec pid(Request.target(), pos_integer(), keyword()) ::
          {:ok, Stats.t() | Batch.Read.t()} | {:error, error()}
  def pid(target, pid, opts \\ []), do: get(target, [pid: pid], opts, :aggr_pid)

  @doc """
  Counters of the process with an id, of all its threads. Takes `:timeout`. Needs `CAP_NET_ADMIN` in the
  initial user namespace.
  """
  @spec tgid(Request.target(), pos_integer(), keyword()) ::
          {:ok, Stats.t() | Batch.Read.t()} | {:error, error()}
  def tgid(target, tgid, opts \\ []), do: get(target, [tgid: tgid], opts, :aggr_tgid)

  defp get(target, arguments, opts, aggr) do
    target
    |> Verb.get({__MODULE__, :get}, {%Query{}, arguments}, opts, @ids)
    |> Batch.finish(fn
      {:ok, %__MODULE__{} = reply} -> {:ok, reply |> known() |> Map.fetch!(aggr) |> stats()}
      error -> error
    end)
  end

  defp stats(%Aggr{stats: stats}), do: stats
  defp stats(nil), do: nil

  @doc false
  # The reply without the counters whose order is unknown.
  @spec known(t()) :: t()
  def known(%__MODULE__{} = reply),
    do: %{reply | aggr_pid: known_aggr(reply.aggr_pid), aggr_tgid: known_aggr(reply.aggr_tgid)}

  defp known_aggr(%Aggr{stats: %Stats{} = stats} = aggr), do: %{aggr | stats: Stats.known(stats)}
  defp known_aggr(aggr), do: aggr

  @doc """
  Numbers of the tasks of a control group of version 1, which is given by its folder.

      {:ok, cgroup} = Taskstats.cgroup(sock, "/sys/fs/cgroup/cpu/jobs")
      cgroup.nr_running

  Takes `:timeout`. Needs no privilege. `:einval` for a group of version 2 and for a folder that is none.
  """
  @spec cgroup(Request.target(), Path.t(), keyword()) ::
          {:ok, Cgroup.t() | Batch.Read.t()} | {:error, error()}
  def cgroup(target, folder, opts \\ []) do
    with {:ok, request, _query} <- Verb.body(target, :get, %CgroupQuery{}, {opts, []}),
         :ok <- path(folder),
         do: Request.read(target, request, &of_folder(&1, folder, &2))
  end

  defp path(folder) do
    if is_binary(folder) and folder != "" and not Linx.Text.nul?(folder),
      do: :ok,
      else: {:error, {:bad_option, :folder, folder}}
  end

  # The kernel takes a descriptor of the process that sends the request.
  defp of_folder(target, folder, request) do
    case :prim_file.open(folder, [:read, :directory]) do
      {:ok, file} ->
        <<fd::native-32>> = :prim_file.get_handle(file)

        result =
          Verb.get(target, {__MODULE__, :cgroup_get}, %CgroupQuery{fd: fd}, timeout(request))

        :ok = :prim_file.close(file)
        with {:ok, %CgroupReply{cgroup_stats: cgroup}} <- result, do: {:ok, cgroup}

      {:error, reason} ->
        {:error, %Error{errno: reason, code: Errno.code(reason)}}
    end
  end

  defp timeout(request), do: Keyword.take(request, [:timeout])
end

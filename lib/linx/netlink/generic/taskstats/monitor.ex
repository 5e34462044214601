defmodule Linx.Netlink.Generic.Taskstats.Monitor do
  @moduledoc """
  Receives the last counters of each task that ends, as messages to a process.

  Kernel side: `TASKSTATS_CMD_ATTR_REGISTER_CPUMASK` of `include/uapi/linux/taskstats.h`,
  `taskstats_exit` of `kernel/taskstats.c`.

      {:ok, monitor} = Linx.Netlink.Generic.Taskstats.Monitor.start_link()

      receive do
        {:linx_taskstats, ^monitor, %Linx.Netlink.Generic.Event{op: :new, resource: task}} ->
          {task.aggr_pid.pid, task.aggr_pid.stats.ac_exitcode}
      end

  Messages are those of `Linx.Netlink.Generic.Monitor`, with the tag `:linx_taskstats`; `resource` is a
  `Linx.Netlink.Generic.Taskstats`. A thread is a task of its own. The last thread of a process that had
  several has the counters of the process in `aggr_tgid`.

  The kernel sends these to the socket that registered, not to a group: the option `:cpus` in place of
  `:groups` names the CPUs on which tasks end, such as `"0-3,6"`; all CPUs if not given. There is no option
  `:netns`. Needs `CAP_NET_ADMIN` in the initial user namespace, and runs in the initial namespaces of users,
  processes and the network: elsewhere the error is `{:unknown_family, "TASKSTATS"}` or `:einval`.
  """

  alias Linx.Netlink.Generic
  alias Linx.Netlink.Generic.Taskstats
  alias Linx.Netlink.Generic.Taskstats.Query

  use Generic.Monitor, family: Taskstats, tag: :linx_taskstats

  @possible "/sys/devices/system/cpu/possible"

  @impl true
  def options, do: [cpus: {:where, &is_binary/1}, netns: {{:one_of, [:host]}, default: :host}]

  @impl true
  def resolve(options),
    do: Generic.Monitor.resolve(Map.put(options, :groups, nil), Taskstats.__family__())

  @impl true
  def decode(op, task, flags), do: super(op, Taskstats.known(task), flags)

  @doc false
  @impl true
  def setup(sock, options) do
    with {:ok, cpus} <- cpus(options),
         do: Generic.run(sock, Taskstats, :get, %Query{register_cpumask: cpus})
  end

  defp cpus(%{cpus: cpus}), do: {:ok, cpus}
  defp cpus(%{}), do: with({:ok, text} <- File.read(@possible), do: {:ok, String.trim(text)})
end

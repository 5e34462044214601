defmodule Linx.Netlink.Generic.Taskstats.Query do
  @moduledoc false
  # TASKSTATS_CMD_GET: one task, or the registration of a socket for the tasks that end.

  use Linx.Netlink.Codec

  codec prefix: "TASKSTATS_CMD_ATTR_" do
    header Linx.Netlink.Generic.Header
    attr 1, :pid, :u32, "a task"
    attr 2, :tgid, :u32, "a thread group"
    attr 3, :register_cpumask, :string, "CPUs whose tasks to notify, as `0-3,6`"
    attr 4, :deregister_cpumask, :string, "CPUs whose tasks not to notify"
  end
end

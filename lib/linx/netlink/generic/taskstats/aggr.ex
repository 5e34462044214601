defmodule Linx.Netlink.Generic.Taskstats.Aggr do
  @moduledoc """
  Task or thread group, and its counters.

  Kernel side: `TASKSTATS_TYPE_*` of `include/uapi/linux/taskstats.h`, within `TASKSTATS_TYPE_AGGR_PID` and
  `TASKSTATS_TYPE_AGGR_TGID`.
  """

  use Linx.Netlink.Codec

  alias Linx.Netlink.Generic.Taskstats.Stats

  codec prefix: "TASKSTATS_TYPE_" do
    attr 1, :pid, :u32, "id of the task"
    attr 2, :tgid, :u32, "id of the thread group"
    attr 3, :stats, Stats, "counters"
  end
end

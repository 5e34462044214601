defmodule Linx.Netlink.Rtnl.Tc.Qdisc.Taprio.Schedule do
  @moduledoc """
  Schedule that has not begun.

  Kernel side: `TCA_TAPRIO_ATTR_*` of `include/uapi/linux/pkt_sched.h`.
  """

  use Linx.Netlink.Codec

  alias Linx.Netlink.Rtnl.Tc.Qdisc.Taprio.Entry

  codec prefix: "TCA_TAPRIO_ATTR_" do
    attr 0x8002, :sched_entry_list, {:array, Entry, 1}, "entries",
      element: "TCA_TAPRIO_SCHED_ENTRY"

    attr 3, :sched_base_time, :s64, "begin of the schedule, ns of the clock"
    attr 8, :sched_cycle_time, :s64, "time of a cycle, ns"
    attr 9, :sched_cycle_time_extension, :s64, "time by which the last cycle may be longer, ns"
  end
end

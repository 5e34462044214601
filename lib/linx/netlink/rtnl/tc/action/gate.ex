defmodule Linx.Netlink.Rtnl.Tc.Action.Gate do
  @moduledoc """
  Action that lets packets pass in times of a schedule.

  Kernel side: `TCA_GATE_*` of `include/uapi/linux/tc_act/tc_gate.h`.

      {:gate, clockid: :tai, sched_entry: [{:open, "200us"}, {:close, "100us"}]}

  Without `:control` the packet goes on, `:pipe`.
  """

  @behaviour Linx.Netlink.Rtnl.Tc.Kind

  use Linx.Netlink.Codec
  use Linx.Netlink.Options

  alias Linx.Netlink.Rtnl.Tc.Action.{Gen, Tm}
  alias Linx.Netlink.Rtnl.Tc.{Clock, Units}
  alias __MODULE__.Entry

  codec prefix: "TCA_GATE_" do
    attr 1, :tm, Tm, "times", volatile: true
    attr 2, :parms, Gen, "parameters"
    attr 4, :priority, :s32, "internal priority, -1 for any"

    attr 0x8005, :entry_list, {:array, {:nested, Entry}, 1}, "schedule",
      element: "TCA_GATE_ONE_ENTRY"

    attr 6, :base_time, :u64, "start of the schedule, ns"
    attr 7, :cycle_time, :u64, "length of the schedule, ns"
    attr 8, :cycle_time_ext, :u64, "longest extension of a cycle before another schedule, ns"
    attr 9, :flags, :u32, "not in use"
    attr 10, :clockid, {:enum, :s32, Clock.ids()}, "clock", values: "CLOCK_"
  end

  options(
    sched_entry:
      {{:check, &Entry.cast/1,
        "list of `{:open | :close, interval}`, or with an internal priority and the octets that may pass, " <>
          "-1 for any: `{state, interval, priority, octets}`"}, "schedule", required: true},
    base_time: {Units.nsecs(), "start of the schedule, by the clock"},
    cycle_time: {Units.nsecs(), "length of the schedule, the sum of the intervals if not given"},
    cycle_time_ext: {Units.nsecs(), "longest extension of a cycle before another schedule"},
    clockid: {{:enum, Clock.ids()}, "clock, `:tai` if not given"},
    priority: {-1..0x7FFFFFFF, "internal priority, -1 for any"}
  )

  @doc false
  @impl true
  def build(given) do
    {:ok,
     %__MODULE__{
       parms: %Gen{action: :pipe},
       entry_list: given.sched_entry,
       base_time: given[:base_time],
       cycle_time: given[:cycle_time],
       cycle_time_ext: given[:cycle_time_ext],
       clockid: given[:clockid],
       priority: given[:priority]
     }}
  end
end

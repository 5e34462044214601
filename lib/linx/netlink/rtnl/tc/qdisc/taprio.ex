defmodule Linx.Netlink.Rtnl.Tc.Qdisc.Taprio do
  @moduledoc """
  Time aware shaper of IEEE 802.1Q: a schedule of the classes of traffic that may send.

  Kernel side: `TCA_TAPRIO_*` of `include/uapi/linux/pkt_sched.h`.

      :ok = Qdisc.add(sock, "eth0", :taprio, num_tc: 2, map: [0, 1], queues: [{1, 0}, {1, 1}],
        clockid: :tai, base_time: 0, sched_entry: [{"S", 0x1, 300_000}, {"S", 0x2, 300_000}])

  Times are nanoseconds, as those of `tc`. `map/1` and `queues/1` of
  `Linx.Netlink.Rtnl.Tc.Qdisc.Mqprio.Qopt` give the priorities and the queues of `priomap`. The fields of the
  schedule and `tc_entry` are `nil` until it begins: before, it is `admin_sched`.
  """

  @behaviour Linx.Netlink.Rtnl.Tc.Kind

  use Linx.Netlink.Codec
  use Linx.Netlink.Options

  alias Linx.Netlink.Rtnl.Tc.Clock
  alias Linx.Netlink.Rtnl.Tc.Qdisc.Mqprio
  alias Mqprio.Qopt
  alias __MODULE__.{Entry, Schedule, TcEntry}

  @flags [txtime_assist: 0x1, full_offload: 0x2]
  @ns 0..0x7FFFFFFFFFFFFFFF

  codec prefix: "TCA_TAPRIO_ATTR_" do
    attr 1, :priomap, Qopt, "classes of traffic"

    attr 0x8002, :sched_entry_list, {:array, Entry, 1}, "entries of the schedule",
      element: "TCA_TAPRIO_SCHED_ENTRY"

    attr 3, :sched_base_time, :s64, "begin of the schedule, ns of the clock"
    attr 5, :sched_clockid, {:enum, :s32, Clock.ids()}, "clock", values: "CLOCK_"
    attr 7, :admin_sched, Schedule, "schedule that has not begun"
    attr 8, :sched_cycle_time, :s64, "time of a cycle, ns"
    attr 9, :sched_cycle_time_extension, :s64, "time by which the last cycle may be longer, ns"
    attr 10, :flags, {:flags, :u32, @flags}, "flags", values: "TCA_TAPRIO_ATTR_FLAG_"
    attr 11, :txtime_delay, :u32, "time that a packet is sent ahead, ns"
    attr 0x800C, :tc_entry, {:repeated, TcEntry}, "settings of each class of traffic"
  end

  options(
    Qopt.options() ++
      [
        sched_entry: {
          {:list, {:check, &Entry.cast/1, "`{\"S\", gate_mask, interval}`"}},
          "entries of the schedule: command `\"S\"`, `\"H\"` or `\"R\"`, a bit for each class that may send, ns",
          field: [:sched_entry_list]
        },
        base_time: {@ns, "begin of the schedule, ns of the clock", field: [:sched_base_time]},
        clockid: {{:enum, Clock.ids()}, "clock", field: [:sched_clockid], values: "CLOCK_"},
        cycle_time:
          {@ns, "time of a cycle, ns, the sum of the entries if not given",
           field: [:sched_cycle_time]},
        cycle_time_extension:
          {@ns, "time by which the last cycle may be longer, ns",
           field: [:sched_cycle_time_extension]},
        flags: {{:flags, @flags}, "flags", values: "TCA_TAPRIO_ATTR_FLAG_"},
        txtime_delay: {0..0xFFFFFFFF, "time that a packet is sent ahead, ns"},
        max_sdu: {{:list, 0..0xFFFFFFFF}, "largest payload of a frame of each class, bytes"},
        fp: {Mqprio.TcEntry.type(), "frame preemption of each class"}
      ]
  )

  @classes [:num_tc, :map, :queues]

  @doc false
  @impl true
  def build(given) do
    {classes, given} = Map.split(given, @classes)
    {entries, given} = Map.split(given, [:max_sdu, :fp])

    with {:ok, priomap} <- priomap(classes) do
      {:ok,
       struct!(__MODULE__, Map.merge(given, %{priomap: priomap, tc_entry: entries(entries)}))}
    end
  end

  # A schedule may be changed without the classes.
  defp priomap(classes) when classes == %{}, do: {:ok, nil}

  defp priomap(classes),
    do: with({:ok, fields} <- Qopt.fields(classes, false), do: {:ok, struct!(Qopt, fields)})

  defp entries(given) when given == %{}, do: nil

  defp entries(given) do
    sizes = given[:max_sdu] || []
    fps = given[:fp] || []

    for index <- 0..(max(length(sizes), length(fps)) - 1)//1,
        do: %TcEntry{index: index, max_sdu: Enum.at(sizes, index), fp: Enum.at(fps, index)}
  end
end

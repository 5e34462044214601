defmodule Linx.Netlink.Rtnl.Tc.Qdisc.Taprio.Entry do
  @moduledoc """
  Entry of a schedule: the gates that are open for a time.

  Kernel side: `TCA_TAPRIO_SCHED_ENTRY_*` of `include/uapi/linux/pkt_sched.h`.
  """

  use Linx.Netlink.Codec

  # TC_TAPRIO_CMD_* of include/uapi/linux/pkt_sched.h.
  @commands [set_gates: 0, set_and_hold: 1, set_and_release: 2]

  @u32 0..0xFFFFFFFF

  codec prefix: "TCA_TAPRIO_SCHED_ENTRY_" do
    attr 1, :index, :u32, "place in the schedule, from 0 on"
    attr 2, :cmd, {:enum, :u8, @commands}, "command", values: "TC_TAPRIO_CMD_"
    attr 3, :gate_mask, :u32, "classes of traffic that may send, a bit each"
    attr 4, :interval, :u32, "time, ns"
  end

  @doc false
  @spec cast(term()) :: {:ok, t()} | :error
  def cast({command, mask, interval}) when mask in @u32 and interval in @u32 do
    case command do
      "S" -> {:ok, %__MODULE__{cmd: :set_gates, gate_mask: mask, interval: interval}}
      "H" -> {:ok, %__MODULE__{cmd: :set_and_hold, gate_mask: mask, interval: interval}}
      "R" -> {:ok, %__MODULE__{cmd: :set_and_release, gate_mask: mask, interval: interval}}
      _ -> :error
    end
  end

  def cast(_other), do: :error
end

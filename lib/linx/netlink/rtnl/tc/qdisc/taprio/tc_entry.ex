defmodule Linx.Netlink.Rtnl.Tc.Qdisc.Taprio.TcEntry do
  @moduledoc """
  Settings of a class of traffic.

  Kernel side: `TCA_TAPRIO_TC_ENTRY_*` of `include/uapi/linux/pkt_sched.h`.
  """

  use Linx.Netlink.Codec

  alias Linx.Netlink.Rtnl.Tc.Qdisc.Mqprio

  codec prefix: "TCA_TAPRIO_TC_ENTRY_" do
    attr 1, :index, :u32, "class of traffic"
    attr 2, :max_sdu, :u32, "largest payload of a frame, bytes, 0 without a limit"
    attr 3, :fp, {:enum, :u32, Mqprio.TcEntry.fp()}, "frame preemption", values: "TC_FP_"
  end
end

defmodule Linx.Netlink.Rtnl.Tc.Qdisc.Pie.Xstats do
  @moduledoc """
  Counters of a proportional integral controller.

  Kernel side: `struct tc_pie_xstats` of `include/uapi/linux/pkt_sched.h`.
  """

  use Linx.Netlink.Codec

  codec do
    header "struct tc_pie_xstats", default: nil do
      field :prob, :u64, "probability to drop a packet, 2^64 for 1"
      field :delay, :u32, "delay, microseconds"
      field :avg_dq_rate, :u32, "estimated rate, bytes per second"
      field :dq_rate_estimating, {:bool, :u32}, "the rate is estimated"
      field :packets_in, :u32, "packets queued"
      field :dropped, :u32, "packets dropped early"
      field :overlimit, :u32, "packets dropped at the limit"
      field :maxq, :u32, "longest queue, packets"
      field :ecn_mark, :u32, "packets marked"
    end
  end
end

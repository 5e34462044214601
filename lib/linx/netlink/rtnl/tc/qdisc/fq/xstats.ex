defmodule Linx.Netlink.Rtnl.Tc.Qdisc.Fq.Xstats do
  @moduledoc """
  Counters of fair queueing.

  Kernel side: `struct tc_fq_qd_stats` of `include/uapi/linux/pkt_sched.h`. Fields that an older kernel does
  not have are `nil`.
  """

  use Linx.Netlink.Codec

  codec do
    header "struct tc_fq_qd_stats", default: nil do
      field :gc_flows, :u64, "idle flows that were freed"
      field :highprio_packets, :u64, "packets of the highest priority, of older kernels"
      field :tcp_retrans, :u64, "retransmitted packets of TCP, of older kernels"
      field :throttled, :u64, "times that a flow waited"
      field :flows_plimit, :u64, "packets dropped at the limit of a flow"
      field :pkts_too_long, :u64, "packets too large to be paced"
      field :allocation_errors, :u64, "flows for which there was no memory"
      field :time_next_delayed_flow, :s64, "time until the next waiting flow sends, ns"
      field :flows, :u32, "flows"
      field :inactive_flows, :u32, "flows without packets"
      field :throttled_flows, :u32, "flows that wait"
      field :unthrottle_latency_ns, :u32, "delay of the timer, ns"
      field :ce_mark, :u64, "packets marked above `ce_threshold`"
      field :horizon_drops, :u64, "packets beyond the horizon dropped"
      field :horizon_caps, :u64, "packets beyond the horizon sent at it"
      field :fastpath_packets, :u64, "packets that passed without a queue"
      field :band0_drops, :u64, "packets of band 0 dropped", c: {"band_drops", 0, 8}
      field :band1_drops, :u64, "packets of band 1 dropped", c: {"band_drops", 8, 8}
      field :band2_drops, :u64, "packets of band 2 dropped", c: {"band_drops", 16, 8}
      field :band0_pkt_count, :u32, "packets queued in band 0", c: {"band_pkt_count", 0, 4}
      field :band1_pkt_count, :u32, "packets queued in band 1", c: {"band_pkt_count", 4, 4}
      field :band2_pkt_count, :u32, "packets queued in band 2", c: {"band_pkt_count", 8, 4}
      pad 4
    end
  end
end

defmodule Linx.Netlink.Rtnl.Tc.Qdisc.Cake.Stats.Tin do
  @moduledoc """
  Counters of a class of traffic of CAKE.

  Kernel side: `TCA_CAKE_TIN_STATS_*` of `include/uapi/linux/pkt_sched.h`.
  """

  use Linx.Netlink.Codec

  codec prefix: "TCA_CAKE_TIN_STATS_" do
    attr 2, :sent_packets, :u32, "packets sent"
    attr 3, :sent_bytes64, :u64, "bytes sent"
    attr 4, :dropped_packets, :u32, "packets dropped"
    attr 5, :dropped_bytes64, :u64, "bytes dropped"
    attr 6, :acks_dropped_packets, :u32, "ACKs of TCP dropped"
    attr 7, :acks_dropped_bytes64, :u64, "bytes of ACKs dropped"
    attr 8, :ecn_marked_packets, :u32, "packets marked"
    attr 9, :ecn_marked_bytes64, :u64, "bytes of packets marked"
    attr 10, :backlog_packets, :u32, "packets in the queue"
    attr 11, :backlog_bytes, :u32, "bytes in the queue"

    attr 12,
         :threshold_rate64,
         :u64,
         "rate from which on the class has a lower priority, bytes per second"

    attr 13, :target_us, :u32, "acceptable delay, microseconds"

    attr 14,
         :interval_us,
         :u32,
         "time in which the delay must fall below the target, microseconds"

    attr 15, :way_indirect_hits, :u32, "flows in a queue that is not the first of their hash"
    attr 16, :way_misses, :u32, "flows that took an empty queue"
    attr 17, :way_collisions, :u32, "flows that share a queue"
    attr 18, :peak_delay_us, :u32, "largest delay, microseconds"
    attr 19, :avg_delay_us, :u32, "average delay, microseconds"
    attr 20, :base_delay_us, :u32, "smallest delay, microseconds"
    attr 21, :sparse_flows, :u32, "flows with few packets"
    attr 22, :bulk_flows, :u32, "flows with a queue"
    attr 23, :unresponsive_flows, :u32, "flows that do not react to drops"
    attr 24, :max_skblen, :u32, "largest packet, bytes"
    attr 25, :flow_quantum, :u32, "bytes that a flow sends in a round"
  end
end

defmodule Linx.Netlink.Rtnl.Tc.Qdisc.Cake.Stats do
  @moduledoc """
  Counters of CAKE: of the qdisc, or of a class, which is a flow.

  Kernel side: `TCA_CAKE_STATS_*` of `include/uapi/linux/pkt_sched.h`.
  """

  use Linx.Netlink.Codec

  alias __MODULE__.Tin

  codec prefix: "TCA_CAKE_STATS_" do
    attr 2, :capacity_estimate64, :u64, "estimated rate, bytes per second"
    attr 3, :memory_limit, :u32, "memory of the queue, bytes"
    attr 4, :memory_used, :u32, "largest memory in use, bytes"
    attr 5, :avg_netoff, :u32, "average place of the network header, bytes"

    attr 6,
         :min_netlen,
         :u32,
         "smallest packet, bytes of the network layer, 4294967295 before the first"

    attr 7, :max_netlen, :u32, "largest packet, bytes of the network layer"
    attr 8, :min_adjlen, :u32, "smallest packet with overhead, bytes, 4294967295 before the first"
    attr 9, :max_adjlen, :u32, "largest packet with overhead, bytes"

    attr 10, :tin_stats, {:array, Tin}, "counters of the classes of traffic, the lowest first"
    attr 11, :deficit, :s32, "bytes that the flow may send"
    attr 12, :cobalt_count, :u32, "packets dropped since the flow's delay is too large"
    attr 13, :dropping, {:bool, :u32}, "packets of the flow are dropped"
    attr 14, :drop_next_us, :s32, "time since the next packet was to be dropped, microseconds"
    attr 15, :p_drop, :u32, "probability that a packet is dropped, parts of 2^32"
    attr 16, :blue_timer_us, :s32, "time since that probability changed, microseconds"
    attr 17, :active_queues, :u32, "queues in use, of several CAKE qdiscs that share a rate"
  end
end

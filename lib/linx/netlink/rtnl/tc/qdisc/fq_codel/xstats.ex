defmodule Linx.Netlink.Rtnl.Tc.Qdisc.FqCodel.Xstats do
  @moduledoc """
  Counters of fair queueing with controlled delay: of the qdisc, or of one of its flows.

  Kernel side: `struct tc_fq_codel_xstats` of `include/uapi/linux/pkt_sched.h`.
  """

  use Linx.Netlink.Codec

  # TCA_FQ_CODEL_XSTATS_* of include/uapi/linux/pkt_sched.h. A flow has the numbers of `struct
  # tc_fq_codel_cl_stats` in the place of those of the qdisc.
  @types [qdisc: 0, class: 1]

  codec do
    header "struct tc_fq_codel_xstats", default: nil do
      field :type, {:enum, :u32, @types}, "what the counters are of",
        values: "TCA_FQ_CODEL_XSTATS_"

      field :maxpacket, :u32, "largest packet, bytes", c: {"qdisc_stats", 0, 4}
      field :drop_overlimit, :u32, "packets dropped at the limit", c: {"qdisc_stats", 4, 4}
      field :ecn_mark, :u32, "packets marked", c: {"qdisc_stats", 8, 4}
      field :new_flow_count, :u32, "packets that began a flow", c: {"qdisc_stats", 12, 4}
      field :new_flows_len, :u32, "new flows", c: {"qdisc_stats", 16, 4}
      field :old_flows_len, :u32, "old flows", c: {"qdisc_stats", 20, 4}
      field :ce_mark, :u32, "packets marked above `ce_threshold`", c: {"qdisc_stats", 24, 4}
      field :memory_usage, :u32, "memory in use, bytes", c: {"qdisc_stats", 28, 4}

      field :drop_overmemory, :u32, "packets dropped at the limit of memory",
        c: {"qdisc_stats", 32, 4}
    end
  end
end

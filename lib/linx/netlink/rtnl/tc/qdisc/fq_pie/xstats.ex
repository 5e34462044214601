defmodule Linx.Netlink.Rtnl.Tc.Qdisc.FqPie.Xstats do
  @moduledoc """
  Counters of fair queueing with a proportional integral controller.

  Kernel side: `struct tc_fq_pie_xstats` of `include/uapi/linux/pkt_sched.h`.
  """

  use Linx.Netlink.Codec

  codec do
    header "struct tc_fq_pie_xstats", default: nil do
      field :packets_in, :u32, "packets queued"
      field :dropped, :u32, "packets dropped early"
      field :overlimit, :u32, "packets dropped at the limit"
      field :overmemory, :u32, "packets dropped at the limit of memory"
      field :ecn_mark, :u32, "packets marked"
      field :new_flow_count, :u32, "packets that began a flow"
      field :new_flows_len, :u32, "new flows"
      field :old_flows_len, :u32, "old flows"
      field :memory_usage, :u32, "memory in use, bytes"
    end
  end
end

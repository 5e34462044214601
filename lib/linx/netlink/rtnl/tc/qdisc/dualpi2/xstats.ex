defmodule Linx.Netlink.Rtnl.Tc.Qdisc.Dualpi2.Xstats do
  @moduledoc """
  Counters of coupled queues: of the classic one, C, and that of low latency, L.

  Kernel side: `struct tc_dualpi2_xstats` of `include/uapi/linux/pkt_sched.h`.
  """

  use Linx.Netlink.Codec

  codec do
    header "struct tc_dualpi2_xstats" do
      field :prob, :u32, "probability that a packet is dropped or marked, parts of 2^32"
      field :delay_c, :u32, "delay of the queue C, microseconds"
      field :delay_l, :u32, "delay of the queue L, microseconds"
      field :packets_in_c, :u32, "packets that came into the queue C"
      field :packets_in_l, :u32, "packets that came into the queue L"
      field :maxq, :u32, "largest length of both queues, packets"
      field :ecn_mark, :u32, "packets marked"
      field :step_marks, :u32, "packets marked above `step_thresh`"
      field :credit, :s32, "credit of the queue C"
      field :memory_used, :u32, "memory in use, bytes"
      field :max_memory_used, :u32, "largest memory in use, bytes"
      field :memory_limit, :u32, "memory of both queues, bytes"
    end
  end
end

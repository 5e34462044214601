defmodule Linx.Netlink.Rtnl.Tc.Qdisc.FqCodel.Flow do
  @moduledoc """
  Counters of a flow of fair queueing with controlled delay, which is a class of the qdisc.

  Kernel side: `struct tc_fq_codel_cl_stats` of `include/uapi/linux/pkt_sched.h`.
  """

  use Linx.Netlink.Codec

  codec do
    header "struct tc_fq_codel_cl_stats" do
      field :deficit, :s32, "bytes that the flow may still send in this round"
      field :ldelay, :u32, "delay of the last packet sent, microseconds"
      field :count, :u32, "packets dropped or marked in this dropping state"
      field :lastcount, :u32, "`count` at the begin of this dropping state"
      field :dropping, {:bool, :u32}, "packets are dropped until the delay is short"
      field :drop_next, :s32, "time until the next drop, microseconds"
    end
  end
end

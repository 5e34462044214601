defmodule Linx.Netlink.Rtnl.Tc.Qdisc.Sfq.Xstats do
  @moduledoc """
  Counters of a flow of stochastic fairness queueing, a class.

  Kernel side: `struct tc_sfq_xstats` of `include/uapi/linux/pkt_sched.h`.
  """

  use Linx.Netlink.Codec

  codec do
    header "struct tc_sfq_xstats", default: nil do
      field :allot, :s32, "bytes that the flow may send in this round"
    end
  end
end

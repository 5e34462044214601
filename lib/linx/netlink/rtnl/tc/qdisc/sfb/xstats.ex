defmodule Linx.Netlink.Rtnl.Tc.Qdisc.Sfb.Xstats do
  @moduledoc """
  Counters of stochastic fair blue.

  Kernel side: `struct tc_sfb_xstats` of `include/uapi/linux/pkt_sched.h`.
  """

  use Linx.Netlink.Codec

  codec do
    header "struct tc_sfb_xstats", default: nil do
      field :earlydrop, :u32, "packets dropped early"
      field :penaltydrop, :u32, "packets of inelastic flows dropped"
      field :bucketdrop, :u32, "packets dropped at the limit of a bin"
      field :queuedrop, :u32, "packets dropped at the limit"
      field :childdrop, :u32, "packets dropped by the inner qdisc"
      field :marked, :u32, "packets marked"
      field :maxqlen, :u32, "longest bin, packets"
      field :maxprob, :u32, "largest probability of a bin, 65535 for 1"
      field :avgprob, :u32, "mean probability of the bins, 65535 for 1"
    end
  end
end

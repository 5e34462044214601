defmodule Linx.Netlink.Rtnl.Tc.Class.Qfq.Xstats do
  @moduledoc """
  State of a class of quick fair queueing.

  Kernel side: `struct tc_qfq_stats` of `include/uapi/linux/pkt_sched.h`.
  """

  use Linx.Netlink.Codec

  codec do
    header "struct tc_qfq_stats" do
      field :weight, :u32, "weight"
      field :lmax, :u32, "largest packet, bytes"
    end
  end
end

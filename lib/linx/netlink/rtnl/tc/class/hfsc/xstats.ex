defmodule Linx.Netlink.Rtnl.Tc.Class.Hfsc.Xstats do
  @moduledoc """
  Counters of a class of hierarchical fair service curves.

  Kernel side: `struct tc_hfsc_stats` of `include/uapi/linux/pkt_sched.h`.
  """

  use Linx.Netlink.Codec

  codec do
    header "struct tc_hfsc_stats" do
      field :work, :u64, "bytes sent"
      field :rtwork, :u64, "bytes sent by the real time curve"
      field :period, :u32, "times that the class had packets"
      field :level, :u32, "level in the hierarchy, 0 for a leaf"
    end
  end
end

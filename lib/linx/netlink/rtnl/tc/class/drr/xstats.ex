defmodule Linx.Netlink.Rtnl.Tc.Class.Drr.Xstats do
  @moduledoc """
  Counters of a class of deficit round robin.

  Kernel side: `struct tc_drr_stats` of `include/uapi/linux/pkt_sched.h`.
  """

  use Linx.Netlink.Codec

  codec do
    header "struct tc_drr_stats" do
      field :deficit, :u32, "bytes that the class may send in this round"
    end
  end
end

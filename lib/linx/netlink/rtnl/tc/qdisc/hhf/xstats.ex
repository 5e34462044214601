defmodule Linx.Netlink.Rtnl.Tc.Qdisc.Hhf.Xstats do
  @moduledoc """
  Counters of the filter of heavy hitters.

  Kernel side: `struct tc_hhf_xstats` of `include/uapi/linux/pkt_sched.h`.
  """

  use Linx.Netlink.Codec

  codec do
    header "struct tc_hhf_xstats", default: nil do
      field :drop_overlimit, :u32, "packets dropped at the limit"
      field :hh_overlimit, :u32, "heavy hitters beyond the limit of their number"
      field :hh_tot_count, :u32, "heavy hitters found"
      field :hh_cur_count, :u32, "heavy hitters at present"
    end
  end
end

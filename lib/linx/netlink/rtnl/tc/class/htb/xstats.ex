defmodule Linx.Netlink.Rtnl.Tc.Class.Htb.Xstats do
  @moduledoc """
  Counters of a class of a hierarchical token bucket.

  Kernel side: `struct tc_htb_xstats` of `include/uapi/linux/pkt_sched.h`.
  """

  use Linx.Netlink.Codec

  codec do
    header "struct tc_htb_xstats" do
      field :lends, :u32, "packets sent at the class's own rate"
      field :borrows, :u32, "packets sent at the rate of a parent"
      field :giants, :u32, "packets larger than the rate table"
      field :tokens, :s32, "tokens of the guaranteed rate, ticks"
      field :ctokens, :s32, "tokens of the largest rate, ticks"
    end
  end
end

defmodule Linx.Netlink.Rtnl.Tc.Qdisc.Red.Xstats do
  @moduledoc """
  Counters of random early detection.

  Kernel side: `struct tc_red_xstats` of `include/uapi/linux/pkt_sched.h`.
  """

  use Linx.Netlink.Codec

  codec do
    header "struct tc_red_xstats", default: nil do
      field :early, :u32, "packets dropped early"
      field :pdrop, :u32, "packets dropped at the limit"
      field :other, :u32, "packets dropped otherwise"
      field :marked, :u32, "packets marked"
    end
  end
end

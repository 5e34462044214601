defmodule Linx.Netlink.Rtnl.Tc.Qdisc.Choke.Xstats do
  @moduledoc """
  Counters of CHOKe.

  Kernel side: `struct tc_choke_xstats` of `include/uapi/linux/pkt_sched.h`.
  """

  use Linx.Netlink.Codec

  codec do
    header "struct tc_choke_xstats", default: nil do
      field :early, :u32, "packets dropped early"
      field :pdrop, :u32, "packets dropped at the limit"
      field :other, :u32, "packets dropped otherwise"
      field :marked, :u32, "packets marked"
      field :matched, :u32, "packets dropped for another one of their flow"
    end
  end
end

defmodule Linx.Netlink.Rtnl.Tc.Qdisc.Codel.Xstats do
  @moduledoc """
  Counters of controlled delay.

  Kernel side: `struct tc_codel_xstats` of `include/uapi/linux/pkt_sched.h`.
  """

  use Linx.Netlink.Codec

  codec do
    header "struct tc_codel_xstats", default: nil do
      field :maxpacket, :u32, "largest packet, bytes"
      field :count, :u32, "packets dropped since dropping began"
      field :lastcount, :u32, "the same when dropping began"
      field :ldelay, :u32, "delay of the last packet, microseconds"
      field :drop_next, :s32, "time until the next packet is dropped, microseconds"
      field :drop_overlimit, :u32, "packets dropped at the limit"
      field :ecn_mark, :u32, "packets marked"
      field :dropping, {:bool, :u32}, "packets are being dropped"
      field :ce_mark, :u32, "packets marked above `ce_threshold`"
    end
  end
end

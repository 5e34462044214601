defmodule Linx.Netlink.Rtnl.Tc.Qdisc.Gred.Vq do
  @moduledoc """
  Counters and flags of a virtual queue.

  Kernel side: `TCA_GRED_VQ_*` of `include/uapi/linux/pkt_sched.h`.
  """

  use Linx.Netlink.Codec

  alias Linx.Netlink.Rtnl.Tc.Qdisc.Red.Early

  codec prefix: "TCA_GRED_VQ_" do
    attr 2, :dp, :u32, "number of the queue"
    attr 3, :stat_bytes, :u64, "bytes queued", volatile: true
    attr 4, :stat_packets, :u32, "packets queued", volatile: true
    attr 5, :stat_backlog, :u32, "length at present, bytes", volatile: true
    attr 6, :stat_prob_drop, :u32, "packets dropped at random", volatile: true
    attr 7, :stat_prob_mark, :u32, "packets marked at random", volatile: true
    attr 8, :stat_forced_drop, :u32, "packets dropped above the upper threshold", volatile: true
    attr 9, :stat_forced_mark, :u32, "packets marked above the upper threshold", volatile: true
    attr 10, :stat_pdrop, :u32, "packets dropped at the limit", volatile: true
    attr 11, :stat_other, :u32, "packets dropped otherwise", volatile: true
    attr 12, :flags, {:flags, :u32, Early.flags()}, "flags", values: Early.values()
  end
end

defmodule Linx.Netlink.Rtnl.Tc.Qdisc.Taprio.Stats do
  @moduledoc """
  Counters of a time aware shaper in hardware, in `stats2.app`.

  Kernel side: `TCA_TAPRIO_OFFLOAD_STATS_*` of `include/uapi/linux/pkt_sched.h`.
  """

  use Linx.Netlink.Codec

  codec prefix: "TCA_TAPRIO_OFFLOAD_STATS_" do
    attr 2, :window_drops, :u64, "frames dropped that did not fit a window"
    attr 3, :tx_overruns, :u64, "frames sent beyond their window"
  end
end

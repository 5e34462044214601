defmodule Linx.Netlink.Rtnl.Tc.Qdisc.Netem.Xstats do
  @moduledoc """
  Counters of an emulated network, from Linux 7.2 on.

  Kernel side: `struct tc_netem_xstats` of `include/uapi/linux/pkt_sched.h`.
  """

  use Linx.Netlink.Codec

  codec do
    header "struct tc_netem_xstats", default: nil do
      field :delayed, :u64, "packets delayed"
      field :dropped, :u64, "packets lost"
      field :corrupted, :u64, "packets of which a bit was changed"
      field :duplicated, :u64, "packets duplicated"
      field :reordered, :u64, "packets sent without the delay"
      field :ecn_marked, :u64, "packets marked"
      field :allocation_errors, :u64, "packets for which there was no memory"
    end
  end
end

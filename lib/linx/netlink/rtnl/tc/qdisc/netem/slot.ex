defmodule Linx.Netlink.Rtnl.Tc.Qdisc.Netem.Slot do
  @moduledoc """
  Slots of an emulated network: packets wait for the next slot, and are sent together.

  Kernel side: `struct tc_netem_slot` of `include/uapi/linux/pkt_sched.h`.
  """

  use Linx.Netlink.Codec

  codec do
    header "struct tc_netem_slot" do
      field :min_delay, :s64, "shortest time between slots, ns"
      field :max_delay, :s64, "longest time between slots, ns"
      field :max_packets, :s32, "packets of a slot, 0 for no limit"
      field :max_bytes, :s32, "bytes of a slot, 0 for no limit"
      field :dist_delay, :s64, "mean time between slots, ns, with a distribution"
      field :dist_jitter, :s64, "jitter of that time, ns, 0 without a distribution"
    end
  end
end

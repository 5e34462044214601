defmodule Linx.Netlink.Rtnl.Tc.Qdisc.Netem.Chance do
  @moduledoc """
  Probability that a packet of an emulated network is reordered, or corrupted.

  Kernel side: `struct tc_netem_reorder` of `include/uapi/linux/pkt_sched.h`, and `struct tc_netem_corrupt`,
  which has the same fields.
  """

  use Linx.Netlink.Codec

  codec do
    header "struct tc_netem_reorder" do
      field :probability, :u32, "probability, 4294967295 for 100 %"
      field :correlation, :u32, "correlation, 4294967295 for 100 %"
    end
  end
end

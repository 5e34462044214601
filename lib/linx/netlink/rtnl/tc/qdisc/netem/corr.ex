defmodule Linx.Netlink.Rtnl.Tc.Qdisc.Netem.Corr do
  @moduledoc """
  Correlations of an emulated network: how much a random number depends on the one before.

  Kernel side: `struct tc_netem_corr` of `include/uapi/linux/pkt_sched.h`.
  """

  use Linx.Netlink.Codec

  codec do
    header "struct tc_netem_corr" do
      field :delay_corr, :u32, "correlation of the jitter, 4294967295 for 100 %"
      field :loss_corr, :u32, "correlation of the loss, 4294967295 for 100 %"
      field :dup_corr, :u32, "correlation of duplicates, 4294967295 for 100 %"
    end
  end
end

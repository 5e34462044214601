defmodule Linx.Netlink.Rtnl.Tc.Stats.RateEst do
  @moduledoc """
  Rates that a rate estimator has found.

  Kernel side: `struct gnet_stats_rate_est` of `include/uapi/linux/gen_stats.h`.
  """

  use Linx.Netlink.Codec

  codec do
    header "struct gnet_stats_rate_est" do
      field :bps, :u32, "bytes per second"
      field :pps, :u32, "packets per second"
    end
  end
end

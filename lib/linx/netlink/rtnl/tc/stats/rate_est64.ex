defmodule Linx.Netlink.Rtnl.Tc.Stats.RateEst64 do
  @moduledoc """
  Rates that a rate estimator has found, of 64 bits.

  Kernel side: `struct gnet_stats_rate_est64` of `include/uapi/linux/gen_stats.h`.
  """

  use Linx.Netlink.Codec

  codec do
    header "struct gnet_stats_rate_est64" do
      field :bps, :u64, "bytes per second"
      field :pps, :u64, "packets per second"
    end
  end
end

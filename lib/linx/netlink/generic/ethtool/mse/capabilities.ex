defmodule Linx.Netlink.Generic.Ethtool.Mse.Capabilities do
  @moduledoc """
  Scale of the mean square error.

  Kernel side: `ETHTOOL_A_MSE_CAPABILITIES_*` of `include/uapi/linux/ethtool_netlink.h`.
  """

  use Linx.Netlink.Codec

  codec prefix: "ETHTOOL_A_MSE_CAPABILITIES_" do
    attr 1, :max_average_mse, :uint, "largest average"
    attr 2, :max_peak_mse, :uint, "largest peak"
    attr 3, :refresh_rate_ps, :uint, "interval of updates, ps"
    attr 4, :num_symbols, :uint, "symbols of a sample"
  end
end

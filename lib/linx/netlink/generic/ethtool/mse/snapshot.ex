defmodule Linx.Netlink.Generic.Ethtool.Mse.Snapshot do
  @moduledoc """
  Mean square error of one channel, on the driver's scale.

  Kernel side: `ETHTOOL_A_MSE_SNAPSHOT_*` of `include/uapi/linux/ethtool_netlink.h`.
  """

  use Linx.Netlink.Codec

  codec prefix: "ETHTOOL_A_MSE_SNAPSHOT_" do
    attr 1, :average_mse, :uint, "average", volatile: true
    attr 2, :peak_mse, :uint, "peak", volatile: true
    attr 3, :worst_peak_mse, :uint, "largest peak since the last request", volatile: true
  end
end

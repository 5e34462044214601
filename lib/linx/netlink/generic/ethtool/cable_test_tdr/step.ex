defmodule Linx.Netlink.Generic.Ethtool.CableTestTdr.Step do
  @moduledoc """
  Distances at which reflections were measured.

  Kernel side: `ETHTOOL_A_CABLE_STEP_*` of `include/uapi/linux/ethtool_netlink.h`.
  """

  use Linx.Netlink.Codec

  codec prefix: "ETHTOOL_A_CABLE_STEP_" do
    attr 1, :first_distance, :u32, "first distance, cm"
    attr 2, :last_distance, :u32, "last distance, cm"
    attr 3, :step_distance, :u32, "difference of two distances, cm"
  end
end

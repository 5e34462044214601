defmodule Linx.Netlink.Generic.Ethtool.CableTestTdr.Pulse do
  @moduledoc """
  Pulse of a cable test.

  Kernel side: `ETHTOOL_A_CABLE_PULSE_*` of `include/uapi/linux/ethtool_netlink.h`.
  """

  use Linx.Netlink.Codec

  codec prefix: "ETHTOOL_A_CABLE_PULSE_" do
    attr 1, :mv, :s16, "amplitude, mV", c: "ETHTOOL_A_CABLE_PULSE_mV"
  end
end

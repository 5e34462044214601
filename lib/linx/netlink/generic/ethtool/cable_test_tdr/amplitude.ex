defmodule Linx.Netlink.Generic.Ethtool.CableTestTdr.Amplitude do
  @moduledoc """
  Reflection at one distance.

  Kernel side: `ETHTOOL_A_CABLE_AMPLITUDE_*` of `include/uapi/linux/ethtool_netlink.h`.
  """

  use Linx.Netlink.Codec

  alias Linx.Netlink.Generic.Ethtool.CableTest

  codec prefix: "ETHTOOL_A_CABLE_AMPLITUDE_" do
    attr 1, :pair, {:enum, :u8, CableTest.pairs()}, "pair", values: "ETHTOOL_A_CABLE_PAIR_"

    attr 2, :mv, :s16, "amplitude, mV", c: "ETHTOOL_A_CABLE_AMPLITUDE_mV"
  end
end

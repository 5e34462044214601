defmodule Linx.Netlink.Generic.Ethtool.CableTest.FaultLength do
  @moduledoc """
  Distance of the fault of a pair.

  Kernel side: `ETHTOOL_A_CABLE_FAULT_LENGTH_*` of `include/uapi/linux/ethtool_netlink.h`.
  """

  use Linx.Netlink.Codec

  alias Linx.Netlink.Generic.Ethtool.CableTest

  codec prefix: "ETHTOOL_A_CABLE_FAULT_LENGTH_" do
    attr 1, :pair, {:enum, :u8, CableTest.pairs()}, "pair", values: "ETHTOOL_A_CABLE_PAIR_"

    attr 2, :cm, :u32, "distance, cm"

    attr 3, :src, {:enum, :u32, CableTest.sources()}, "method", values: "ETHTOOL_A_CABLE_INF_SRC_"
  end
end

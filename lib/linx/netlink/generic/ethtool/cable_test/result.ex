defmodule Linx.Netlink.Generic.Ethtool.CableTest.Result do
  @moduledoc """
  Result of a cable test for one pair.

  Kernel side: `ETHTOOL_A_CABLE_RESULT_*` of `include/uapi/linux/ethtool_netlink.h`.
  """

  use Linx.Netlink.Codec

  alias Linx.Netlink.Generic.Ethtool.CableTest

  @codes [
    unspec: 0,
    ok: 1,
    open: 2,
    same_short: 3,
    cross_short: 4,
    impedance_mismatch: 5,
    noise: 6,
    resolution_not_possible: 7
  ]

  codec prefix: "ETHTOOL_A_CABLE_RESULT_" do
    attr 1, :pair, {:enum, :u8, CableTest.pairs()}, "pair", values: "ETHTOOL_A_CABLE_PAIR_"

    attr 2, :code, {:enum, :u8, @codes}, "result", values: "ETHTOOL_A_CABLE_RESULT_CODE_"

    attr 3, :src, {:enum, :u32, CableTest.sources()}, "method", values: "ETHTOOL_A_CABLE_INF_SRC_"
  end
end

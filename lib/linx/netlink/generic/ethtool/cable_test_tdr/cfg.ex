defmodule Linx.Netlink.Generic.Ethtool.CableTestTdr.Cfg do
  @moduledoc """
  Distances and pair of a cable test by reflections.

  Kernel side: `ETHTOOL_A_CABLE_TEST_TDR_CFG_*` of `include/uapi/linux/ethtool_netlink.h`.
  """

  use Linx.Netlink.Codec
  use Linx.Netlink.Options

  alias Linx.Netlink.Generic.Ethtool.CableTest

  codec prefix: "ETHTOOL_A_CABLE_TEST_TDR_CFG_" do
    attr 1, :first, :u32, "first distance, cm"
    attr 2, :last, :u32, "last distance, cm"
    attr 3, :step, :u32, "difference of two distances, cm"

    attr 4, :pair, {:enum, :u8, CableTest.pairs()}, "pair, all if not given",
      values: "ETHTOOL_A_CABLE_PAIR_"
  end

  options(
    first: {0..0xFFFFFFFF, "first distance, cm"},
    last: {0..0xFFFFFFFF, "last distance, cm"},
    step: {1..0xFFFFFFFF, "difference of two distances, cm"},
    pair: {{:enum, CableTest.pairs()}, "pair, all if not given", values: "ETHTOOL_A_CABLE_PAIR_"}
  )
end

defmodule Linx.Netlink.Generic.Ethtool.CableTestTdr.Act do
  @moduledoc """
  Request of a cable test by reflections.

  Kernel side: `ETHTOOL_A_CABLE_TEST_TDR_*` of `include/uapi/linux/ethtool_netlink.h`.
  """

  use Linx.Netlink.Codec

  alias Linx.Netlink.Generic.Header
  alias Linx.Netlink.Generic.Ethtool.CableTestTdr.Cfg
  alias Linx.Netlink.Generic.Ethtool.Dev

  codec prefix: "ETHTOOL_A_CABLE_TEST_TDR_" do
    header Header
    attr 1, :dev, {:nested, Dev}, "the link", c: "ETHTOOL_A_CABLE_TEST_TDR_HEADER"
    attr 2, :cfg, {:nested, Cfg}, "distances and pair"
  end
end

defmodule Linx.Netlink.Generic.Ethtool.CableTestTdr do
  @moduledoc """
  Raw result of a cable test by reflections (TDR), in a notification.

  Kernel side: `ETHTOOL_A_CABLE_TEST_TDR_NTF_*` of `include/uapi/linux/ethtool_netlink.h`.
  """

  use Linx.Netlink.Codec

  alias Linx.Netlink.Generic.Header
  alias Linx.Netlink.Generic.Ethtool.Dev
  alias __MODULE__.Nest

  @status [started: 1, completed: 2]

  codec prefix: "ETHTOOL_A_CABLE_TEST_TDR_NTF_" do
    header Header
    attr 1, :dev, {:nested, Dev}, "the link", c: "ETHTOOL_A_CABLE_TEST_TDR_NTF_HEADER"

    attr 2, :status, {:enum, :u8, @status}, "progress of the test",
      values: "ETHTOOL_A_CABLE_TEST_NTF_STATUS_"

    attr 3, :nest, {:nested, Nest}, "measurements"
  end
end

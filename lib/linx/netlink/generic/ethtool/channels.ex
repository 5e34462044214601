defmodule Linx.Netlink.Generic.Ethtool.Channels do
  @moduledoc """
  Channels of a link: queues with an interrupt.

  Kernel side: `ETHTOOL_A_CHANNELS_*` of `include/uapi/linux/ethtool_netlink.h`.
  """

  use Linx.Netlink.Codec
  use Linx.Netlink.Options

  alias Linx.Netlink.Generic.Header
  alias Linx.Netlink.Generic.Ethtool.Dev

  codec prefix: "ETHTOOL_A_CHANNELS_" do
    header Header
    attr 1, :dev, {:nested, Dev}, "the link", c: "ETHTOOL_A_CHANNELS_HEADER"
    attr 2, :rx_max, :u32, "largest number of channels that receive"
    attr 3, :tx_max, :u32, "largest number of channels that send"
    attr 4, :other_max, :u32, "largest number of other channels"
    attr 5, :combined_max, :u32, "largest number of channels that receive and send"
    attr 6, :rx_count, :u32, "number of channels that receive"
    attr 7, :tx_count, :u32, "number of channels that send"
    attr 8, :other_count, :u32, "number of other channels"
    attr 9, :combined_count, :u32, "number of channels that receive and send"
  end

  options(
    rx_count: {0..0xFFFFFFFF, "number of channels that receive"},
    tx_count: {0..0xFFFFFFFF, "number of channels that send"},
    other_count: {0..0xFFFFFFFF, "number of other channels"},
    combined_count: {0..0xFFFFFFFF, "number of channels that receive and send"}
  )
end

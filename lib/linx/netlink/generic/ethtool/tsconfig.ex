defmodule Linx.Netlink.Generic.Ethtool.Tsconfig do
  @moduledoc """
  Timestamps that the hardware of a link makes. From Linux 6.14.

  Kernel side: `ETHTOOL_A_TSCONFIG_*` of `include/uapi/linux/ethtool_netlink.h`.
  """

  use Linx.Netlink.Codec
  use Linx.Netlink.Options

  alias Linx.Netlink.Generic.Header
  alias Linx.Netlink.Generic.Ethtool.{Bits, Bitset, Dev}
  alias Linx.Netlink.Generic.Ethtool.Tsinfo.HwtstampProvider

  codec prefix: "ETHTOOL_A_TSCONFIG_" do
    header Header
    attr 1, :dev, {:nested, Dev}, "the link", c: "ETHTOOL_A_TSCONFIG_HEADER"
    attr 2, :hwtstamp_provider, {:nested, HwtstampProvider}, "hardware that makes timestamps"
    attr 3, :tx_types, {:nested, Bitset}, "timestamps of sent packets", as: Bits
    attr 4, :rx_filters, {:nested, Bitset}, "received packets that get timestamps", as: Bits
    attr 5, :hwtstamp_flags, {:nested, Bitset}, "flags", as: Bits
  end

  options(
    hwtstamp_provider: {HwtstampProvider.option(), "hardware that makes timestamps"},
    tx_types: {Bits.option(), "timestamps of sent packets, one type"},
    rx_filters: {Bits.option(), "received packets that get timestamps, one filter"},
    hwtstamp_flags: {Bits.option(), "flags"}
  )
end

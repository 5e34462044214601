defmodule Linx.Netlink.Generic.Ethtool.Tsinfo do
  @moduledoc """
  Timestamps that a link can make.

  Kernel side: `ETHTOOL_A_TSINFO_*` of `include/uapi/linux/ethtool_netlink.h`.
  """

  use Linx.Netlink.Codec

  alias Linx.Netlink.Generic.Header
  alias Linx.Netlink.Generic.Ethtool.{Bits, Bitset, Dev}
  alias __MODULE__.{Counters, HwtstampProvider}

  # enum hwtstamp_source.
  @sources [netdev: 1, phylib: 2]

  codec prefix: "ETHTOOL_A_TSINFO_" do
    header Header
    attr 1, :dev, {:nested, Dev}, "the link", c: "ETHTOOL_A_TSINFO_HEADER"
    attr 2, :timestamping, {:nested, Bitset}, "kinds of timestamps", as: Bits
    attr 3, :tx_types, {:nested, Bitset}, "timestamps of sent packets by the hardware", as: Bits

    attr 4,
         :rx_filters,
         {:nested, Bitset},
         "received packets that get timestamps of the hardware",
         as: Bits

    attr 5, :phc_index, :u32, "index of the hardware clock, N of `/dev/ptpN`"
    attr 6, :stats, {:nested, Counters}, "counters, with `include_statistics: true`"
    attr 7, :hwtstamp_provider, {:nested, HwtstampProvider}, "hardware that makes timestamps"

    attr 8, :hwtstamp_source, {:enum, :u32, @sources}, "place of that hardware",
      values: "HWTSTAMP_SOURCE_"

    attr 9, :hwtstamp_phyindex, :u32, "index of the PHY that makes timestamps"
  end
end

defmodule Linx.Netlink.Generic.Ethtool.Pause do
  @moduledoc """
  Pause frames of a link.

  Kernel side: `ETHTOOL_A_PAUSE_*` of `include/uapi/linux/ethtool_netlink.h`.
  """

  use Linx.Netlink.Codec
  use Linx.Netlink.Options

  alias Linx.Netlink.Generic.Header
  alias Linx.Netlink.Generic.Ethtool.{Dev, Stats}
  alias __MODULE__.Counters

  codec prefix: "ETHTOOL_A_PAUSE_" do
    header Header
    attr 1, :dev, {:nested, Dev}, "the link", c: "ETHTOOL_A_PAUSE_HEADER"
    attr 2, :autoneg, {:bool, :u8}, "pausing is negotiated"
    attr 3, :rx, {:bool, :u8}, "received pause frames count"
    attr 4, :tx, {:bool, :u8}, "pause frames are sent"
    attr 5, :stats, {:nested, Counters}, "counters, with `include_statistics: true`"

    attr 6, :stats_src, {:enum, :u32, Stats.sources()}, "MAC whose counters these are",
      values: "ETHTOOL_MAC_STATS_SRC_"
  end

  options(
    autoneg: {:bool, "negotiate pausing"},
    rx: {:bool, "obey received pause frames"},
    tx: {:bool, "send pause frames"}
  )

  @doc false
  # The table of options of a request.
  def query,
    do: [
      stats_src:
        {{:enum, Stats.sources()}, "MAC whose counters are read, with `include_statistics: true`"}
    ]
end

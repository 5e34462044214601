defmodule Linx.Netlink.Generic.Ethtool.Pause.Counters do
  @moduledoc """
  Counters of pause frames; `nil` where the driver has none.

  Kernel side: `ETHTOOL_A_PAUSE_STAT_*` of `include/uapi/linux/ethtool_netlink.h`.
  """

  use Linx.Netlink.Codec

  codec prefix: "ETHTOOL_A_PAUSE_STAT_" do
    attr 2, :tx_frames, :u64, "sent pause frames", volatile: true
    attr 3, :rx_frames, :u64, "received pause frames", volatile: true

    attr 4, :tx_pause_storm_events, :u64, "how often sending of pause frames was stopped",
      volatile: true
  end
end

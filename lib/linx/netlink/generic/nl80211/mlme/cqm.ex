defmodule Linx.Netlink.Generic.Nl80211.Mlme.Cqm do
  @moduledoc """
  Quality of a connection: an event of a threshold.

  Kernel side: `NL80211_ATTR_CQM_*` of `include/uapi/linux/nl80211.h`.
  """

  use Linx.Netlink.Codec

  # NL80211_CQM_RSSI_THRESHOLD_EVENT_* of include/uapi/linux/nl80211.h.
  @events [low: 0, high: 1]

  codec prefix: "NL80211_ATTR_CQM_" do
    attr 3, :rssi_threshold_event, {:enum, :u32, @events}, "which side of the threshold",
      values: "NL80211_CQM_RSSI_THRESHOLD_EVENT_"

    attr 4, :pkt_loss_event, :u32, "packets in a row that were not acknowledged"
    attr 5, :txe_rate, :u32, "share of failed packets, percent"
    attr 6, :txe_pkts, :u32, "packets that were tried"
    attr 7, :txe_intvl, :u32, "interval, s"
    attr 8, :beacon_loss_event, :flag, "beacons were lost"
    attr 9, :rssi_level, :s32, "signal, dBm"
  end
end

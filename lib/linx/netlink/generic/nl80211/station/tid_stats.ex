defmodule Linx.Netlink.Generic.Nl80211.Station.TidStats do
  @moduledoc """
  Counters of a traffic id.

  Kernel side: `NL80211_TID_STATS_*` of `include/uapi/linux/nl80211.h`.
  """

  use Linx.Netlink.Codec

  alias Linx.Netlink.Generic.Nl80211.TxqStats

  codec prefix: "NL80211_TID_STATS_" do
    attr 1, :rx_msdu, :u64, "frames received", volatile: true
    attr 2, :tx_msdu, :u64, "frames sent, or tried", volatile: true
    attr 3, :tx_msdu_retries, :u64, "retries, the first try not counted", volatile: true
    attr 4, :tx_msdu_failed, :u64, "frames that could not be sent", volatile: true
    attr 6, :txq_stats, {:nested, TxqStats}, "counters of the transmit queue", volatile: true
  end
end

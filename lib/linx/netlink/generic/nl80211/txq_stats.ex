defmodule Linx.Netlink.Generic.Nl80211.TxqStats do
  @moduledoc """
  Counters of transmit queues.

  Kernel side: `NL80211_TXQ_STATS_*` of `include/uapi/linux/nl80211.h`.
  """

  use Linx.Netlink.Codec

  codec prefix: "NL80211_TXQ_STATS_" do
    attr 1, :backlog_bytes, :u32, "bytes in the queue", volatile: true
    attr 2, :backlog_packets, :u32, "packets in the queue", volatile: true
    attr 3, :flows, :u32, "flows that were seen", volatile: true
    attr 4, :drops, :u32, "packets that were dropped", volatile: true
    attr 5, :ecn_marks, :u32, "packets that were marked", volatile: true
    attr 6, :overlimit, :u32, "packets dropped because the queue was full", volatile: true

    attr 7, :overmemory, :u32, "packets dropped because the queue had too many bytes",
      volatile: true

    attr 8, :collisions, :u32, "flows that had the place of another", volatile: true
    attr 9, :tx_bytes, :u32, "bytes that were sent", volatile: true
    attr 10, :tx_packets, :u32, "packets that were sent", volatile: true
    attr 11, :max_flows, :u32, "limit of the flows"
  end
end

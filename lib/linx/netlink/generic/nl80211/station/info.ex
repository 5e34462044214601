defmodule Linx.Netlink.Generic.Nl80211.Station.Info do
  @moduledoc """
  Properties and counters of a station.

  Kernel side: `NL80211_STA_INFO_*` of `include/uapi/linux/nl80211.h`.

  `signal`, `signal_avg` and the signals of chains are in dBm; `tx_bitrate` and `rx_bitrate` in
  1/10 Mb/s, see `Linx.Netlink.Generic.Nl80211.RateInfo.mbits/1`.
  """

  use Linx.Netlink.Codec

  alias Linx.Netlink.Generic.Nl80211.{Names, RateInfo, StaFlags}
  alias Linx.Netlink.Generic.Nl80211.Station.{BssParam, TidStats}

  # NL80211_PLINK_* of include/uapi/linux/nl80211.h.
  @plink_states [
    listen: 0,
    opn_snt: 1,
    opn_rcvd: 2,
    cnf_rcvd: 3,
    estab: 4,
    holding: 5,
    blocked: 6
  ]

  codec prefix: "NL80211_STA_INFO_" do
    attr 1, :inactive_time, :u32, "time since the last activity, ms", volatile: true
    attr 2, :rx_bytes, :u32, "bytes received, the lower 32 bits", volatile: true
    attr 3, :tx_bytes, :u32, "bytes sent, the lower 32 bits", volatile: true
    attr 4, :llid, :u16, "link id of the mesh peer link, this end"
    attr 5, :plid, :u16, "link id of the mesh peer link, other end"

    attr 6, :plink_state, {:enum, :u8, @plink_states}, "state of the mesh peer link",
      values: "NL80211_PLINK_"

    attr 7, :signal, :s8, "signal of the last frame, dBm", volatile: true

    attr 8, :tx_bitrate, {:nested, RateInfo}, "rate of the last frame that was sent",
      volatile: true

    attr 9, :rx_packets, :u32, "packets received", volatile: true
    attr 10, :tx_packets, :u32, "packets sent", volatile: true
    attr 11, :tx_retries, :u32, "retries", volatile: true
    attr 12, :tx_failed, :u32, "packets that could not be sent", volatile: true
    attr 13, :signal_avg, :s8, "average signal, dBm", volatile: true

    attr 14, :rx_bitrate, {:nested, RateInfo}, "rate of the last frame of data that was received",
      volatile: true

    attr 15, :bss_param, {:nested, BssParam}, "parameters of the network"
    attr 16, :connected_time, :u32, "time since the association, s", volatile: true
    attr 17, :sta_flags, StaFlags, "flags of the station"
    attr 18, :beacon_loss, :u32, "beacons that were lost", volatile: true
    attr 19, :t_offset, :s64, "offset of the peer's timer, us", volatile: true

    attr 20, :local_pm, {:enum, :u32, Names.mesh_power_modes()}, "power mode toward the peer",
      values: "NL80211_MESH_POWER_"

    attr 21, :peer_pm, {:enum, :u32, Names.mesh_power_modes()}, "power mode of the peer",
      values: "NL80211_MESH_POWER_"

    attr 22,
         :nonpeer_pm,
         {:enum, :u32, Names.mesh_power_modes()},
         "power mode of the peer toward others",
         values: "NL80211_MESH_POWER_"

    attr 23, :rx_bytes64, :u64, "bytes received", volatile: true
    attr 24, :tx_bytes64, :u64, "bytes sent", volatile: true

    attr 25, :chain_signal, {:indexed, :s8}, "signal of the last frame by chain, dBm",
      volatile: true

    attr 26, :chain_signal_avg, {:indexed, :s8}, "average signal by chain, dBm", volatile: true

    attr 27, :expected_throughput, :u32, "throughput that the driver expects, kb/s",
      volatile: true

    attr 28, :rx_drop_misc, :u64, "packets dropped for other reasons", volatile: true
    attr 29, :beacon_rx, :u64, "beacons received", volatile: true
    attr 30, :beacon_signal_avg, :s8, "average signal of beacons, dBm", volatile: true

    attr 31,
         :tid_stats,
         {:indexed, {:nested, TidStats}},
         "counters by traffic id, which is the number less 1; 17 for frames without",
         volatile: true

    attr 32, :rx_duration, :u64, "time of all frames received, us", volatile: true
    attr 34, :ack_signal, :s8, "signal of the last acknowledgement, dBm", volatile: true
    attr 35, :ack_signal_avg, :s8, "average signal of acknowledgements, dBm", volatile: true
    attr 36, :rx_mpdus, :u32, "frames received since they are counted", volatile: true
    attr 37, :fcs_error_count, :u32, "frames with a wrong checksum", volatile: true
    attr 38, :connected_to_gate, {:bool, :u8}, "the peer has a path to a gate of the mesh"
    attr 39, :tx_duration, :u64, "time of all frames sent, us", volatile: true
    attr 40, :airtime_weight, :u16, "weight for the scheduler of airtime"
    attr 41, :airtime_link_metric, :u32, "metric of the mesh link", volatile: true
    attr 42, :assoc_at_boottime, :u64, "time of the association since the boot, ns"
    attr 43, :connected_to_as, {:bool, :u8}, "the peer has a path to an authentication server"
  end
end

defmodule Linx.Netlink.Generic.Nl80211.Survey.Info do
  @moduledoc """
  Counters of a channel. Times count from an event that the driver chooses.

  Kernel side: `NL80211_SURVEY_INFO_*` of `include/uapi/linux/nl80211.h`.
  """

  use Linx.Netlink.Codec

  codec prefix: "NL80211_SURVEY_INFO_" do
    attr 1, :frequency, :u32, "frequency, MHz; `nil` for the whole radio"
    attr 2, :noise, :s8, "noise, dBm", volatile: true
    attr 3, :in_use, :flag, "the channel is in use"
    attr 4, :time, :u64, "time for which the radio was on, ms", volatile: true
    attr 5, :time_busy, :u64, "time for which the channel was busy, ms", volatile: true

    attr 6, :time_ext_busy, :u64, "time for which the extension channel was busy, ms",
      volatile: true

    attr 7, :time_rx, :u64, "time of receiving, ms", volatile: true
    attr 8, :time_tx, :u64, "time of sending, ms", volatile: true
    attr 9, :time_scan, :u64, "time of scanning, ms", volatile: true
    attr 11, :time_bss_rx, :u64, "time of receiving frames of the own network, ms", volatile: true
    attr 12, :frequency_offset, :u32, "added to `frequency`, kHz"
  end
end

defmodule Linx.Netlink.Generic.Nl80211.Station.BssParam do
  @moduledoc """
  Parameters of the network of a station.

  Kernel side: `NL80211_STA_BSS_PARAM_*` of `include/uapi/linux/nl80211.h`.
  """

  use Linx.Netlink.Codec

  codec prefix: "NL80211_STA_BSS_PARAM_" do
    attr 1, :cts_prot, :flag, "frames are protected by CTS"
    attr 2, :short_preamble, :flag, "short preambles are used"
    attr 3, :short_slot_time, :flag, "short slots are used"
    attr 4, :dtim_period, :u8, "beacons from one DTIM to the next"
    attr 5, :beacon_interval, :u16, "time from one beacon to the next, TU of 1024 us"
  end
end

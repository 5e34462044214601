defmodule Linx.Netlink.Generic.Nl80211.Frequency do
  @moduledoc """
  Channel of a band.

  Kernel side: `NL80211_FREQUENCY_ATTR_*` of `include/uapi/linux/nl80211.h`.
  """

  use Linx.Netlink.Codec

  alias __MODULE__.WmmRule

  # NL80211_DFS_* of include/uapi/linux/nl80211.h.
  @dfs_states [usable: 0, unavailable: 1, available: 2]

  codec prefix: "NL80211_FREQUENCY_ATTR_" do
    attr 1, :freq, :u32, "frequency, MHz"
    attr 20, :offset, :u32, "added to `freq`, kHz"
    attr 2, :disabled, :flag, "must not be used"
    attr 3, :no_ir, :flag, "must not be used before another radio is heard on it"
    attr 5, :radar, :flag, "needs a check for radar"
    attr 6, :max_tx_power, :s32, "largest transmit power, 1/100 dBm"

    attr 7, :dfs_state, {:enum, :u32, @dfs_states}, "state of the check for radar",
      values: "NL80211_DFS_"

    attr 8, :dfs_time, :u32, "time in this state, ms", volatile: true
    attr 9, :no_ht40_minus, :flag, "no channel of 40 MHz with the second part below"
    attr 10, :no_ht40_plus, :flag, "no channel of 40 MHz with the second part above"
    attr 11, :no_80mhz, :flag, "no channel of 80 MHz"
    attr 12, :no_160mhz, :flag, "no channel of 160 MHz"
    attr 13, :dfs_cac_time, :u32, "time of the check for radar, ms"
    attr 14, :indoor_only, :flag, "for use indoors"
    attr 15, :ir_concurrent, :flag, "may be used beside a connection on it"
    attr 16, :no_20mhz, :flag, "no channel of 20 MHz"
    attr 17, :no_10mhz, :flag, "no channel of 10 MHz"
    attr 18, :wmm, {:array, {:nested, WmmRule}}, "limits of the queues, by access category"
    attr 19, :no_he, :flag, "no HE"
    attr 21, :width_1mhz, :flag, "channel of 1 MHz", c: "NL80211_FREQUENCY_ATTR_1MHZ"
    attr 22, :width_2mhz, :flag, "channel of 2 MHz", c: "NL80211_FREQUENCY_ATTR_2MHZ"
    attr 23, :width_4mhz, :flag, "channel of 4 MHz", c: "NL80211_FREQUENCY_ATTR_4MHZ"
    attr 24, :width_8mhz, :flag, "channel of 8 MHz", c: "NL80211_FREQUENCY_ATTR_8MHZ"
    attr 25, :width_16mhz, :flag, "channel of 16 MHz", c: "NL80211_FREQUENCY_ATTR_16MHZ"
    attr 26, :no_320mhz, :flag, "no channel of 320 MHz"
    attr 27, :no_eht, :flag, "no EHT"
    attr 28, :psd, :s8, "largest power spectral density, dBm/MHz"

    attr 29,
         :dfs_concurrent,
         :flag,
         "may be used beside a connection of an access point that checks for radar"

    attr 30, :no_6ghz_vlp_client, :flag, "no client of an access point of very low power"

    attr 31,
         :no_6ghz_afc_client,
         :flag,
         "no client of an access point with coordinated frequencies"

    attr 32, :can_monitor, :flag, "can be monitored though it is disabled"
    attr 33, :allow_6ghz_vlp_ap, :flag, "an access point of very low power may use it"
    attr 34, :allow_20mhz_activity, :flag, "a channel of 20 MHz may be used"
    attr 35, :no_4mhz, :flag, "no channel of 4 MHz"
    attr 36, :no_8mhz, :flag, "no channel of 8 MHz"
    attr 37, :no_16mhz, :flag, "no channel of 16 MHz"
    attr 38, :s1g_no_primary, :flag, "no primary channel of S1G"
    attr 39, :no_uhr, :flag, "no UHR"
    attr 40, :cac_start_time, :u64, "start of the check for radar since the boot, ns"
  end
end

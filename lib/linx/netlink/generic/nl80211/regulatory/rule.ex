defmodule Linx.Netlink.Generic.Nl80211.Regulatory.Rule do
  @moduledoc """
  Range of frequencies of a regulatory domain.

  Kernel side: `NL80211_ATTR_*` of `include/uapi/linux/nl80211.h`.
  """

  use Linx.Netlink.Codec

  # NL80211_RRF_* of include/uapi/linux/nl80211.h.
  @flags [
    no_ofdm: 0x1,
    no_cck: 0x2,
    no_indoor: 0x4,
    no_outdoor: 0x8,
    dfs: 0x10,
    ptp_only: 0x20,
    ptmp_only: 0x40,
    no_ir: 0x80,
    auto_bw: 0x800,
    ir_concurrent: 0x1000,
    no_ht40minus: 0x2000,
    no_ht40plus: 0x4000,
    no_80mhz: 0x8000,
    no_160mhz: 0x10000,
    no_he: 0x20000,
    no_320mhz: 0x40000,
    no_eht: 0x80000,
    psd: 0x100000,
    dfs_concurrent: 0x200000,
    no_6ghz_vlp_client: 0x400000,
    no_6ghz_afc_client: 0x800000,
    allow_6ghz_vlp_ap: 0x1000000,
    allow_20mhz_activity: 0x2000000,
    no_uhr: 0x4000000
  ]

  codec prefix: "NL80211_ATTR_" do
    attr 1, :reg_rule_flags, {:flags, :u32, @flags}, "restrictions", values: "NL80211_RRF_"
    attr 2, :freq_range_start, :u32, "lower end, kHz"
    attr 3, :freq_range_end, :u32, "upper end, kHz"
    attr 4, :freq_range_max_bw, :u32, "largest width of a channel, kHz"
    attr 5, :power_rule_max_ant_gain, :s32, "largest gain of the antenna, 1/100 dBi"
    attr 6, :power_rule_max_eirp, :s32, "largest power, 1/100 dBm"
    attr 7, :dfs_cac_time, :u32, "time of the check for radar, ms"
    attr 8, :power_rule_psd, :s8, "largest power spectral density, dBm/MHz"
  end
end

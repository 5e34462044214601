defmodule Linx.Netlink.Generic.Nl80211.ScanResult.Info do
  @moduledoc """
  Network that a scan found: attributes of the kernel.

  Kernel side: `NL80211_BSS_*` of `include/uapi/linux/nl80211.h`.
  """

  use Linx.Netlink.Codec

  alias Linx.MAC

  # NL80211_BSS_STATUS_* of include/uapi/linux/nl80211.h.
  @statuses [authenticated: 0, associated: 1, ibss_joined: 2]

  # NL80211_BSS_CHAN_WIDTH_* of include/uapi/linux/nl80211.h.
  @scan_widths ["20": 0, "10": 1, "5": 2, "1": 3, "2": 4]

  # NL80211_BSS_USE_FOR_* of include/uapi/linux/nl80211.h.
  @uses [normal: 0x1, mld_link: 0x2]

  # NL80211_BSS_CANNOT_USE_* of include/uapi/linux/nl80211.h.
  @obstacles [nstr_nonprimary: 0x1, "6ghz_pwr_mismatch": 0x2]

  # WLAN_CAPABILITY_* of include/linux/ieee80211.h.
  @capabilities [
    ess: 0x1,
    ibss: 0x2,
    cf_pollable: 0x4,
    cf_poll_request: 0x8,
    privacy: 0x10,
    short_preamble: 0x20,
    pbcc: 0x40,
    channel_agility: 0x80,
    spectrum_mgmt: 0x100,
    qos: 0x200,
    short_slot_time: 0x400,
    apsd: 0x800,
    radio_measure: 0x1000,
    dsss_ofdm: 0x2000,
    del_back: 0x4000,
    imm_back: 0x8000
  ]

  codec prefix: "NL80211_BSS_" do
    attr 1, :bssid, MAC, "MAC address"
    attr 2, :frequency, :u32, "frequency, MHz"
    attr 20, :frequency_offset, :u32, "added to `frequency`, kHz"
    attr 3, :tsf, :u64, "timer of the network in the last frame, us", volatile: true
    attr 4, :beacon_interval, :u16, "time from one beacon to the next, TU of 1024 us"

    attr 5, :capability, {:flags, :u16, @capabilities}, "capabilities",
      values: {:kernel, "include/linux/ieee80211.h"}

    attr 6,
         :information_elements,
         :binary,
         "information elements of a probe response, or of a beacon"

    attr 11, :beacon_ies, :binary, "information elements of the last beacon"
    attr 7, :signal_mbm, :s32, "signal, 1/100 dBm", volatile: true
    attr 8, :signal_unspec, :u8, "signal without unit, 0 to 100", volatile: true

    attr 9, :status, {:enum, :u32, @statuses}, "relation of the interface to the network",
      values: "NL80211_BSS_STATUS_"

    attr 10, :seen_ms_ago, :u32, "time since the last frame, ms", volatile: true

    attr 12,
         :chan_width,
         {:enum, :u32, @scan_widths},
         "width of the channel on which it was heard, MHz",
         values: "NL80211_BSS_CHAN_WIDTH_"

    attr 13, :beacon_tsf, :u64, "timer of the network in the last beacon, us", volatile: true
    attr 14, :presp_data, :flag, "`information_elements` are of a probe response"

    attr 15, :last_seen_boottime, :u64, "time of the last frame since the boot, ns",
      volatile: true

    attr 17, :parent_tsf, :u64, "timer of the own network when it was heard, us", volatile: true
    attr 18, :parent_bssid, MAC, "MAC address of the own network"
    attr 19, :chain_signal, {:indexed, :s8}, "signal by chain, dBm", volatile: true
    attr 21, :mlo_link_id, :u8, "number of the link of a multi-link network"
    attr 22, :mld_addr, MAC, "MAC address of a multi-link network"

    attr 23, :use_for, {:flags, :u32, @uses}, "uses that are possible",
      values: "NL80211_BSS_USE_FOR_"

    attr 24, :cannot_use_reasons, {:flags, :u64, @obstacles}, "reasons against others",
      values: "NL80211_BSS_CANNOT_USE_"
  end
end

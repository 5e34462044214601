defmodule Linx.Netlink.Generic.Nl80211.ExtFeatures do
  @moduledoc """
  Further features of a radio: names of the bits that are set in a string of bytes, in their order, and
  the numbers of bits without a name.

  Kernel side: `NL80211_EXT_FEATURE_*` of `include/uapi/linux/nl80211.h`.
  """

  @names [
    vht_ibss: 0,
    rrm: 1,
    mu_mimo_air_sniffer: 2,
    scan_start_time: 3,
    bss_parent_tsf: 4,
    set_scan_dwell: 5,
    beacon_rate_legacy: 6,
    beacon_rate_ht: 7,
    beacon_rate_vht: 8,
    fils_sta: 9,
    mgmt_tx_random_ta: 10,
    mgmt_tx_random_ta_connected: 11,
    sched_scan_relative_rssi: 12,
    cqm_rssi_list: 13,
    fils_sk_offload: 14,
    "4way_handshake_sta_psk": 15,
    "4way_handshake_sta_1x": 16,
    fils_max_channel_time: 17,
    accept_bcast_probe_resp: 18,
    oce_probe_req_high_tx_rate: 19,
    oce_probe_req_deferral_suppression: 20,
    mfp_optional: 21,
    low_span_scan: 22,
    low_power_scan: 23,
    high_accuracy_scan: 24,
    dfs_offload: 25,
    control_port_over_nl80211: 26,
    ack_signal_support: 27,
    txqs: 28,
    scan_random_sn: 29,
    scan_min_preq_content: 30,
    can_replace_ptk0: 31,
    enable_ftm_responder: 32,
    airtime_fairness: 33,
    ap_pmksa_caching: 34,
    sched_scan_band_specific_rssi_thold: 35,
    ext_key_id: 36,
    sta_tx_pwr: 37,
    sae_offload: 38,
    vlan_offload: 39,
    aql: 40,
    beacon_protection: 41,
    control_port_no_preauth: 42,
    protected_twt: 43,
    del_ibss_sta: 44,
    multicast_registrations: 45,
    beacon_protection_client: 46,
    scan_freq_khz: 47,
    control_port_over_nl80211_tx_status: 48,
    operating_channel_validation: 49,
    "4way_handshake_ap_psk": 50,
    sae_offload_ap: 51,
    fils_discovery: 52,
    unsol_bcast_probe_resp: 53,
    beacon_rate_he: 54,
    secure_ltf: 55,
    secure_rtt: 56,
    prot_range_nego_and_measure: 57,
    bss_color: 58,
    fils_crypto_offload: 59,
    radar_background: 60,
    powered_addr_change: 61,
    punct: 62,
    secure_nan: 63,
    auth_and_deauth_random_ta: 64,
    owe_offload: 65,
    owe_offload_ap: 66,
    dfs_concurrent: 67,
    spp_amsdu_support: 68,
    beacon_rate_eht: 69,
    eppke: 70,
    assoc_frame_encryption: 71,
    ieee8021x_auth: 72,
    roc_addr_filter: 73,
    set_key_ltf_seed: 74
  ]
  @by_number Map.new(@names, fn {name, number} -> {number, name} end)

  @type t :: [atom() | non_neg_integer()]

  @doc false
  @spec names() :: keyword(non_neg_integer())
  def names, do: @names

  @doc "The features of a bit string, whose first bit is the lowest of the first byte."
  @spec decode(binary()) :: t()
  def decode(bytes) do
    for {byte, at} <- Enum.with_index(:binary.bin_to_list(bytes)),
        bit <- 0..7,
        Bitwise.band(byte, Bitwise.bsl(1, bit)) != 0,
        number = 8 * at + bit,
        do: Map.get(@by_number, number, number)
  end
end

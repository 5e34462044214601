defmodule Linx.Netlink.Generic.Nl80211.Names do
  @moduledoc false
  # Names of numbers that several attributes of nl80211 have: `include/uapi/linux/nl80211.h`.

  @iftypes [
    unspecified: 0,
    adhoc: 1,
    station: 2,
    ap: 3,
    ap_vlan: 4,
    wds: 5,
    monitor: 6,
    mesh_point: 7,
    p2p_client: 8,
    p2p_go: 9,
    p2p_device: 10,
    ocb: 11,
    nan: 12,
    nan_data: 13,
    pd: 14
  ]

  @chan_widths [
    "20_noht": 0,
    "20": 1,
    "40": 2,
    "80": 3,
    "80p80": 4,
    "160": 5,
    "5": 6,
    "10": 7,
    "1": 8,
    "2": 9,
    "4": 10,
    "8": 11,
    "16": 12,
    "320": 13
  ]

  @channel_types [no_ht: 0, ht20: 1, ht40minus: 2, ht40plus: 3]

  @bands ["2ghz": 0, "5ghz": 1, "60ghz": 2, "6ghz": 3, s1ghz: 4, lc: 5]

  @mesh_power_modes [unknown: 0, active: 1, light_sleep: 2, deep_sleep: 3]

  @commands [
    get_wiphy: 1,
    set_wiphy: 2,
    new_wiphy: 3,
    del_wiphy: 4,
    get_interface: 5,
    set_interface: 6,
    new_interface: 7,
    del_interface: 8,
    get_key: 9,
    set_key: 10,
    new_key: 11,
    del_key: 12,
    get_beacon: 13,
    set_beacon: 14,
    start_ap: 15,
    stop_ap: 16,
    get_station: 17,
    set_station: 18,
    new_station: 19,
    del_station: 20,
    get_mpath: 21,
    set_mpath: 22,
    new_mpath: 23,
    del_mpath: 24,
    set_bss: 25,
    set_reg: 26,
    req_set_reg: 27,
    get_mesh_config: 28,
    set_mesh_config: 29,
    set_mgmt_extra_ie: 30,
    get_reg: 31,
    get_scan: 32,
    trigger_scan: 33,
    new_scan_results: 34,
    scan_aborted: 35,
    reg_change: 36,
    authenticate: 37,
    associate: 38,
    deauthenticate: 39,
    disassociate: 40,
    michael_mic_failure: 41,
    reg_beacon_hint: 42,
    join_ibss: 43,
    leave_ibss: 44,
    testmode: 45,
    connect: 46,
    roam: 47,
    disconnect: 48,
    set_wiphy_netns: 49,
    get_survey: 50,
    new_survey_results: 51,
    set_pmksa: 52,
    del_pmksa: 53,
    flush_pmksa: 54,
    remain_on_channel: 55,
    cancel_remain_on_channel: 56,
    set_tx_bitrate_mask: 57,
    register_frame: 58,
    frame: 59,
    frame_tx_status: 60,
    set_power_save: 61,
    get_power_save: 62,
    set_cqm: 63,
    notify_cqm: 64,
    set_channel: 65,
    set_wds_peer: 66,
    frame_wait_cancel: 67,
    join_mesh: 68,
    leave_mesh: 69,
    unprot_deauthenticate: 70,
    unprot_disassociate: 71,
    new_peer_candidate: 72,
    get_wowlan: 73,
    set_wowlan: 74,
    start_sched_scan: 75,
    stop_sched_scan: 76,
    sched_scan_results: 77,
    sched_scan_stopped: 78,
    set_rekey_offload: 79,
    pmksa_candidate: 80,
    tdls_oper: 81,
    tdls_mgmt: 82,
    unexpected_frame: 83,
    probe_client: 84,
    register_beacons: 85,
    unexpected_4addr_frame: 86,
    set_noack_map: 87,
    ch_switch_notify: 88,
    start_p2p_device: 89,
    stop_p2p_device: 90,
    conn_failed: 91,
    set_mcast_rate: 92,
    set_mac_acl: 93,
    radar_detect: 94,
    get_protocol_features: 95,
    update_ft_ies: 96,
    ft_event: 97,
    crit_protocol_start: 98,
    crit_protocol_stop: 99,
    get_coalesce: 100,
    set_coalesce: 101,
    channel_switch: 102,
    vendor: 103,
    set_qos_map: 104,
    add_tx_ts: 105,
    del_tx_ts: 106,
    get_mpp: 107,
    join_ocb: 108,
    leave_ocb: 109,
    ch_switch_started_notify: 110,
    tdls_channel_switch: 111,
    tdls_cancel_channel_switch: 112,
    wiphy_reg_change: 113,
    abort_scan: 114,
    start_nan: 115,
    stop_nan: 116,
    add_nan_function: 117,
    del_nan_function: 118,
    change_nan_config: 119,
    nan_match: 120,
    set_multicast_to_unicast: 121,
    update_connect_params: 122,
    set_pmk: 123,
    del_pmk: 124,
    port_authorized: 125,
    reload_regdb: 126,
    external_auth: 127,
    sta_opmode_changed: 128,
    control_port_frame: 129,
    get_ftm_responder_stats: 130,
    peer_measurement_start: 131,
    peer_measurement_result: 132,
    peer_measurement_complete: 133,
    notify_radar: 134,
    update_owe_info: 135,
    probe_mesh_link: 136,
    set_tid_config: 137,
    unprot_beacon: 138,
    control_port_frame_tx_status: 139,
    set_sar_specs: 140,
    obss_color_collision: 141,
    color_change_request: 142,
    color_change_started: 143,
    color_change_aborted: 144,
    color_change_completed: 145,
    set_fils_aad: 146,
    assoc_comeback: 147,
    add_link: 148,
    remove_link: 149,
    add_link_sta: 150,
    modify_link_sta: 151,
    remove_link_sta: 152,
    set_hw_timestamp: 153,
    links_removed: 154,
    set_tid_to_link_mapping: 155,
    assoc_mlo_reconf: 156,
    epcs_cfg: 157,
    nan_next_dw_notification: 158,
    nan_cluster_joined: 159,
    incumbent_signal_detect: 160,
    nan_set_local_sched: 161,
    nan_sched_update_done: 162,
    nan_set_peer_sched: 163,
    nan_ulw_update: 164,
    nan_channel_evac: 165,
    start_pd: 166,
    stop_pd: 167
  ]

  @cipher_suites [
    use_group: 0xFAC00,
    wep40: 0xFAC01,
    tkip: 0xFAC02,
    ccmp: 0xFAC04,
    wep104: 0xFAC05,
    aes_cmac: 0xFAC06,
    gcmp: 0xFAC08,
    gcmp_256: 0xFAC09,
    ccmp_256: 0xFAC0A,
    bip_gmac_128: 0xFAC0B,
    bip_gmac_256: 0xFAC0C,
    bip_cmac_256: 0xFAC0D,
    sms4: 0x147201
  ]

  @akm_suites [
    "8021x": 0xFAC01,
    psk: 0xFAC02,
    ft_8021x: 0xFAC03,
    ft_psk: 0xFAC04,
    "8021x_sha256": 0xFAC05,
    psk_sha256: 0xFAC06,
    tdls: 0xFAC07,
    sae: 0xFAC08,
    ft_over_sae: 0xFAC09,
    ap_peer_key: 0xFAC0A,
    "8021x_suite_b": 0xFAC0B,
    "8021x_suite_b_192": 0xFAC0C,
    ft_8021x_sha384: 0xFAC0D,
    fils_sha256: 0xFAC0E,
    fils_sha384: 0xFAC0F,
    ft_fils_sha256: 0xFAC10,
    ft_fils_sha384: 0xFAC11,
    owe: 0xFAC12,
    ft_psk_sha384: 0xFAC13,
    psk_sha384: 0xFAC14,
    wfa_dpp: 0x506F9A02,
    osen: 0x506F9A01
  ]

  @doc """
  Types of interfaces, `NL80211_IFTYPE_*`.
  """
  @spec iftypes() :: keyword(non_neg_integer())
  def iftypes, do: @iftypes

  @doc """
  Widths of channels in MHz, `NL80211_CHAN_WIDTH_*`.
  """
  @spec chan_widths() :: keyword(non_neg_integer())
  def chan_widths, do: @chan_widths

  @doc """
  Channels of HT, `NL80211_CHAN_*`.
  """
  @spec channel_types() :: keyword(non_neg_integer())
  def channel_types, do: @channel_types

  @doc """
  Bands, `NL80211_BAND_*`.
  """
  @spec bands() :: keyword(non_neg_integer())
  def bands, do: @bands

  @doc """
  Power modes of a mesh, `NL80211_MESH_POWER_*`.
  """
  @spec mesh_power_modes() :: keyword(non_neg_integer())
  def mesh_power_modes, do: @mesh_power_modes

  @doc """
  Commands, `NL80211_CMD_*`.
  """
  @spec commands() :: keyword(non_neg_integer())
  def commands, do: @commands

  @doc """
  Ciphers, `WLAN_CIPHER_SUITE_*` of `include/linux/ieee80211.h`.
  """
  @spec cipher_suites() :: keyword(non_neg_integer())
  def cipher_suites, do: @cipher_suites

  @doc """
  Ways of authentication, `WLAN_AKM_SUITE_*` of `include/linux/ieee80211.h`.
  """
  @spec akm_suites() :: keyword(non_neg_integer())
  def akm_suites, do: @akm_suites
end

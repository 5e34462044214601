defmodule Linx.Netlink.Generic.Nl80211.Commands do
  @moduledoc """
  Commands and notifications of the family `nl80211`.

  Kernel side: `NL80211_CMD_*` of `include/uapi/linux/nl80211.h`. `Linx.Netlink.Generic.Nl80211` makes the
  requests; `Linx.Netlink.Generic.dump/5` and its like take this module for others.
  """

  alias Linx.Netlink.Generic.Nl80211.{
    Ibss,
    Interface,
    Mesh,
    Mlme,
    Nan,
    Regulatory,
    Scan,
    ScanResult,
    Setting,
    Station,
    Survey,
    Vendor,
    Wiphy
  }

  use Linx.Netlink.Generic.Family,
    name: "nl80211",
    version: 1,
    groups: ["config", "scan", "regulatory", "mlme", "vendor", "nan"]

  command :get_wiphy, 1, Wiphy, dump: true
  command :set_wiphy, 2, Setting
  command :get_interface, 5, Interface, dump: true
  command :set_interface, 6, Interface
  command :new_interface, 7, Interface
  command :del_interface, 8, Interface
  command :get_station, 17, Station, dump: true
  command :get_reg, 31, Regulatory, dump: true
  command :req_set_reg, 27, Regulatory
  command :get_scan, 32, ScanResult, dump: true
  command :trigger_scan, 33, Scan
  command :abort_scan, 114, Scan
  command :get_survey, 50, Survey, dump: true
  command :set_channel, 65, Setting
  command :set_power_save, 61, Setting
  command :get_power_save, 62, Setting
  command :join_ibss, 43, Ibss
  command :leave_ibss, 44, Ibss
  command :get_mesh_config, 28, Mesh, reply: Mesh.Reply
  command :set_mesh_config, 29, Mesh
  command :join_mesh, 68, Mesh
  command :leave_mesh, 69, Mesh
  command :connect, 46, Mlme
  command :disconnect, 48, Mlme

  event :new_wiphy, 3, Wiphy
  event :del_wiphy, 4, Wiphy
  event :new_interface, 7, Interface
  event :del_interface, 8, Interface
  event :set_interface, 6, Interface
  event :trigger_scan, 33, Scan
  event :new_scan_results, 34, Scan
  event :scan_aborted, 35, Scan
  event :start_sched_scan, 75, Scan
  event :sched_scan_results, 77, Scan
  event :stop_sched_scan, 76, Scan
  event :sched_scan_stopped, 78, Scan
  event :reg_change, 36, Regulatory
  event :wiphy_reg_change, 113, Regulatory
  event :reg_beacon_hint, 42, Regulatory
  event :new_station, 19, Station
  event :del_station, 20, Station
  event :join_ibss, 43, Ibss
  event :authenticate, 37, Mlme
  event :associate, 38, Mlme
  event :deauthenticate, 39, Mlme
  event :disassociate, 40, Mlme
  event :unprot_deauthenticate, 70, Mlme
  event :unprot_disassociate, 71, Mlme
  event :unprot_beacon, 138, Mlme
  event :michael_mic_failure, 41, Mlme
  event :connect, 46, Mlme
  event :roam, 47, Mlme
  event :disconnect, 48, Mlme
  event :port_authorized, 125, Mlme
  event :new_peer_candidate, 72, Mlme
  event :remain_on_channel, 55, Mlme
  event :cancel_remain_on_channel, 56, Mlme
  event :frame, 59, Mlme
  event :frame_tx_status, 60, Mlme
  event :frame_wait_cancel, 67, Mlme
  event :notify_cqm, 64, Mlme
  event :ch_switch_notify, 88, Mlme
  event :ch_switch_started_notify, 110, Mlme
  event :radar_detect, 94, Mlme
  event :conn_failed, 91, Mlme
  event :probe_client, 84, Mlme
  event :unexpected_frame, 83, Mlme
  event :unexpected_4addr_frame, 86, Mlme
  event :sta_opmode_changed, 128, Mlme
  event :tdls_oper, 81, Mlme
  event :pmksa_candidate, 80, Mlme
  event :ft_event, 97, Mlme
  event :external_auth, 127, Mlme
  event :control_port_frame, 129, Mlme
  event :control_port_frame_tx_status, 139, Mlme
  event :obss_color_collision, 141, Mlme
  event :color_change_started, 143, Mlme
  event :color_change_aborted, 144, Mlme
  event :color_change_completed, 145, Mlme
  event :assoc_comeback, 147, Mlme
  event :links_removed, 154, Mlme
  event :vendor, 103, Vendor
  event :nan_match, 120, Nan
  event :add_nan_function, 117, Nan
  event :del_nan_function, 118, Nan
  event :change_nan_config, 119, Nan
end

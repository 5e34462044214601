defmodule Linx.Netlink.Generic.Nl80211.Mesh.Config do
  @moduledoc """
  Settings of a mesh that can be changed.

  Kernel side: `NL80211_MESHCONF_*` of `include/uapi/linux/nl80211.h`.
  """

  use Linx.Netlink.Codec
  use Linx.Netlink.Options

  alias Linx.Netlink.Generic.Nl80211.Names

  # ieee80211_root_mode_identifier of include/linux/ieee80211.h.
  @rootmodes [
    no_root: 0,
    rootmode_root: 1,
    proactive_preq_no_prep: 2,
    proactive_preq_with_prep: 3,
    proactive_rann: 4
  ]

  codec prefix: "NL80211_MESHCONF_" do
    attr 1, :retry_timeout, :u16, "time to the first repetition of an open, ms"
    attr 2, :confirm_timeout, :u16, "wait for a confirmation, ms"
    attr 3, :holding_timeout, :u16, "wait before a link is closed, ms"
    attr 4, :max_peer_links, :u16, "peer links, at most"
    attr 5, :max_retries, :u8, "repetitions of an open, at most"
    attr 6, :ttl, :u8, "hops of a frame, at most"
    attr 15, :element_ttl, :u8, "hops of a path element, at most"
    attr 7, :auto_open_plinks, {:bool, :u8}, "peer links are opened without a program"
    attr 21, :sync_offset_max_neighbor, :u32, "clock offset of neighbours, us at most"
    attr 8, :hwmp_max_preq_retries, :u8, "path requests for one destination, at most"
    attr 9, :path_refresh_time, :u32, "age at which a path is renewed, ms"
    attr 10, :min_discovery_timeout, :u16, "wait for the reply to a path request, ms at least"
    attr 11, :hwmp_active_path_timeout, :u32, "age at which a path is invalid, ms"
    attr 12, :hwmp_preq_min_interval, :u16, "time between path requests, TU at least"
    attr 18, :hwmp_perr_min_interval, :u16, "time between path errors, TU at least"
    attr 13, :hwmp_net_diam_trvs_time, :u16, "time in which an element passes the mesh, TU"

    attr 14, :hwmp_rootmode, {:enum, :u8, @rootmodes}, "root of the mesh",
      values: {:kernel, "include/linux/ieee80211.h"}

    attr 16, :hwmp_rann_interval, :u16, "time between root announcements, TU"
    attr 17, :gate_announcements, {:bool, :u8}, "the node announces that it is a gate"
    attr 19, :forwarding, {:bool, :u8}, "the node forwards frames"
    attr 20, :rssi_threshold, :s32, "signal from which on peers are accepted, dBm; 0 for any"
    attr 22, :ht_opmode, :u16, "protection of HT"
    attr 23, :hwmp_path_to_root_timeout, :u32, "age at which a path to the root is invalid, TU"
    attr 24, :hwmp_root_interval, :u16, "time between path requests of the root, TU"
    attr 25, :hwmp_confirmation_interval, :u16, "time between path confirmations, TU"

    attr 26, :power_mode, {:enum, :u32, Names.mesh_power_modes()}, "power mode",
      values: "NL80211_MESH_POWER_"

    attr 27, :awake_window, :u16, "time awake after a beacon, TU"
    attr 28, :plink_timeout, :u32, "inactivity after which a peer link is closed, s; 0 for never"
    attr 29, :connected_to_gate, {:bool, :u8}, "the node has a path to a gate"
    attr 30, :nolearn, {:bool, :u8}, "paths are not learned from frames that are forwarded"
    attr 31, :connected_to_as, {:bool, :u8}, "the node has a path to an authentication server"
  end

  options(
    retry_timeout: {0..0xFFFF, "time to the first repetition of an open, ms"},
    confirm_timeout: {0..0xFFFF, "wait for a confirmation, ms"},
    holding_timeout: {0..0xFFFF, "wait before a link is closed, ms"},
    max_peer_links: {0..0xFFFF, "peer links, at most"},
    max_retries: {0..16, "repetitions of an open, at most"},
    ttl: {0..0xFF, "hops of a frame, at most"},
    element_ttl: {0..0xFF, "hops of a path element, at most"},
    auto_open_plinks: {:boolean, "peer links are opened without a program"},
    sync_offset_max_neighbor: {0..0xFFFFFFFF, "clock offset of neighbours, us at most"},
    hwmp_max_preq_retries: {0..0xFF, "path requests for one destination, at most"},
    path_refresh_time: {0..0xFFFFFFFF, "age at which a path is renewed, ms"},
    min_discovery_timeout: {0..0xFFFF, "wait for the reply to a path request, ms at least"},
    hwmp_active_path_timeout: {0..0xFFFFFFFF, "age at which a path is invalid, ms"},
    hwmp_preq_min_interval: {0..0xFFFF, "time between path requests, TU at least"},
    hwmp_perr_min_interval: {0..0xFFFF, "time between path errors, TU at least"},
    hwmp_net_diam_trvs_time: {0..0xFFFF, "time in which an element passes the mesh, TU"},
    hwmp_rootmode: {{:enum, @rootmodes}, "root of the mesh"},
    hwmp_rann_interval: {0..0xFFFF, "time between root announcements, TU"},
    gate_announcements: {:boolean, "the node announces that it is a gate"},
    forwarding: {:boolean, "the node forwards frames"},
    rssi_threshold: {-255..0, "signal from which on peers are accepted, dBm; 0 for any"},
    ht_opmode: {0..0xFFFF, "protection of HT"},
    hwmp_path_to_root_timeout: {0..0xFFFFFFFF, "age at which a path to the root is invalid, TU"},
    hwmp_root_interval: {0..0xFFFF, "time between path requests of the root, TU"},
    hwmp_confirmation_interval: {0..0xFFFF, "time between path confirmations, TU"},
    power_mode: {{:enum, Names.mesh_power_modes()}, "power mode"},
    awake_window: {0..0xFFFF, "time awake after a beacon, TU"},
    plink_timeout:
      {0..0xFFFFFFFF, "inactivity after which a peer link is closed, s; 0 for never"},
    connected_to_gate: {:boolean, "the node has a path to a gate"},
    nolearn: {:boolean, "paths are not learned from frames that are forwarded"},
    connected_to_as: {:boolean, "the node has a path to an authentication server"}
  )
end

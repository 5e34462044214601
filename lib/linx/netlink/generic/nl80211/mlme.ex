defmodule Linx.Netlink.Generic.Nl80211.Mlme do
  @moduledoc """
  Connection to a network, and the events of it: of frames, associations and channels.

  Kernel side: `NL80211_ATTR_*` of `include/uapi/linux/nl80211.h`.
  """

  use Linx.Netlink.Codec

  alias Linx.MAC
  alias Linx.Netlink.Generic.Header
  alias Linx.Netlink.Generic.Nl80211.Channel
  alias __MODULE__.{Cqm, Link}

  # NL80211_AUTHTYPE_* of include/uapi/linux/nl80211.h.
  @auth_types [
    open_system: 0,
    shared_key: 1,
    ft: 2,
    network_eap: 3,
    sae: 4,
    fils_sk: 5,
    fils_sk_pfs: 6,
    fils_pk: 7,
    eppke: 8,
    ieee8021x: 9
  ]

  # NL80211_TIMEOUT_* of include/uapi/linux/nl80211.h.
  @timeouts [unspecified: 0, scan: 1, auth: 2, assoc: 3]

  # NL80211_RADAR_* of include/uapi/linux/nl80211.h.
  @radar_events [
    detected: 0,
    cac_finished: 1,
    cac_aborted: 2,
    nop_finished: 3,
    pre_cac_expired: 4,
    cac_started: 5
  ]

  # NL80211_CONN_FAIL_* of include/uapi/linux/nl80211.h.
  @failures [max_clients: 0, blocked_client: 1]

  codec prefix: "NL80211_ATTR_" do
    header Header

    attr 1, :wiphy, :u32, "index of the radio"
    attr 3, :ifindex, :u32, "index of the link"
    attr 153, :wdev, :u64, "identifier of an interface without a link"
    attr 6, :mac, MAC, "MAC address of the network or the peer"
    attr 52, :ssid, :binary, "name of the network"
    include Channel
    attr 200, :mac_hint, MAC, "MAC address of a network to be preferred, request only"

    attr 201,
         :wiphy_freq_hint,
         :u32,
         "frequency at which the network is looked for first, MHz, request only"

    attr 53, :auth_type, {:enum, :u32, @auth_types}, "way of authentication",
      values: "NL80211_AUTHTYPE_"

    attr 70, :privacy, :flag, "frames are encrypted"
    attr 72, :status_code, :u16, "result, of IEEE 802.11; 0 for success"
    attr 54, :reason_code, :u16, "reason of the end, of IEEE 802.11"
    attr 65, :timed_out, :flag, "the network did not answer"

    attr 248, :timeout_reason, {:enum, :u32, @timeouts}, "step that was not answered",
      values: "NL80211_TIMEOUT_"

    attr 71, :disconnected_by_ap, :flag, "the access point ended the connection"
    attr 77, :req_ie, :binary, "information elements of the request"
    attr 78, :resp_ie, :binary, "information elements of the response"
    attr 42, :ie, :binary, "information elements"
    attr 51, :frame, :binary, "frame, with its header"
    attr 88, :cookie, :u64, "identifier of a frame or of a stay on a channel"
    attr 92, :ack, :flag, "the frame was acknowledged"
    attr 87, :duration, :u32, "stay on a channel, ms"
    attr 151, :rx_signal_dbm, :s32, "signal of the frame, dBm"

    attr 168, :radar_event, {:enum, :u32, @radar_events}, "event of radar detection",
      values: "NL80211_RADAR_"

    attr 155, :conn_failed_reason, {:enum, :u32, @failures}, "refusal of a station",
      values: "NL80211_CONN_FAIL_"

    attr 183, :ch_switch_count, :u32, "beacons until the channel changes"
    attr 184, :ch_switch_block_tx, :flag, "nothing is sent until the channel changes"
    attr 94, :cqm, {:nested, Cqm}, "quality of the connection"
    attr 259, :port_authorized, :flag, "the connection may be used"
    attr 312, :mlo_links, {:array, {:nested, Link}}, "links of a multi-link connection"
    attr 313, :mlo_link_id, :u8, "number of the link"
  end
end

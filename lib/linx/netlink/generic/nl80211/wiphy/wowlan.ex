defmodule Linx.Netlink.Generic.Nl80211.Wiphy.Wowlan do
  @moduledoc """
  Events that can wake the device up.

  Kernel side: `NL80211_WOWLAN_TRIG_*` of `include/uapi/linux/nl80211.h`.
  """

  use Linx.Netlink.Codec

  codec prefix: "NL80211_WOWLAN_TRIG_" do
    attr 1, :any, :flag, "any event"
    attr 2, :disconnect, :flag, "disconnection"
    attr 3, :magic_pkt, :flag, "magic packet"

    attr 4,
         :pkt_pattern,
         :binary,
         "packets with a pattern: limits, `struct nl80211_pattern_support`"

    attr 5, :gtk_rekey_supported, :flag, "the driver renews group keys"
    attr 6, :gtk_rekey_failure, :flag, "failed renewal of a group key"
    attr 7, :eap_ident_request, :flag, "request of an EAP identity"

    attr 8, :trig_4way_handshake, :flag, "4-way handshake",
      c: "NL80211_WOWLAN_TRIG_4WAY_HANDSHAKE"

    attr 9, :rfkill_release, :flag, "release of the switch for radios"
    attr 14, :tcp_connection, :binary, "packets of a TCP connection: limits"
    attr 18, :net_detect, :u32, "networks that can be looked for"
  end
end

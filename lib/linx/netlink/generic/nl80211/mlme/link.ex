defmodule Linx.Netlink.Generic.Nl80211.Mlme.Link do
  @moduledoc """
  Link of a multi-link connection.

  Kernel side: `NL80211_ATTR_*` of `include/uapi/linux/nl80211.h`.
  """

  use Linx.Netlink.Codec

  alias Linx.MAC

  codec prefix: "NL80211_ATTR_" do
    attr 313, :mlo_link_id, :u8, "number of the link"
    attr 6, :mac, MAC, "MAC address, this end"
    attr 245, :bssid, MAC, "MAC address of the access point's end"
    attr 72, :status_code, :u16, "result, of IEEE 802.11"
  end
end

defmodule Linx.Netlink.Generic.Nl80211.Interface.Link do
  @moduledoc """
  Link of a multi-link device, as an interface has it.

  Kernel side: `NL80211_ATTR_*` of `include/uapi/linux/nl80211.h`.
  """

  use Linx.Netlink.Codec

  alias Linx.MAC
  alias Linx.Netlink.Generic.Nl80211.Channel

  codec prefix: "NL80211_ATTR_" do
    attr 313, :mlo_link_id, :u8, "number of the link"
    attr 6, :mac, MAC, "MAC address"
    include Channel
    attr 98, :wiphy_tx_power_level, :s32, "transmit power, 1/100 dBm"
  end
end

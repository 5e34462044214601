defmodule Linx.Netlink.Generic.Nl80211.Setting do
  @moduledoc """
  Properties of an interface that a request sets.

  Kernel side: `NL80211_ATTR_*` of `include/uapi/linux/nl80211.h`.
  """

  use Linx.Netlink.Codec

  alias Linx.Netlink.Generic.Header
  alias Linx.Netlink.Generic.Nl80211.Channel

  # NL80211_TX_POWER_* of include/uapi/linux/nl80211.h.
  @tx_power_settings [automatic: 0, limited: 1, fixed: 2]

  codec prefix: "NL80211_ATTR_" do
    header Header

    attr 1, :wiphy, :u32, "index of the radio"
    attr 3, :ifindex, :u32, "index of the link"
    attr 153, :wdev, :u64, "identifier of an interface without a link"
    include Channel

    attr 97,
         :wiphy_tx_power_setting,
         {:enum, :u32, @tx_power_settings},
         "how the transmit power is chosen",
         values: "NL80211_TX_POWER_"

    attr 98, :wiphy_tx_power_level, :s32, "transmit power, 1/100 dBm"
    attr 93, :ps_state, {:bool, :u32}, "power save is on"
  end
end

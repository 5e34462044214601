defmodule Linx.Netlink.Generic.Nl80211.Wiphy.FreqRange do
  @moduledoc """
  Range of frequencies of a radio.

  Kernel side: `NL80211_WIPHY_RADIO_FREQ_ATTR_*` of `include/uapi/linux/nl80211.h`.
  """

  use Linx.Netlink.Codec

  codec prefix: "NL80211_WIPHY_RADIO_FREQ_ATTR_" do
    attr 1, :start, :u32, "lower end, kHz"
    attr 2, :end, :u32, "upper end, kHz"
  end
end

defmodule Linx.Netlink.Generic.Nl80211.Band.Bitrate do
  @moduledoc """
  Rate of a band.

  Kernel side: `NL80211_BITRATE_ATTR_*` of `include/uapi/linux/nl80211.h`.
  """

  use Linx.Netlink.Codec

  codec prefix: "NL80211_BITRATE_ATTR_" do
    attr 1, :rate, :u32, "rate, 1/10 Mb/s"

    attr 2, :shortpreamble_2ghz, :flag, "may be sent with a short preamble at 2.4 GHz",
      c: "NL80211_BITRATE_ATTR_2GHZ_SHORTPREAMBLE"
  end
end

defmodule Linx.Netlink.Generic.Nl80211.Wiphy.BssSelect do
  @moduledoc """
  Choices of a network that the driver can make.

  Kernel side: `NL80211_BSS_SELECT_ATTR_*` of `include/uapi/linux/nl80211.h`.
  """

  use Linx.Netlink.Codec

  codec prefix: "NL80211_BSS_SELECT_ATTR_" do
    attr 1, :rssi, :flag, "by signal"
    attr 2, :band_pref, :flag, "by band"
    attr 3, :rssi_adjust, :flag, "by signal, adjusted for a band"
  end
end

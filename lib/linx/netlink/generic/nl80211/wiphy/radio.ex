defmodule Linx.Netlink.Generic.Nl80211.Wiphy.Radio do
  @moduledoc """
  One of several radios of a wiphy.

  Kernel side: `NL80211_WIPHY_RADIO_ATTR_*` of `include/uapi/linux/nl80211.h`.
  """

  use Linx.Netlink.Codec

  alias Linx.Netlink.Generic.Nl80211.InterfaceCombination
  alias Linx.Netlink.Generic.Nl80211.Wiphy.FreqRange

  codec prefix: "NL80211_WIPHY_RADIO_ATTR_" do
    attr 1, :index, :u32, "number"
    attr 2, :freq_range, {:repeated, {:nested, FreqRange}}, "ranges of frequencies"

    attr 3,
         :interface_combination,
         {:repeated, {:nested, InterfaceCombination}},
         "interfaces that it can have at once"

    attr 4, :antenna_mask, :u32, "antennas, a bit mask"
    attr 5, :rts_threshold, :u32, "length from which on frames are announced, bytes"
  end
end

defmodule Linx.Netlink.Generic.Nl80211.Frequency.WmmRule do
  @moduledoc """
  Limits of a queue on a channel.

  Kernel side: `NL80211_WMMR_*` of `include/uapi/linux/nl80211.h`.
  """

  use Linx.Netlink.Codec

  codec prefix: "NL80211_WMMR_" do
    attr 1, :cw_min, :u16, "least contention window"
    attr 2, :cw_max, :u16, "largest contention window"
    attr 3, :aifsn, :u8, "arbitration interframe space"
    attr 4, :txop, :u16, "longest transmission, us"
  end
end

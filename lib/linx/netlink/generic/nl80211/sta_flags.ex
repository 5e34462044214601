defmodule Linx.Netlink.Generic.Nl80211.StaFlags do
  @moduledoc """
  Flags of a station.

  Kernel side: `struct nl80211_sta_flag_update` and `NL80211_STA_FLAG_*` of
  `include/uapi/linux/nl80211.h`.
  """

  use Linx.Netlink.Codec

  # NL80211_STA_FLAG_*, as bits.
  @flags [
    authorized: 0x2,
    short_preamble: 0x4,
    wme: 0x8,
    mfp: 0x10,
    authenticated: 0x20,
    tdls_peer: 0x40,
    associated: 0x80,
    spp_amsdu: 0x100
  ]

  codec do
    header "struct nl80211_sta_flag_update" do
      field :mask, {:flags, :u32, @flags}, "flags that are known",
        values: {:bit, "NL80211_STA_FLAG_"}

      field :set, {:flags, :u32, @flags}, "flags that are on", values: {:bit, "NL80211_STA_FLAG_"}
    end
  end
end

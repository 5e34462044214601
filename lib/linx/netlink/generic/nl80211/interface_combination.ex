defmodule Linx.Netlink.Generic.Nl80211.InterfaceCombination do
  @moduledoc """
  Interfaces that a radio can have at once.

  Kernel side: `NL80211_IFACE_COMB_*` of `include/uapi/linux/nl80211.h`.
  """

  use Linx.Netlink.Codec

  alias Linx.Netlink.Generic.Nl80211.{IfaceLimit, Names}

  import Bitwise, only: [<<<: 2]

  @widths for {name, number} <- Names.chan_widths(), do: {name, 1 <<< number}

  codec prefix: "NL80211_IFACE_COMB_" do
    attr 1, :limits, {:array, {:nested, IfaceLimit}}, "limits by type"
    attr 2, :maxnum, :u32, "largest number in all"
    attr 3, :sta_ap_bi_match, :flag, "all have the same beacon interval"
    attr 4, :num_channels, :u32, "number of channels that they can use"

    attr 5,
         :radar_detect_widths,
         {:flags, :u32, @widths},
         "widths of channels on which radar can be detected",
         values: {:bit, "NL80211_CHAN_WIDTH_"}

    attr 6, :radar_detect_regions, :u32, "regions in which radar can be detected, a bit mask"
    attr 7, :bi_min_gcd, :u32, "least common divisor of beacon intervals, TU"
  end
end

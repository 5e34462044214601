defmodule Linx.Netlink.Generic.Nl80211.Channel do
  @moduledoc """
  Channel of an interface or of a request: frequency and width.

  Kernel side: `NL80211_ATTR_*` of `include/uapi/linux/nl80211.h`.

  Frequencies in the segment of a channel that is wider than 20 MHz are those of its centre.
  """

  use Linx.Netlink.Codec

  alias Linx.Netlink.Generic.Nl80211.Names

  codec prefix: "NL80211_ATTR_" do
    attr 38, :wiphy_freq, :u32, "frequency of the control channel, MHz"
    attr 290, :wiphy_freq_offset, :u32, "added to `wiphy_freq`, kHz"

    attr 39,
         :wiphy_channel_type,
         {:enum, :u32, Names.channel_types()},
         "place of the second 20 MHz of a channel of HT",
         values: "NL80211_CHAN_"

    attr 159, :channel_width, {:enum, :u32, Names.chan_widths()}, "width, MHz",
      values: "NL80211_CHAN_WIDTH_"

    attr 160, :center_freq1, :u32, "frequency of the centre of the first segment, MHz"
    attr 291, :center_freq1_offset, :u32, "added to `center_freq1`, kHz"

    attr 161,
         :center_freq2,
         :u32,
         "frequency of the centre of the second segment of 80+80 MHz, MHz"

    attr 322, :punct_bitmap, :u32, "20 MHz subchannels that are not used, a bit mask"
  end
end

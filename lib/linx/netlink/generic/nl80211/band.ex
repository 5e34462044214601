defmodule Linx.Netlink.Generic.Nl80211.Band do
  @moduledoc """
  Band of a radio: its channels, rates and capabilities.

  Kernel side: `NL80211_BAND_ATTR_*` of `include/uapi/linux/nl80211.h`.

  Capabilities of HT, VHT, HE and later are the bytes and bits of IEEE 802.11.
  """

  use Linx.Netlink.Codec

  alias Linx.Netlink.Generic.Nl80211.Frequency
  alias __MODULE__.{Bitrate, IftypeData}

  codec prefix: "NL80211_BAND_ATTR_" do
    attr 1, :freqs, {:array, {:nested, Frequency}}, "channels"
    attr 2, :rates, {:array, {:nested, Bitrate}}, "rates of OFDM and DSSS"
    attr 3, :ht_mcs_set, :binary, "rates of HT, 16 bytes"
    attr 4, :ht_capa, :u16, "capabilities of HT"
    attr 5, :ht_ampdu_factor, :u8, "longest A-MPDU is 2 to the power of 13 plus this, bytes"
    attr 6, :ht_ampdu_density, :u8, "least space between the starts of MPDUs, a code"
    attr 7, :vht_mcs_set, :binary, "rates of VHT, 8 bytes"
    attr 8, :vht_capa, :u32, "capabilities of VHT"
    attr 9, :iftype_data, {:array, {:nested, IftypeData}}, "capabilities by type of interface"
    attr 10, :edmg_channels, :u8, "channels of EDMG, a bit mask"
    attr 11, :edmg_bw_config, :u8, "widths of EDMG, a code"
    attr 12, :s1g_mcs_nss_set, :binary, "rates of S1G, 5 bytes"
    attr 13, :s1g_capa, :binary, "capabilities of S1G, 10 bytes"
  end
end

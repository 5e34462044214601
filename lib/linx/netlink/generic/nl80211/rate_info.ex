defmodule Linx.Netlink.Generic.Nl80211.RateInfo do
  @moduledoc """
  Rate at which frames are sent.

  Kernel side: `NL80211_RATE_INFO_*` of `include/uapi/linux/nl80211.h`.
  """

  use Linx.Netlink.Codec

  # NL80211_RATE_INFO_HE_RU_ALLOC_* of include/uapi/linux/nl80211.h.
  @he_ru ["26": 0, "52": 1, "106": 2, "242": 3, "484": 4, "996": 5, "2x996": 6]

  # NL80211_RATE_INFO_EHT_RU_ALLOC_* of include/uapi/linux/nl80211.h.
  @eht_ru [
    "26": 0,
    "52": 1,
    "52p26": 2,
    "106": 3,
    "106p26": 4,
    "242": 5,
    "484": 6,
    "484p242": 7,
    "996": 8,
    "996p484": 9,
    "996p484p242": 10,
    "2x996": 11,
    "2x996p484": 12,
    "3x996": 13,
    "3x996p484": 14,
    "4x996": 15
  ]

  # NL80211_RATE_INFO_HE_GI_* and those of EHT of include/uapi/linux/nl80211.h.
  @gi ["0_8": 0, "1_6": 1, "3_2": 2]

  codec prefix: "NL80211_RATE_INFO_" do
    attr 1, :bitrate, :u16, "rate, 1/10 Mb/s; `nil` above 6.5 Gb/s"
    attr 2, :mcs, :u8, "index of HT"
    attr 3, :width_40_mhz, :flag, "width of 40 MHz", c: "NL80211_RATE_INFO_40_MHZ_WIDTH"
    attr 4, :short_gi, :flag, "short guard interval"
    attr 5, :bitrate32, :u32, "rate, 1/10 Mb/s"
    attr 6, :vht_mcs, :u8, "index of VHT"
    attr 7, :vht_nss, :u8, "spatial streams of VHT"
    attr 8, :width_80_mhz, :flag, "width of 80 MHz", c: "NL80211_RATE_INFO_80_MHZ_WIDTH"
    attr 9, :width_80p80_mhz, :flag, "width of 80+80 MHz", c: "NL80211_RATE_INFO_80P80_MHZ_WIDTH"
    attr 10, :width_160_mhz, :flag, "width of 160 MHz", c: "NL80211_RATE_INFO_160_MHZ_WIDTH"
    attr 11, :width_10_mhz, :flag, "width of 10 MHz", c: "NL80211_RATE_INFO_10_MHZ_WIDTH"
    attr 12, :width_5_mhz, :flag, "width of 5 MHz", c: "NL80211_RATE_INFO_5_MHZ_WIDTH"
    attr 13, :he_mcs, :u8, "index of HE"
    attr 14, :he_nss, :u8, "spatial streams of HE"

    attr 15, :he_gi, {:enum, :u8, @gi}, "guard interval of HE, us",
      values: "NL80211_RATE_INFO_HE_GI_"

    attr 16, :he_dcm, {:bool, :u8}, "dual carrier modulation of HE"

    attr 17, :he_ru_alloc, {:enum, :u8, @he_ru}, "resource unit of HE, tones",
      values: {"NL80211_RATE_INFO_HE_RU_ALLOC_", "2x996": "NL80211_RATE_INFO_HE_RU_ALLOC_2x996"}

    attr 18, :width_320_mhz, :flag, "width of 320 MHz", c: "NL80211_RATE_INFO_320_MHZ_WIDTH"
    attr 19, :eht_mcs, :u8, "index of EHT"
    attr 20, :eht_nss, :u8, "spatial streams of EHT"

    attr 21, :eht_gi, {:enum, :u8, @gi}, "guard interval of EHT, us",
      values: "NL80211_RATE_INFO_EHT_GI_"

    attr 22, :eht_ru_alloc, {:enum, :u8, @eht_ru}, "resource unit of EHT, tones",
      values:
        {"NL80211_RATE_INFO_EHT_RU_ALLOC_",
         "2x996": "NL80211_RATE_INFO_EHT_RU_ALLOC_2x996",
         "2x996p484": "NL80211_RATE_INFO_EHT_RU_ALLOC_2x996P484",
         "3x996": "NL80211_RATE_INFO_EHT_RU_ALLOC_3x996",
         "3x996p484": "NL80211_RATE_INFO_EHT_RU_ALLOC_3x996P484",
         "4x996": "NL80211_RATE_INFO_EHT_RU_ALLOC_4x996"}

    attr 23, :s1g_mcs, :u8, "index of S1G"
    attr 24, :s1g_nss, :u8, "spatial streams of S1G"
    attr 25, :width_1_mhz, :flag, "width of 1 MHz", c: "NL80211_RATE_INFO_1_MHZ_WIDTH"
    attr 26, :width_2_mhz, :flag, "width of 2 MHz", c: "NL80211_RATE_INFO_2_MHZ_WIDTH"
    attr 27, :width_4_mhz, :flag, "width of 4 MHz", c: "NL80211_RATE_INFO_4_MHZ_WIDTH"
    attr 28, :width_8_mhz, :flag, "width of 8 MHz", c: "NL80211_RATE_INFO_8_MHZ_WIDTH"
    attr 29, :width_16_mhz, :flag, "width of 16 MHz", c: "NL80211_RATE_INFO_16_MHZ_WIDTH"
    attr 30, :uhr_mcs, :u8, "index of UHR"
    attr 31, :uhr_elr, :flag, "enhanced long range of UHR"
    attr 32, :uhr_im, :flag, "interference mitigation of UHR"
  end

  @doc """
  The rate in Mb/s; `nil` if it is not known.

      iex> Linx.Netlink.Generic.Nl80211.RateInfo.mbits(%Linx.Netlink.Generic.Nl80211.RateInfo{bitrate: 55})
      5.5
  """
  @spec mbits(t()) :: float() | nil
  def mbits(%__MODULE__{bitrate32: nil, bitrate: nil}), do: nil
  def mbits(%__MODULE__{bitrate32: nil, bitrate: rate}), do: rate / 10
  def mbits(%__MODULE__{bitrate32: rate}), do: rate / 10
end

defmodule Linx.Netlink.Generic.Nl80211.Band.IftypeData do
  @moduledoc """
  Capabilities of a band for types of interfaces.

  Kernel side: `NL80211_BAND_IFTYPE_ATTR_*` of `include/uapi/linux/nl80211.h`.
  """

  use Linx.Netlink.Codec

  alias Linx.Netlink.Generic.Nl80211.Iftypes

  codec prefix: "NL80211_BAND_IFTYPE_ATTR_" do
    attr 1, :iftypes, {:indexed, :flag}, "types of interfaces", as: Iftypes
    attr 2, :he_cap_mac, :binary, "MAC capabilities of HE"
    attr 3, :he_cap_phy, :binary, "PHY capabilities of HE"
    attr 4, :he_cap_mcs_set, :binary, "rates of HE"
    attr 5, :he_cap_ppe, :binary, "PPE thresholds of HE"
    attr 6, :he_6ghz_capa, :u16, "capabilities of HE at 6 GHz"
    attr 7, :vendor_elems, :binary, "information elements of vendors"
    attr 8, :eht_cap_mac, :binary, "MAC capabilities of EHT"
    attr 9, :eht_cap_phy, :binary, "PHY capabilities of EHT"
    attr 10, :eht_cap_mcs_set, :binary, "rates of EHT"
    attr 11, :eht_cap_ppe, :binary, "PPE thresholds of EHT"
    attr 12, :uhr_cap_mac, :binary, "MAC capabilities of UHR"
    attr 13, :uhr_cap_phy, :binary, "PHY capabilities of UHR"
  end
end

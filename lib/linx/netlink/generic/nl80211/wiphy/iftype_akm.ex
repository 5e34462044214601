defmodule Linx.Netlink.Generic.Nl80211.Wiphy.IftypeAkm do
  @moduledoc """
  Ways of authentication for types of interfaces.

  Kernel side: `NL80211_IFTYPE_AKM_ATTR_*` of `include/uapi/linux/nl80211.h`.
  """

  use Linx.Netlink.Codec

  alias Linx.Netlink.Generic.Nl80211.{Iftypes, Names}

  codec prefix: "NL80211_IFTYPE_AKM_ATTR_" do
    attr 1, :iftypes, {:indexed, :flag}, "types", as: Iftypes

    attr 2, :suites, {:packed, {:enum, :u32, Names.akm_suites()}}, "ways of authentication",
      values: {:kernel, "include/linux/ieee80211.h"}
  end
end

defmodule Linx.Netlink.Generic.Nl80211.Station.Link do
  @moduledoc """
  Link of a multi-link station.

  Kernel side: `NL80211_ATTR_*` of `include/uapi/linux/nl80211.h`.
  """

  use Linx.Netlink.Codec

  alias Linx.MAC
  alias Linx.Netlink.Generic.Nl80211.Station.Info

  codec prefix: "NL80211_ATTR_" do
    attr 313, :mlo_link_id, :u8, "number of the link"
    attr 6, :mac, MAC, "MAC address"
    attr 21, :sta_info, {:nested, Info}, "properties and counters"
  end
end

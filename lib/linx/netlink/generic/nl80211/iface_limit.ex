defmodule Linx.Netlink.Generic.Nl80211.IfaceLimit do
  @moduledoc """
  How many interfaces of some types a radio can have at once.

  Kernel side: `NL80211_IFACE_LIMIT_*` of `include/uapi/linux/nl80211.h`.
  """

  use Linx.Netlink.Codec

  alias Linx.Netlink.Generic.Nl80211.Iftypes

  codec prefix: "NL80211_IFACE_LIMIT_" do
    attr 1, :max, :u32, "largest number"
    attr 2, :types, {:indexed, :flag}, "types", as: Iftypes
  end
end

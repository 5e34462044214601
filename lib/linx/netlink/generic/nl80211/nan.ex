defmodule Linx.Netlink.Generic.Nl80211.Nan do
  @moduledoc """
  Event of neighbour awareness networking (NAN).

  Kernel side: `NL80211_ATTR_*` of `include/uapi/linux/nl80211.h`.
  """

  use Linx.Netlink.Codec

  alias Linx.MAC
  alias Linx.Netlink.Generic.Header

  codec prefix: "NL80211_ATTR_" do
    header Header

    attr 1, :wiphy, :u32, "index of the radio"
    attr 153, :wdev, :u64, "identifier of the interface"
    attr 3, :ifindex, :u32, "index of the link"
    attr 6, :mac, MAC, "MAC address"
    attr 88, :cookie, :u64, "identifier of a function"
    attr 240, :nan_func, :binary, "the function, attributes `NL80211_NAN_FUNC_*`"
    attr 241, :nan_match, :binary, "a match, attributes `NL80211_NAN_MATCH_*`"
  end
end

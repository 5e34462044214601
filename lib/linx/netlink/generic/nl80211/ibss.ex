defmodule Linx.Netlink.Generic.Nl80211.Ibss do
  @moduledoc """
  Request to join a network of stations without an access point (IBSS), and its event.

  Kernel side: `NL80211_ATTR_*` of `include/uapi/linux/nl80211.h`.
  """

  use Linx.Netlink.Codec

  alias Linx.MAC
  alias Linx.Netlink.Generic.Header
  alias Linx.Netlink.Generic.Nl80211.Channel

  codec prefix: "NL80211_ATTR_" do
    header Header

    attr 1, :wiphy, :u32, "index of the radio"
    attr 3, :ifindex, :u32, "index of the link"
    attr 153, :wdev, :u64, "identifier of an interface without a link"
    attr 52, :ssid, :binary, "name of the network"
    attr 6, :mac, MAC, "BSSID"
    include Channel
    attr 60, :freq_fixed, :flag, "stay on this frequency"
    attr 12, :beacon_interval, :u32, "time from one beacon to the next, TU of 1024 us"
    attr 36, :bss_basic_rates, :binary, "basic rates, a byte each, 1/2 Mb/s"
    attr 107, :mcast_rate, :u32, "rate of multicast frames, 1/10 Mb/s"
    attr 42, :ie, :binary, "information elements of beacons"
    attr 70, :privacy, :flag, "frames are encrypted"
  end
end

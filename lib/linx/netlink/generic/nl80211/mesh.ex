defmodule Linx.Netlink.Generic.Nl80211.Mesh do
  @moduledoc """
  Request to join a mesh (IEEE 802.11s), and its settings.

  Kernel side: `NL80211_ATTR_*` of `include/uapi/linux/nl80211.h`.
  """

  use Linx.Netlink.Codec

  alias Linx.Netlink.Generic.Header
  alias Linx.Netlink.Generic.Nl80211.Channel
  alias __MODULE__.{Config, Setup}

  codec prefix: "NL80211_ATTR_" do
    header Header

    attr 3, :ifindex, :u32, "index of the link"
    attr 153, :wdev, :u64, "identifier of an interface without a link"
    attr 24, :mesh_id, :binary, "name of the mesh"
    include Channel
    attr 112, :mesh_setup, {:nested, Setup}, "settings that stay"
    attr 35, :mesh_config, {:nested, Config}, "settings that can be changed"
    attr 12, :beacon_interval, :u32, "time from one beacon to the next, TU of 1024 us"
    attr 13, :dtim_period, :u32, "beacons from one DTIM to the next"
    attr 36, :bss_basic_rates, :binary, "basic rates, a byte each, 1/2 Mb/s"
    attr 107, :mcast_rate, :u32, "rate of multicast frames, 1/10 Mb/s"
  end
end

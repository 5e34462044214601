defmodule Linx.Netlink.Generic.Nl80211.Station do
  @moduledoc """
  Station: the other end of an interface, such as a client of an access point.

  Kernel side: `NL80211_ATTR_*` of `include/uapi/linux/nl80211.h`.
  """

  use Linx.Netlink.Codec

  alias Linx.MAC
  alias Linx.Netlink.Generic.Header
  alias __MODULE__.{Info, Link}

  codec prefix: "NL80211_ATTR_" do
    header Header

    attr 3, :ifindex, :u32, "index of the link"
    attr 153, :wdev, :u64, "identifier of an interface without a link"
    attr 6, :mac, MAC, "MAC address"
    attr 46, :generation, :u32, "changes with the list of stations"
    attr 21, :sta_info, {:nested, Info}, "properties and counters"
    attr 16, :sta_aid, :u16, "association id, 1 to 2007"
    attr 282, :vlan_id, :u16, "VLAN id"
    attr 313, :mlo_link_id, :u8, "number of the link of a multi-link station"
    attr 314, :mld_addr, MAC, "MAC address of a multi-link station"
    attr 312, :mlo_links, {:array, {:nested, Link}}, "links of a multi-link station"
    attr 42, :ie, :binary, "information elements of the association request, in an event"
    attr 78, :resp_ie, :binary, "information elements of the response, in an event"
  end
end

defmodule Linx.Netlink.Generic.Nl80211.Vendor do
  @moduledoc """
  Event or command of a vendor.

  Kernel side: `NL80211_ATTR_*` of `include/uapi/linux/nl80211.h`.
  """

  use Linx.Netlink.Codec

  alias Linx.Netlink.Generic.Header

  codec prefix: "NL80211_ATTR_" do
    header Header

    attr 1, :wiphy, :u32, "index of the radio"
    attr 3, :ifindex, :u32, "index of the link"
    attr 153, :wdev, :u64, "identifier of an interface without a link"
    attr 195, :vendor_id, :u32, "OUI of the vendor"
    attr 196, :vendor_subcmd, :u32, "number of the event"
    attr 197, :vendor_data, :binary, "contents"
  end
end

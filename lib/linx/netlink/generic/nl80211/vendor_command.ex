defmodule Linx.Netlink.Generic.Nl80211.VendorCommand do
  @moduledoc """
  Command or event of a vendor.

  Kernel side: `struct nl80211_vendor_cmd_info` of `include/uapi/linux/nl80211.h`.
  """

  use Linx.Netlink.Codec

  codec do
    header "struct nl80211_vendor_cmd_info" do
      field :vendor_id, :u32, "OUI of the vendor"
      field :subcmd, :u32, "number of the command or event"
    end
  end
end

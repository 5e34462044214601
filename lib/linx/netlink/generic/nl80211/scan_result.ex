defmodule Linx.Netlink.Generic.Nl80211.ScanResult do
  @moduledoc """
  Network that a scan found, as the kernel lists it.

  Kernel side: `NL80211_ATTR_*` of `include/uapi/linux/nl80211.h`.
  """

  use Linx.Netlink.Codec

  alias Linx.Netlink.Generic.Header
  alias __MODULE__.Info

  codec prefix: "NL80211_ATTR_" do
    header Header

    attr 3, :ifindex, :u32, "index of the link"
    attr 153, :wdev, :u64, "identifier of an interface without a link"
    attr 46, :generation, :u32, "changes with the list"
    attr 47, :bss, {:nested, Info}, "the network"
    attr 327, :bss_dump_include_use_data, :flag, "also networks that cannot be used, request only"
  end
end

defmodule Linx.Netlink.Generic.Nl80211.Survey do
  @moduledoc """
  Survey of a channel: for how long it was busy.

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
    attr 84, :survey_info, {:nested, Info}, "counters"
    attr 218, :survey_radio_stats, :flag, "of the radio in place of its channels, request only"
  end
end

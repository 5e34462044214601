defmodule Linx.Netlink.Generic.Nl80211.Regulatory do
  @moduledoc """
  Regulatory domain: frequencies and powers that a country allows.

  Kernel side: `NL80211_ATTR_*` of `include/uapi/linux/nl80211.h`.
  """

  use Linx.Netlink.Codec

  alias Linx.Netlink.Generic.Header
  alias Linx.Netlink.Generic.Nl80211.Frequency
  alias __MODULE__.Rule

  # NL80211_REGDOM_SET_BY_* of include/uapi/linux/nl80211.h.
  @initiators [core: 0, user: 1, driver: 2, country_ie: 3]

  # NL80211_REGDOM_TYPE_* of include/uapi/linux/nl80211.h.
  @types [country: 0, world: 1, custom_world: 2, intersection: 3]

  # NL80211_DFS_* of include/uapi/linux/nl80211.h.
  @dfs_regions [unset: 0, fcc: 1, etsi: 2, jp: 3]

  # NL80211_USER_REG_HINT_* of include/uapi/linux/nl80211.h.
  @hints [user: 0, cell_base: 1, indoor: 2]

  codec prefix: "NL80211_ATTR_" do
    header Header

    attr 1, :wiphy, :u32, "index of the radio that has the domain; `nil` for that of all radios"

    attr 48, :reg_initiator, {:enum, :u8, @initiators}, "origin of a change, in an event",
      values: "NL80211_REGDOM_SET_BY_"

    attr 49, :reg_type, {:enum, :u8, @types}, "sort of a domain, in an event",
      values: "NL80211_REGDOM_TYPE_"

    attr 33,
         :reg_alpha2,
         :string,
         "country, two letters; 00 for the world, 99 for a custom domain, 98 for an intersection"

    attr 146, :dfs_region, {:enum, :u8, @dfs_regions}, "rules of radar detection",
      values: "NL80211_DFS_"

    attr 154, :user_reg_hint_type, {:enum, :u32, @hints}, "origin of a hint",
      values: "NL80211_USER_REG_HINT_"

    attr 221, :reg_indoor, :flag, "the device is indoors, request only"
    attr 216, :wiphy_self_managed_reg, :flag, "the driver of the radio has a domain of its own"
    attr 34, :reg_rules, {:array, {:nested, Rule}}, "ranges of frequencies"
    attr 3, :ifindex, :u32, "index of the link, in an event"
    attr 58, :freq_before, {:nested, Frequency}, "channel before a beacon of it, in an event"
    attr 59, :freq_after, {:nested, Frequency}, "channel after that, in an event"
  end

  @doc false
  @spec hints() :: keyword(non_neg_integer())
  def hints, do: @hints
end

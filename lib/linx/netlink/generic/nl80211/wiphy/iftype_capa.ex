defmodule Linx.Netlink.Generic.Nl80211.Wiphy.IftypeCapa do
  @moduledoc """
  Extended capabilities of a type of interface.

  Kernel side: `NL80211_ATTR_*` of `include/uapi/linux/nl80211.h`.
  """

  use Linx.Netlink.Codec

  alias Linx.Netlink.Generic.Nl80211.Names

  codec prefix: "NL80211_ATTR_" do
    attr 5, :iftype, {:enum, :u32, Names.iftypes()}, "type", values: "NL80211_IFTYPE_"
    attr 169, :ext_capa, :binary, "capabilities"
    attr 170, :ext_capa_mask, :binary, "capabilities that are valid"
    attr 317, :eml_capability, :u16, "capabilities of enhanced multi-link"
    attr 318, :mld_capa_and_ops, :u16, "capabilities of multi-link"
  end
end

defmodule Linx.Netlink.Generic.Nl80211.Mesh.Reply do
  @moduledoc false
  # Settings of a mesh as the kernel reports them. It puts the index of the link among them
  # (`nl80211_get_mesh_config` of net/wireless/nl80211.c): NL80211_ATTR_IFINDEX, a u32, has the number of
  # NL80211_MESHCONF_HOLDING_TIMEOUT, a u16.

  use Linx.Netlink.Codec

  alias Linx.Netlink.Generic.Header

  codec prefix: "NL80211_ATTR_" do
    header Header
    attr 35, :mesh_config, :binary, "settings"
  end
end

defmodule Linx.Netlink.Generic.Nl80211.Interface do
  @moduledoc """
  Interface of a radio: a virtual device with a type, such as a station or an access point.

  Kernel side: `NL80211_ATTR_*` of `include/uapi/linux/nl80211.h`.
  """

  use Linx.Netlink.Codec

  alias Linx.MAC
  alias Linx.Netlink.Generic.Header
  alias Linx.Netlink.Generic.Nl80211.{Channel, Names, TxqStats}
  alias __MODULE__.Link

  codec prefix: "NL80211_ATTR_" do
    header Header

    attr 1, :wiphy, :u32, "index of the radio"

    attr 3,
         :ifindex,
         :u32,
         "index of the link; `nil` for an interface without one, such as a P2P device"

    attr 4, :ifname, :string, "name of the link"
    attr 5, :iftype, {:enum, :u32, Names.iftypes()}, "type", values: "NL80211_IFTYPE_"
    attr 153, :wdev, :u64, "identifier of the interface among all radios"
    attr 6, :mac, MAC, "MAC address"
    attr 46, :generation, :u32, "changes with the list of interfaces"

    attr 83,
         :four_addr,
         {:bool, :u8},
         "frames have four addresses, so that a bridge can have the interface as a port",
         c: "NL80211_ATTR_4ADDR"

    include Channel
    attr 52, :ssid, :binary, "name of the network, up to 32 bytes"
    attr 98, :wiphy_tx_power_level, :s32, "transmit power, 1/100 dBm: `tx_power/1`"
    attr 265, :txq_stats, {:nested, TxqStats}, "counters of the transmit queue"
    attr 312, :mlo_links, {:array, {:nested, Link}}, "links of a multi-link device"
    attr 333, :vif_radio_mask, :u32, "radios of the wiphy that the interface may use, a bit mask"
    attr 24, :mesh_id, :binary, "name of a mesh, request only"

    attr 23,
         :mntr_flags,
         {:indexed, :flag},
         "frames that an interface of the type `:monitor` reports, request only"

    attr 204,
         :socket_owner,
         :flag,
         "the kernel deletes the interface with the socket, request only"
  end

  @doc """
  The transmit power in dBm; `nil` if the driver does not report it.

      iex> Linx.Netlink.Generic.Nl80211.Interface.tx_power(%Linx.Netlink.Generic.Nl80211.Interface{wiphy_tx_power_level: 1550})
      15.5
  """
  @spec tx_power(t()) :: float() | nil
  def tx_power(%__MODULE__{wiphy_tx_power_level: nil}), do: nil
  def tx_power(%__MODULE__{wiphy_tx_power_level: level}), do: level / 100
end

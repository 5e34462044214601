defmodule Linx.Netlink.Generic.Ethtool.Pse.Ntf do
  @moduledoc """
  Notification of the supply of power. From Linux 6.17.

  Kernel side: `ETHTOOL_A_PSE_NTF_*` of `include/uapi/linux/ethtool_netlink.h`.
  """

  use Linx.Netlink.Codec

  alias Linx.Netlink.Generic.Header
  alias Linx.Netlink.Generic.Ethtool.Dev

  # enum ethtool_pse_event.
  @events [
    over_current: 0x1,
    over_temp: 0x2,
    detection: 0x4,
    classification: 0x8,
    disconnection: 0x10,
    over_budget: 0x20,
    sw_pw_control_error: 0x40
  ]

  codec prefix: "ETHTOOL_A_PSE_NTF_" do
    header Header
    attr 1, :dev, {:nested, Dev}, "the link", c: "ETHTOOL_A_PSE_NTF_HEADER"

    attr 2, :events, {:flags, :u32, @events}, "what happened",
      values:
        {"ETHTOOL_PSE_EVENT_",
         detection: "ETHTOOL_C33_PSE_EVENT_DETECTION",
         classification: "ETHTOOL_C33_PSE_EVENT_CLASSIFICATION",
         disconnection: "ETHTOOL_C33_PSE_EVENT_DISCONNECTION"}
  end
end

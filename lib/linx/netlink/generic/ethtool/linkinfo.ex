defmodule Linx.Netlink.Generic.Ethtool.Linkinfo do
  @moduledoc """
  Port of a link: connector, PHY address, crossover.

  Kernel side: `ETHTOOL_A_LINKINFO_*` of `include/uapi/linux/ethtool_netlink.h`.
  """

  use Linx.Netlink.Codec
  use Linx.Netlink.Options

  alias Linx.Netlink.Generic.Header
  alias Linx.Netlink.Generic.Ethtool.Dev

  # PORT_*, ETH_TP_MDI*, XCVR_* of include/uapi/linux/ethtool.h.
  @ports [tp: 0, aui: 1, mii: 2, fibre: 3, bnc: 4, da: 5, none: 0xEF, other: 0xFF]
  @mdix [invalid: 0, mdi: 1, mdi_x: 2, auto: 3]
  @mdix_names {"ETH_TP_", invalid: "ETH_TP_MDI_INVALID", auto: "ETH_TP_MDI_AUTO"}

  codec prefix: "ETHTOOL_A_LINKINFO_" do
    header Header
    attr 1, :dev, {:nested, Dev}, "the link", c: "ETHTOOL_A_LINKINFO_HEADER"
    attr 2, :port, {:enum, :u8, @ports}, "connector", values: "PORT_"
    attr 3, :phyaddr, :u8, "address of the PHY on MDIO"
    attr 4, :tp_mdix, {:enum, :u8, @mdix}, "crossover of the pairs", values: @mdix_names

    attr 5, :tp_mdix_ctrl, {:enum, :u8, @mdix}, "crossover of the pairs that was set",
      values: @mdix_names

    attr 6, :transceiver, {:enum, :u8, [internal: 0, external: 1]}, "place of the PHY",
      values: "XCVR_"
  end

  options(
    port: {{:enum, @ports}, "connector", values: "PORT_"},
    phyaddr: {0..255, "address of the PHY on MDIO"},
    tp_mdix_ctrl: {{:enum, @mdix}, "crossover of the pairs", values: @mdix_names}
  )
end

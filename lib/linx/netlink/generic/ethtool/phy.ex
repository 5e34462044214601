defmodule Linx.Netlink.Generic.Ethtool.Phy do
  @moduledoc """
  PHY of a link. From Linux 6.12.

  Kernel side: `ETHTOOL_A_PHY_*` of `include/uapi/linux/ethtool_netlink.h`.

  `Ethtool.list(sock, :phy, link: "eth0")` reads all PHYs of a link.
  """

  use Linx.Netlink.Codec

  alias Linx.Netlink.Generic.Header
  alias Linx.Netlink.Generic.Ethtool.Dev

  # PHY_UPSTREAM_* of include/uapi/linux/ethtool.h.
  @upstream [mac: 0, phy: 1]

  codec prefix: "ETHTOOL_A_PHY_" do
    header Header
    attr 1, :dev, {:nested, Dev}, "the link", c: "ETHTOOL_A_PHY_HEADER"
    attr 2, :index, :u32, "index of the PHY within the link"
    attr 3, :drvname, :string, "name of the driver"
    attr 4, :name, :string, "name of the device"
    attr 5, :upstream_type, {:enum, :u32, @upstream}, "what it is behind", values: "PHY_UPSTREAM_"
    attr 6, :upstream_index, :u32, "index of the PHY that it is behind"
    attr 7, :upstream_sfp_name, :string, "name of the SFP cage that it is in"
    attr 8, :downstream_sfp_name, :string, "name of the SFP cage behind it"
  end
end

defmodule Linx.Netlink.Generic.Ethtool.PhcVclocks do
  @moduledoc """
  Virtual clocks of the hardware clock of a link.

  Kernel side: `ETHTOOL_A_PHC_VCLOCKS_*` of `include/uapi/linux/ethtool_netlink.h`.
  """

  use Linx.Netlink.Codec

  alias Linx.Netlink.Generic.Header
  alias Linx.Netlink.Generic.Ethtool.Dev

  codec prefix: "ETHTOOL_A_PHC_VCLOCKS_" do
    header Header
    attr 1, :dev, {:nested, Dev}, "the link", c: "ETHTOOL_A_PHC_VCLOCKS_HEADER"
    attr 2, :num, :u32, "number of virtual clocks"
    attr 3, :index, {:packed, :s32}, "their indices, N of `/dev/ptpN`"
  end
end

defmodule Linx.Netlink.Rtnl.Stats.Offload.HwInfo do
  @moduledoc """
  Whether counting of a group is requested (`request`), and takes place (`used`):
  `IFLA_OFFLOAD_XSTATS_HW_S_INFO_*`.
  """

  use Linx.Netlink.Codec

  codec prefix: "IFLA_OFFLOAD_XSTATS_HW_S_INFO_" do
    attr 1, :request, :u8, "counting is requested"
    attr 2, :used, :u8, "the hardware counts"
  end
end

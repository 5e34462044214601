defmodule Linx.Netlink.Rtnl.Stats.Offload.HwInfo do
  @moduledoc """
  Whether counting of a group is requested (`request`), and takes place (`used`):
  `IFLA_OFFLOAD_XSTATS_HW_S_INFO_*`.
  """

  use Linx.Netlink.Codec

  codec prefix: "IFLA_OFFLOAD_XSTATS_HW_S_INFO_" do
    attr 1, :request, {:bool, :u8}, "counting is requested"
    attr 2, :used, {:bool, :u8}, "the hardware counts"
  end
end

defmodule Linx.Netlink.Rtnl.LinkInfo.Can.Tdc do
  @moduledoc """
  Transmitter delay compensation of CAN FD: `IFLA_CAN_TDC_*`, in clock periods.
  """

  use Linx.Netlink.Codec

  codec prefix: "IFLA_CAN_TDC_" do
    attr 1, :tdcv_min, :u32, "smallest compensation value, clock periods"
    attr 2, :tdcv_max, :u32, "largest compensation value, clock periods"
    attr 3, :tdco_min, :u32, "smallest offset, clock periods"
    attr 4, :tdco_max, :u32, "largest offset, clock periods"
    attr 5, :tdcf_min, :u32, "smallest filter window, clock periods"
    attr 6, :tdcf_max, :u32, "largest filter window, clock periods"
    attr 7, :tdcv, :u32, "compensation value, clock periods"
    attr 8, :tdco, :u32, "offset, clock periods"
    attr 9, :tdcf, :u32, "filter window, clock periods"
  end
end

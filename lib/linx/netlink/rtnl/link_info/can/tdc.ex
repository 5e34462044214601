defmodule Linx.Netlink.Rtnl.LinkInfo.Can.Tdc do
  @moduledoc """
  Transmitter delay compensation of CAN FD: `IFLA_CAN_TDC_*`, in clock periods.
  """

  use Linx.Netlink.Codec

  codec prefix: "IFLA_CAN_TDC_" do
    attr 1, :tdcv_min, :u32
    attr 2, :tdcv_max, :u32
    attr 3, :tdco_min, :u32
    attr 4, :tdco_max, :u32
    attr 5, :tdcf_min, :u32
    attr 6, :tdcf_max, :u32
    attr 7, :tdcv, :u32
    attr 8, :tdco, :u32
    attr 9, :tdcf, :u32
  end
end

defmodule Linx.Netlink.Generic.Devlink.RateTcBw do
  @moduledoc """
  Share of a traffic class of a transmit rate.

  Kernel side: `DEVLINK_RATE_TC_ATTR_*` of `include/uapi/linux/devlink.h`.
  """

  use Linx.Netlink.Codec

  codec prefix: "DEVLINK_RATE_TC_ATTR_" do
    attr 1, :index, :u8, "number of the class"
    attr 2, :bw, :u32, "share of the bandwidth"
  end
end

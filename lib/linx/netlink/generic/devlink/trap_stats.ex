defmodule Linx.Netlink.Generic.Devlink.TrapStats do
  @moduledoc """
  Counters of a packet trap, a group or a policer. A policer has `rx_dropped` alone.

  Kernel side: `DEVLINK_ATTR_STATS_*` of `include/uapi/linux/devlink.h`.
  """

  use Linx.Netlink.Codec

  codec prefix: "DEVLINK_ATTR_STATS_" do
    attr 0, :rx_packets, :u64, "packets that were passed to the kernel", volatile: true
    attr 1, :rx_bytes, :u64, "bytes that were passed to the kernel", volatile: true
    attr 2, :rx_dropped, :u64, "packets that were dropped", volatile: true
  end
end

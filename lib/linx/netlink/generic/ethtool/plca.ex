defmodule Linx.Netlink.Generic.Ethtool.Plca do
  @moduledoc """
  Collision avoidance of a shared medium: PLCA of 10BASE-T1S.

  Kernel side: `ETHTOOL_A_PLCA_*` of `include/uapi/linux/ethtool_netlink.h`.

  The topic `:plca_cfg` has all fields but `status`, the topic `:plca_status` that one.
  """

  use Linx.Netlink.Codec
  use Linx.Netlink.Options

  alias Linx.Netlink.Generic.Header
  alias Linx.Netlink.Generic.Ethtool.Dev

  codec prefix: "ETHTOOL_A_PLCA_" do
    header Header
    attr 1, :dev, {:nested, Dev}, "the link", c: "ETHTOOL_A_PLCA_HEADER"
    attr 2, :version, :u16, "version of the register map"
    attr 3, :enabled, {:bool, :u8}, "it is enabled"
    attr 4, :status, {:bool, :u8}, "beacons are sent or received"
    attr 5, :node_cnt, :u32, "number of nodes"
    attr 6, :node_id, :u32, "number of this node, 0 for the coordinator, 255 for none"
    attr 7, :to_tmr, :u32, "length of a transmit opportunity, bit times"
    attr 8, :burst_cnt, :u32, "further packets in one transmit opportunity"
    attr 9, :burst_tmr, :u32, "time for which the next packet is awaited, bit times"
  end

  options(
    enabled: {:bool, "enable it"},
    node_cnt: {1..255, "number of nodes"},
    node_id: {0..255, "number of this node, 0 for the coordinator, 255 for none"},
    to_tmr: {0..255, "length of a transmit opportunity, bit times"},
    burst_cnt: {0..255, "further packets in one transmit opportunity"},
    burst_tmr: {0..255, "time for which the next packet is awaited, bit times"}
  )
end

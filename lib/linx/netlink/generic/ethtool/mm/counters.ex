defmodule Linx.Netlink.Generic.Ethtool.Mm.Counters do
  @moduledoc """
  Counters of the MAC merge layer; `nil` where the driver has none.

  Kernel side: `ETHTOOL_A_MM_STAT_*` of `include/uapi/linux/ethtool_netlink.h`.
  """

  use Linx.Netlink.Codec

  codec prefix: "ETHTOOL_A_MM_STAT_" do
    attr 2, :reassembly_errors, :u64, "frames that could not be joined", volatile: true
    attr 3, :smd_errors, :u64, "frames with a wrong delimiter", volatile: true
    attr 4, :reassembly_ok, :u64, "frames that were joined", volatile: true
    attr 5, :rx_frag_count, :u64, "received fragments", volatile: true
    attr 6, :tx_frag_count, :u64, "sent fragments", volatile: true
    attr 7, :hold_count, :u64, "holds", volatile: true
  end
end

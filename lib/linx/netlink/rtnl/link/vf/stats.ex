defmodule Linx.Netlink.Rtnl.Link.Vf.Stats do
  @moduledoc """
  Counters of a virtual function: `IFLA_VF_STATS_*`.
  """

  use Linx.Netlink.Codec

  codec prefix: "IFLA_VF_STATS_" do
    attr 0, :rx_packets, :u64, "packets received", volatile: true
    attr 1, :tx_packets, :u64, "packets sent", volatile: true
    attr 2, :rx_bytes, :u64, "bytes received", volatile: true
    attr 3, :tx_bytes, :u64, "bytes sent", volatile: true
    attr 4, :broadcast, :u64, "broadcast packets received", volatile: true
    attr 5, :multicast, :u64, "multicast packets received", volatile: true
    attr 7, :rx_dropped, :u64, "received packets that were dropped", volatile: true
    attr 8, :tx_dropped, :u64, "packets dropped before they were sent", volatile: true
  end
end

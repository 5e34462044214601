defmodule Linx.Netlink.Rtnl.Stats.Offload.Hw64 do
  @moduledoc """
  Counters of the hardware: `struct rtnl_hw_stats64`.
  """

  use Linx.Netlink.Codec

  codec do
    header "struct rtnl_hw_stats64" do
      field :rx_packets, :u64, "packets received"
      field :tx_packets, :u64, "packets sent"
      field :rx_bytes, :u64, "bytes received"
      field :tx_bytes, :u64, "bytes sent"
      field :rx_errors, :u64, "received packets with an error"
      field :tx_errors, :u64, "packets that could not be sent"
      field :rx_dropped, :u64, "received packets that were dropped"
      field :tx_dropped, :u64, "packets dropped before they were sent"
      field :multicast, :u64, "multicast packets received"
    end
  end
end

defmodule Linx.Netlink.Rtnl.Stats.Offload.Hw64 do
  @moduledoc """
  Counters of the hardware: `struct rtnl_hw_stats64`.
  """

  use Linx.Netlink.Codec

  codec do
    header "struct rtnl_hw_stats64" do
      field :rx_packets, :u64
      field :tx_packets, :u64
      field :rx_bytes, :u64
      field :tx_bytes, :u64
      field :rx_errors, :u64
      field :tx_errors, :u64
      field :rx_dropped, :u64
      field :tx_dropped, :u64
      field :multicast, :u64
    end
  end
end

defmodule Linx.Netlink.Rtnl.Stats.Xstats.Bridge.Stp do
  @moduledoc """
  Spanning tree counters of a bridge port: `struct bridge_stp_xstats`.

  `transition_blk` and `transition_fwd` count the transitions to blocking and forwarding.
  """

  use Linx.Netlink.Codec

  codec do
    header "struct bridge_stp_xstats" do
      field :transition_blk, :u64
      field :transition_fwd, :u64
      field :rx_bpdu, :u64
      field :tx_bpdu, :u64
      field :rx_tcn, :u64
      field :tx_tcn, :u64
    end
  end
end

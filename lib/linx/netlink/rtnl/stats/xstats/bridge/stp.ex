defmodule Linx.Netlink.Rtnl.Stats.Xstats.Bridge.Stp do
  @moduledoc """
  Spanning tree counters of a bridge port: `struct bridge_stp_xstats`.

  `transition_blk` and `transition_fwd` count the transitions to blocking and forwarding.
  """

  use Linx.Netlink.Codec

  codec do
    header "struct bridge_stp_xstats" do
      field :transition_blk, :u64, "transitions to blocking"
      field :transition_fwd, :u64, "transitions to forwarding"
      field :rx_bpdu, :u64, "BPDUs received"
      field :tx_bpdu, :u64, "BPDUs sent"
      field :rx_tcn, :u64, "topology change notifications received"
      field :tx_tcn, :u64, "topology change notifications sent"
    end
  end
end

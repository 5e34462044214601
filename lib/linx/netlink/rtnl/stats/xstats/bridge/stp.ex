defmodule Linx.Netlink.Rtnl.Stats.Xstats.Bridge.Stp do
  @moduledoc """
  What a port of a bridge counts of its spanning tree: `struct bridge_stp_xstats`.

  `transition_blk` and `transition_fwd` are how often it was blocked and opened.
  """

  use Linx.Netlink.Codec

  codec do
    header do
      field :transition_blk, :u64
      field :transition_fwd, :u64
      field :rx_bpdu, :u64
      field :tx_bpdu, :u64
      field :rx_tcn, :u64
      field :tx_tcn, :u64
    end
  end
end

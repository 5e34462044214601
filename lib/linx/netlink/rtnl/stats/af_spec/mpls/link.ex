defmodule Linx.Netlink.Rtnl.Stats.AfSpec.Mpls.Link do
  @moduledoc """
  Counters of the labelled packets of a link: `struct mpls_link_stats`.
  """

  use Linx.Netlink.Codec

  codec do
    header "struct mpls_link_stats" do
      field :rx_packets, :u64
      field :tx_packets, :u64
      field :rx_bytes, :u64
      field :tx_bytes, :u64
      field :rx_errors, :u64
      field :tx_errors, :u64
      field :rx_dropped, :u64
      field :tx_dropped, :u64
      field :rx_noroute, :u64
    end
  end
end

defmodule Linx.Netlink.Rtnl.Stats.AfSpec.Mpls.Link do
  @moduledoc """
  Counters of the labelled packets of a link: `struct mpls_link_stats`.
  """

  use Linx.Netlink.Codec

  codec do
    header "struct mpls_link_stats" do
      field :rx_packets, :u64, "packets received"
      field :tx_packets, :u64, "packets sent"
      field :rx_bytes, :u64, "bytes received"
      field :tx_bytes, :u64, "bytes sent"
      field :rx_errors, :u64, "received packets with an error"
      field :tx_errors, :u64, "packets that could not be sent"
      field :rx_dropped, :u64, "received packets that were dropped"
      field :tx_dropped, :u64, "packets dropped before they were sent"
      field :rx_noroute, :u64, "received packets without a route"
    end
  end
end

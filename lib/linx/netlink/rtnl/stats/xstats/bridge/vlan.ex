defmodule Linx.Netlink.Rtnl.Stats.Xstats.Bridge.Vlan do
  @moduledoc """
  Counters of a VLAN of a bridge or port: `struct bridge_vlan_xstats`.

  The counters of a bridge are the sums of its ports. A bridge also lists VLANs of its ports that
  it is not a member of itself: those with the flag `:master` and without `:brentry`. Ports have
  counters of their own if the bridge was created with `vlan_stats_per_port`.
  """

  use Linx.Netlink.Codec

  alias Linx.Netlink.Rtnl.Link.BridgeNames

  @flags BridgeNames.vlan_flags()

  codec do
    header "struct bridge_vlan_xstats" do
      field :rx_bytes, :u64, "bytes received"
      field :rx_packets, :u64, "packets received"
      field :tx_bytes, :u64, "bytes sent"
      field :tx_packets, :u64, "packets sent"
      field :vid, :u16, "VLAN identifier"
      field :flags, {:flags, :u16, @flags}, "membership and tagging", values: "BRIDGE_VLAN_INFO_"
      pad 4
    end
  end
end

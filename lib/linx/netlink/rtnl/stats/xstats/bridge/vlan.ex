defmodule Linx.Netlink.Rtnl.Stats.Xstats.Bridge.Vlan do
  @moduledoc """
  The counters of a VLAN of a bridge or port: `struct bridge_vlan_xstats`.

  A bridge sums up its ports, and lists VLANs that only they take part in as well: those
  flagged `:master` without `:brentry`. Ports have counters of their own if the bridge was made
  with `vlan_stats_per_port`.
  """

  use Linx.Netlink.Codec

  @flags Linx.Netlink.Rtnl.Link.BridgeVlan.__flags__()

  codec do
    header do
      field :rx_bytes, :u64
      field :rx_packets, :u64
      field :tx_bytes, :u64
      field :tx_packets, :u64
      field :vid, :u16
      field :flags, {:flags, :u16, @flags}
      pad 4
    end
  end
end

defmodule Linx.Netlink.Rtnl.Vlan.Stats do
  @moduledoc """
  Counters of a VLAN: `BRIDGE_VLANDB_STATS_*`.

  A port has counters of its own if the bridge was created with `vlan_stats_per_port`, otherwise
  those of the bridge.
  """

  use Linx.Netlink.Codec

  codec prefix: "BRIDGE_VLANDB_STATS_" do
    attr 1, :rx_bytes, :u64, "bytes received", volatile: true
    attr 2, :rx_packets, :u64, "packets received", volatile: true
    attr 3, :tx_bytes, :u64, "bytes sent", volatile: true
    attr 4, :tx_packets, :u64, "packets sent", volatile: true
  end
end

defmodule Linx.Netlink.Rtnl.Vlan.Stats do
  @moduledoc """
  The counters of a VLAN: `BRIDGE_VLANDB_STATS_*`.

  Those of a port are of its own only if the bridge was made with `vlan_stats_per_port`;
  otherwise they are the bridge's.
  """

  use Linx.Netlink.Codec

  codec do
    attr 1, :rx_bytes, :u64
    attr 2, :rx_packets, :u64
    attr 3, :tx_bytes, :u64
    attr 4, :tx_packets, :u64
  end
end

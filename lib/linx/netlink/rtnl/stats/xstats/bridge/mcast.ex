defmodule Linx.Netlink.Rtnl.Stats.Xstats.Bridge.Mcast do
  @moduledoc """
  IGMP and MLD messages received and sent by a bridge or port:
  `struct br_mcast_stats`.

  All zero unless the bridge was created with `mcast_stats_enabled`.
  """

  use Linx.Netlink.Codec

  codec do
    header "struct br_mcast_stats" do
      field :igmp_v1queries_rx, :u64, "IGMPv1 queries received", c: {"igmp_v1queries", 0, 8}
      field :igmp_v1queries_tx, :u64, "IGMPv1 queries sent", c: {"igmp_v1queries", 8, 8}
      field :igmp_v2queries_rx, :u64, "IGMPv2 queries received", c: {"igmp_v2queries", 0, 8}
      field :igmp_v2queries_tx, :u64, "IGMPv2 queries sent", c: {"igmp_v2queries", 8, 8}
      field :igmp_v3queries_rx, :u64, "IGMPv3 queries received", c: {"igmp_v3queries", 0, 8}
      field :igmp_v3queries_tx, :u64, "IGMPv3 queries sent", c: {"igmp_v3queries", 8, 8}
      field :igmp_leaves_rx, :u64, "IGMP leave messages received", c: {"igmp_leaves", 0, 8}
      field :igmp_leaves_tx, :u64, "IGMP leave messages sent", c: {"igmp_leaves", 8, 8}
      field :igmp_v1reports_rx, :u64, "IGMPv1 reports received", c: {"igmp_v1reports", 0, 8}
      field :igmp_v1reports_tx, :u64, "IGMPv1 reports sent", c: {"igmp_v1reports", 8, 8}
      field :igmp_v2reports_rx, :u64, "IGMPv2 reports received", c: {"igmp_v2reports", 0, 8}
      field :igmp_v2reports_tx, :u64, "IGMPv2 reports sent", c: {"igmp_v2reports", 8, 8}
      field :igmp_v3reports_rx, :u64, "IGMPv3 reports received", c: {"igmp_v3reports", 0, 8}
      field :igmp_v3reports_tx, :u64, "IGMPv3 reports sent", c: {"igmp_v3reports", 8, 8}
      field :igmp_parse_errors, :u64, "malformed IGMP messages received"
      field :mld_v1queries_rx, :u64, "MLDv1 queries received", c: {"mld_v1queries", 0, 8}
      field :mld_v1queries_tx, :u64, "MLDv1 queries sent", c: {"mld_v1queries", 8, 8}
      field :mld_v2queries_rx, :u64, "MLDv2 queries received", c: {"mld_v2queries", 0, 8}
      field :mld_v2queries_tx, :u64, "MLDv2 queries sent", c: {"mld_v2queries", 8, 8}
      field :mld_leaves_rx, :u64, "MLD done messages received", c: {"mld_leaves", 0, 8}
      field :mld_leaves_tx, :u64, "MLD done messages sent", c: {"mld_leaves", 8, 8}
      field :mld_v1reports_rx, :u64, "MLDv1 reports received", c: {"mld_v1reports", 0, 8}
      field :mld_v1reports_tx, :u64, "MLDv1 reports sent", c: {"mld_v1reports", 8, 8}
      field :mld_v2reports_rx, :u64, "MLDv2 reports received", c: {"mld_v2reports", 0, 8}
      field :mld_v2reports_tx, :u64, "MLDv2 reports sent", c: {"mld_v2reports", 8, 8}
      field :mld_parse_errors, :u64, "malformed MLD messages received"
      field :mcast_bytes_rx, :u64, "multicast bytes received", c: {"mcast_bytes", 0, 8}
      field :mcast_bytes_tx, :u64, "multicast bytes sent", c: {"mcast_bytes", 8, 8}
      field :mcast_packets_rx, :u64, "multicast packets received", c: {"mcast_packets", 0, 8}
      field :mcast_packets_tx, :u64, "multicast packets sent", c: {"mcast_packets", 8, 8}
    end
  end
end

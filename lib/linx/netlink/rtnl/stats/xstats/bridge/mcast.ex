defmodule Linx.Netlink.Rtnl.Stats.Xstats.Bridge.Mcast do
  @moduledoc """
  IGMP and MLD messages received and sent by a bridge or port:
  `struct br_mcast_stats`.

  All zero unless the bridge was created with `mcast_stats_enabled`.
  """

  use Linx.Netlink.Codec

  codec do
    header "struct br_mcast_stats" do
      field :igmp_v1queries_rx, :u64, c: {"igmp_v1queries", 0, 8}
      field :igmp_v1queries_tx, :u64, c: {"igmp_v1queries", 8, 8}
      field :igmp_v2queries_rx, :u64, c: {"igmp_v2queries", 0, 8}
      field :igmp_v2queries_tx, :u64, c: {"igmp_v2queries", 8, 8}
      field :igmp_v3queries_rx, :u64, c: {"igmp_v3queries", 0, 8}
      field :igmp_v3queries_tx, :u64, c: {"igmp_v3queries", 8, 8}
      field :igmp_leaves_rx, :u64, c: {"igmp_leaves", 0, 8}
      field :igmp_leaves_tx, :u64, c: {"igmp_leaves", 8, 8}
      field :igmp_v1reports_rx, :u64, c: {"igmp_v1reports", 0, 8}
      field :igmp_v1reports_tx, :u64, c: {"igmp_v1reports", 8, 8}
      field :igmp_v2reports_rx, :u64, c: {"igmp_v2reports", 0, 8}
      field :igmp_v2reports_tx, :u64, c: {"igmp_v2reports", 8, 8}
      field :igmp_v3reports_rx, :u64, c: {"igmp_v3reports", 0, 8}
      field :igmp_v3reports_tx, :u64, c: {"igmp_v3reports", 8, 8}
      field :igmp_parse_errors, :u64
      field :mld_v1queries_rx, :u64, c: {"mld_v1queries", 0, 8}
      field :mld_v1queries_tx, :u64, c: {"mld_v1queries", 8, 8}
      field :mld_v2queries_rx, :u64, c: {"mld_v2queries", 0, 8}
      field :mld_v2queries_tx, :u64, c: {"mld_v2queries", 8, 8}
      field :mld_leaves_rx, :u64, c: {"mld_leaves", 0, 8}
      field :mld_leaves_tx, :u64, c: {"mld_leaves", 8, 8}
      field :mld_v1reports_rx, :u64, c: {"mld_v1reports", 0, 8}
      field :mld_v1reports_tx, :u64, c: {"mld_v1reports", 8, 8}
      field :mld_v2reports_rx, :u64, c: {"mld_v2reports", 0, 8}
      field :mld_v2reports_tx, :u64, c: {"mld_v2reports", 8, 8}
      field :mld_parse_errors, :u64
      field :mcast_bytes_rx, :u64, c: {"mcast_bytes", 0, 8}
      field :mcast_bytes_tx, :u64, c: {"mcast_bytes", 8, 8}
      field :mcast_packets_rx, :u64, c: {"mcast_packets", 0, 8}
      field :mcast_packets_tx, :u64, c: {"mcast_packets", 8, 8}
    end
  end
end

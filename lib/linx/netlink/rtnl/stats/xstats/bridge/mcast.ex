defmodule Linx.Netlink.Rtnl.Stats.Xstats.Bridge.Mcast do
  @moduledoc """
  IGMP and MLD messages received and sent by a bridge or port:
  `struct br_mcast_stats`.

  All zero unless the bridge was created with `mcast_stats_enabled`.
  """

  use Linx.Netlink.Codec

  codec do
    header do
      field :igmp_v1queries_rx, :u64
      field :igmp_v1queries_tx, :u64
      field :igmp_v2queries_rx, :u64
      field :igmp_v2queries_tx, :u64
      field :igmp_v3queries_rx, :u64
      field :igmp_v3queries_tx, :u64
      field :igmp_leaves_rx, :u64
      field :igmp_leaves_tx, :u64
      field :igmp_v1reports_rx, :u64
      field :igmp_v1reports_tx, :u64
      field :igmp_v2reports_rx, :u64
      field :igmp_v2reports_tx, :u64
      field :igmp_v3reports_rx, :u64
      field :igmp_v3reports_tx, :u64
      field :igmp_parse_errors, :u64
      field :mld_v1queries_rx, :u64
      field :mld_v1queries_tx, :u64
      field :mld_v2queries_rx, :u64
      field :mld_v2queries_tx, :u64
      field :mld_leaves_rx, :u64
      field :mld_leaves_tx, :u64
      field :mld_v1reports_rx, :u64
      field :mld_v1reports_tx, :u64
      field :mld_v2reports_rx, :u64
      field :mld_v2reports_tx, :u64
      field :mld_parse_errors, :u64
      field :mcast_bytes_rx, :u64
      field :mcast_bytes_tx, :u64
      field :mcast_packets_rx, :u64
      field :mcast_packets_tx, :u64
    end
  end
end

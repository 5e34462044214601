defmodule Linx.Netlink.Nfnl.Conntrack.Stats do
  @moduledoc """
  Counters of connection tracking on one CPU: `CTA_STATS_*`.

  Kernel side: `include/uapi/linux/netfilter/nfnetlink_conntrack.h`. `cpu` is the number of the CPU.
  `Linx.Netlink.Nfnl.Conntrack.stats/2` returns one for each.
  """

  use Linx.Netlink.Codec

  alias Linx.Netlink.Nfnl.PacketHeader

  codec prefix: "CTA_STATS_" do
    header PacketHeader, as: [res_id: :cpu]

    attr 2, :found, :be32, "lookups that found an entry"
    attr 4, :invalid, :be32, "packets that could not be tracked"
    attr 8, :insert, :be32, "entries inserted"
    attr 9, :insert_failed, :be32, "entries that could not be inserted, such as duplicates"
    attr 10, :drop, :be32, "packets dropped because tracking failed"
    attr 11, :early_drop, :be32, "entries evicted from a full table"
    attr 12, :error, :be32, "packets with an ICMP or checksum error"
    attr 13, :search_restart, :be32, "lookups restarted because the table was resized"
    attr 14, :clash_resolve, :be32, "insertions that another packet of the flow had made"
    attr 15, :chain_toolong, :be32, "insertions refused because the hash chain was too long"
  end
end

defmodule Linx.Netlink.Nfnl.Conntrack.Stats do
  @moduledoc """
  Counters of connection tracking on one CPU: `CTA_STATS_*`.

  Kernel side: `include/uapi/linux/netfilter/nfnetlink_conntrack.h`. `cpu` is the number of the CPU.
  `Linx.Netlink.Nfnl.Conntrack.stats/2` returns one for each.
  """

  use Linx.Netlink.Codec

  alias Linx.Netlink.Nfnl.PacketHeader

  codec prefix: "CTA_STATS_" do
    header(PacketHeader, as: [res_id: :cpu])

    attr 2, :found, :be32
    attr 4, :invalid, :be32
    attr 8, :insert, :be32
    attr 9, :insert_failed, :be32
    attr 10, :drop, :be32
    attr 11, :early_drop, :be32
    attr 12, :error, :be32
    attr 13, :search_restart, :be32
    attr 14, :clash_resolve, :be32
    attr 15, :chain_toolong, :be32
  end
end

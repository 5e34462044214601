defmodule Linx.Netlink.Nfnl.Conntrack.Count do
  @moduledoc """
  Number of tracked connections in a namespace: `CTA_STATS_GLOBAL_*`.

  Kernel side: `include/uapi/linux/netfilter/nfnetlink_conntrack.h`.
  `Linx.Netlink.Nfnl.Conntrack.count/2` returns it.
  """

  use Linx.Netlink.Codec

  alias Linx.Netlink.Nfnl.PacketHeader

  codec prefix: "CTA_STATS_GLOBAL_" do
    header PacketHeader, as: [res_id: nil]

    attr 1, :entries, :be32, "number of entries"
    attr 2, :max_entries, :be32, "largest number of entries"
  end
end

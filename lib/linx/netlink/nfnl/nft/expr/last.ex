defmodule Linx.Netlink.Nfnl.Nft.Expr.Last do
  @moduledoc """
  Records when the last packet passed: `msecs` milliseconds ago, if `set` is 1.

  Kernel side: `NFTA_LAST_*` of `include/uapi/linux/netfilter/nf_tables.h`.
  """

  use Linx.Netlink.Codec

  codec prefix: "NFTA_LAST_" do
    attr 1, :set, :be32, "1 if a packet has passed"
    attr 2, :msecs, :be64, "time since the last packet, ms"
  end
end

defmodule Linx.Netlink.Nfnl.Nft.Expr.Counter do
  @moduledoc """
  Counts packets and bytes. A new counter starts at the given values.

  Kernel side: `NFTA_COUNTER_*` of `include/uapi/linux/netfilter/nf_tables.h`.
  """

  use Linx.Netlink.Codec

  codec prefix: "NFTA_COUNTER_" do
    attr 1, :bytes, :be64, "bytes"
    attr 2, :packets, :be64, "packets"
  end
end

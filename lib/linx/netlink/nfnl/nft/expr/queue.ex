defmodule Linx.Netlink.Nfnl.Nft.Expr.Queue do
  @moduledoc """
  Hands the packet to a program that listens on queue `num`, or on one of `total` from there on.

  Kernel side: `NFTA_QUEUE_*` of `include/uapi/linux/netfilter/nf_tables.h`. With `:bypass` the
  packet goes on if nobody listens.
  """

  use Linx.Netlink.Codec

  codec do
    attr 1, :num, :be16
    attr 2, :total, :be16
    attr 3, :flags, {:flags, :be16, bypass: 0x1, cpu_fanout: 0x2}
    attr 4, :sreg_qnum, :be32
  end
end

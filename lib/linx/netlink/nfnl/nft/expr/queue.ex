defmodule Linx.Netlink.Nfnl.Nft.Expr.Queue do
  @moduledoc """
  Queues the packet to user space: to the queue `num`, or to one of `total` queues from `num` on.

  Kernel side: `NFTA_QUEUE_*` of `include/uapi/linux/netfilter/nf_tables.h`. With `:bypass`, packets
  are accepted while no program listens on the queue.
  """

  use Linx.Netlink.Codec

  codec prefix: "NFTA_QUEUE_" do
    attr 1, :num, :be16, "number of the first queue"
    attr 2, :total, :be16, "number of queues"

    attr 3,
         :flags,
         {:flags, :be16, bypass: 0x1, cpu_fanout: 0x2},
         "`:bypass` accepts without a listener, `:cpu_fanout` selects by CPU",
         values: "NFT_QUEUE_FLAG_"

    attr 4, :sreg_qnum, :be32, "register of the queue's number"
  end
end

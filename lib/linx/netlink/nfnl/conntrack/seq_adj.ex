defmodule Linx.Netlink.Nfnl.Conntrack.SeqAdj do
  @moduledoc """
  Adjustment of the TCP sequence numbers of one direction: `CTA_SEQADJ_*`.

  Kernel side: `include/uapi/linux/netfilter/nfnetlink_conntrack.h`.
  """

  use Linx.Netlink.Codec

  codec prefix: "CTA_SEQADJ_" do
    attr 1, :correction_pos, :be32, "sequence number of the last correction"
    attr 2, :offset_before, :sbe32, "offset before the correction, bytes"
    attr 3, :offset_after, :sbe32, "offset after the correction, bytes"
  end
end

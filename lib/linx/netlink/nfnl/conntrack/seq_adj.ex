defmodule Linx.Netlink.Nfnl.Conntrack.SeqAdj do
  @moduledoc """
  How the sequence numbers of one direction are shifted: `CTA_SEQADJ_*`.

  The offsets are signed numbers of 32 bits, here without sign.
  """

  use Linx.Netlink.Codec

  codec do
    attr 1, :correction_pos, :be32
    attr 2, :offset_before, :be32
    attr 3, :offset_after, :be32
  end
end

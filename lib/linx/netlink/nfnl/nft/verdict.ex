defmodule Linx.Netlink.Nfnl.Nft.Verdict do
  @moduledoc """
  What becomes of a packet: `NFTA_VERDICT_*`.

  Kernel side: `enum nft_verdicts` of `include/uapi/linux/netfilter/nf_tables.h` and `NF_*` of
  `include/uapi/linux/netfilter.h`. `chain`, or within a transaction `chain_id`, is where
  `:jump` and `:goto` lead to.
  """

  use Linx.Netlink.Codec

  @codes [
    drop: 0,
    accept: 1,
    stolen: 2,
    queue: 3,
    repeat: 4,
    continue: 0xFFFFFFFF,
    break: 0xFFFFFFFE,
    jump: 0xFFFFFFFD,
    goto: 0xFFFFFFFC,
    return: 0xFFFFFFFB
  ]

  codec do
    attr 1, :code, {:enum, :be32, @codes}
    attr 2, :chain, :string
    attr 3, :chain_id, :be32
  end
end

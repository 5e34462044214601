defmodule Linx.Netlink.Nfnl.Nft.Verdict do
  @moduledoc """
  What becomes of a packet: `NFTA_VERDICT_*`.

  Kernel side: `enum nft_verdicts` of `include/uapi/linux/netfilter/nf_tables.h` and `NF_*` of
  `include/uapi/linux/netfilter.h`. `chain`, or within a transaction `chain_id`, is where
  `:jump` and `:goto` lead to.
  """

  use Linx.Netlink.Codec

  alias Linx.Netlink.Nfnl.Nft.VerdictCode

  codec do
    attr 1, :code, {:enum, :be32, VerdictCode.names()}
    attr 2, :chain, :string
    attr 3, :chain_id, :be32
  end
end

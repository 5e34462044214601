defmodule Linx.Netlink.Nfnl.Nft.Verdict do
  @moduledoc """
  A verdict on a packet: `NFTA_VERDICT_*`.

  Kernel side: `enum nft_verdicts` of `include/uapi/linux/netfilter/nf_tables.h` and `NF_*` of
  `include/uapi/linux/netfilter.h`. `chain`, or within a batch `chain_id`, is the target of `:jump`
  and `:goto`.
  """

  use Linx.Netlink.Codec

  alias Linx.Netlink.Nfnl.Nft.VerdictCode

  codec prefix: "NFTA_VERDICT_" do
    attr 1, :code, {:enum, :be32, VerdictCode.names()}, "verdict",
      values:
        {"NFT_",
         drop: "NF_DROP",
         accept: "NF_ACCEPT",
         stolen: "NF_STOLEN",
         queue: "NF_QUEUE",
         repeat: "NF_REPEAT"}

    attr 2, :chain, :string, "name of the target chain"
    attr 3, :chain_id, :be32, "id of the target chain within the batch"
  end
end

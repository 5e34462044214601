defmodule Linx.Netlink.Nfnl.Nft.VerdictCode do
  @moduledoc false
  # Verdicts: NF_* of include/uapi/linux/netfilter.h, and `enum nft_verdicts` of
  # include/uapi/linux/netfilter/nf_tables.h.

  @policies [drop: 0, accept: 1]

  @names @policies ++
           [
             stolen: 2,
             queue: 3,
             repeat: 4,
             continue: 0xFFFFFFFF,
             break: 0xFFFFFFFE,
             jump: 0xFFFFFFFD,
             goto: 0xFFFFFFFC,
             return: 0xFFFFFFFB
           ]

  @doc """
  Verdicts that the policy of a chain can be.
  """
  @spec policies() :: keyword(0..0xFFFFFFFF)
  def policies, do: @policies

  @spec names() :: keyword(0..0xFFFFFFFF)
  def names, do: @names
end

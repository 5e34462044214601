defmodule Linx.Netlink.Nfnl.Nft.Expr.Match do
  @moduledoc """
  A match of `iptables`, by name and revision; `info` is its C struct.

  Kernel side: `NFTA_MATCH_*` of `include/uapi/linux/netfilter/nf_tables_compat.h`.
  """

  use Linx.Netlink.Codec

  codec prefix: "NFTA_MATCH_" do
    attr 1, :name, :string, "name of the match"
    attr 2, :rev, :be32, "revision"
    attr 3, :info, :binary, "C struct of the match"
  end
end

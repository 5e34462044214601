defmodule Linx.Netlink.Nfnl.Nft.Expr.Target do
  @moduledoc """
  A target of `iptables`, by name and revision; `info` is its C struct.

  Kernel side: `NFTA_TARGET_*` of `include/uapi/linux/netfilter/nf_tables_compat.h`.
  """

  use Linx.Netlink.Codec

  codec prefix: "NFTA_TARGET_" do
    attr 1, :name, :string, "name of the target"
    attr 2, :rev, :be32, "revision"
    attr 3, :info, :binary, "C struct of the target"
  end
end

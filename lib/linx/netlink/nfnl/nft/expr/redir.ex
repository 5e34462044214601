defmodule Linx.Netlink.Nfnl.Nft.Expr.Redir do
  @moduledoc """
  Redirects the packet to this machine, to the port in a register.

  Kernel side: `NFTA_REDIR_*` of `include/uapi/linux/netfilter/nf_tables.h`.
  """

  use Linx.Netlink.Codec

  alias Linx.Netlink.Nfnl.Nft.NatFlags

  codec prefix: "NFTA_REDIR_" do
    attr 1, :reg_proto_min, :be32, "register of the lowest port"
    attr 2, :reg_proto_max, :be32, "register of the highest port"

    attr 3, :flags, {:flags, :be32, NatFlags.names()}, "choice of addresses and ports",
      values: "NF_NAT_RANGE_"
  end
end

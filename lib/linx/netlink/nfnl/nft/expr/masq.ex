defmodule Linx.Netlink.Nfnl.Nft.Expr.Masq do
  @moduledoc """
  Masquerading: translates the source address to that of the outgoing link.

  Kernel side: `NFTA_MASQ_*` of `include/uapi/linux/netfilter/nf_tables.h`.

      %Expr.Masq{flags: [:proto_random]}
  """

  use Linx.Netlink.Codec

  alias Linx.Netlink.Nfnl.Nft.NatFlags

  codec prefix: "NFTA_MASQ_" do
    attr 1, :flags, {:flags, :be32, NatFlags.names()}, "choice of addresses and ports",
      values: "NF_NAT_RANGE_"

    attr 2, :reg_proto_min, :be32, "register of the lowest port"
    attr 3, :reg_proto_max, :be32, "register of the highest port"
  end
end

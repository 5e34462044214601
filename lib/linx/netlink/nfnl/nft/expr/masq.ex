defmodule Linx.Netlink.Nfnl.Nft.Expr.Masq do
  @moduledoc """
  Translates the source to the address of the link the packet leaves by.

  Kernel side: `NFTA_MASQ_*` of `include/uapi/linux/netfilter/nf_tables.h`.

      %Expr.Masq{flags: [:proto_random]}
  """

  use Linx.Netlink.Codec

  alias Linx.Netlink.Nfnl.Nft.NatFlags

  codec do
    attr 1, :flags, {:flags, :be32, NatFlags.names()}
    attr 2, :reg_proto_min, :be32
    attr 3, :reg_proto_max, :be32
  end
end

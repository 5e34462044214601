defmodule Linx.Netlink.Nfnl.Nft.Expr.Fwd do
  @moduledoc """
  Sends the packet out by the link in `sreg_dev`, to the neighbour whose address is in `sreg_addr`.

  Kernel side: `NFTA_FWD_*` of `include/uapi/linux/netfilter/nf_tables.h`.
  """

  use Linx.Netlink.Codec

  alias Linx.Netlink.Nfnl.Family

  codec prefix: "NFTA_FWD_" do
    attr 1, :sreg_dev, :be32, "register of the link's index"
    attr 2, :sreg_addr, :be32, "register of the neighbour's address"

    attr 3, :nfproto, {:enum, :be32, Family.firewall()}, "family of the address",
      values: {"NFPROTO_", ip: "NFPROTO_IPV4", ip6: "NFPROTO_IPV6"}
  end
end

defmodule Linx.Netlink.Nfnl.Nft.Expr.Dup do
  @moduledoc """
  Sends a copy of the packet to the address in `sreg_addr`, by the link in `sreg_dev`.

  Kernel side: `NFTA_DUP_*` of `include/uapi/linux/netfilter/nf_tables.h`.
  """

  use Linx.Netlink.Codec

  codec prefix: "NFTA_DUP_" do
    attr 1, :sreg_addr, :be32, "register of the address"
    attr 2, :sreg_dev, :be32, "register of the link's index"
  end
end

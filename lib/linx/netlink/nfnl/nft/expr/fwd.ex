defmodule Linx.Netlink.Nfnl.Nft.Expr.Fwd do
  @moduledoc """
  Sends the packet out by the link in a register, to the neighbour with an address in another.

  Kernel side: `NFTA_FWD_*` of `include/uapi/linux/netfilter/nf_tables.h`.
  """

  use Linx.Netlink.Codec

  alias Linx.Netlink.Nfnl.Family

  codec do
    attr 1, :sreg_dev, :be32
    attr 2, :sreg_addr, :be32
    attr 3, :nfproto, {:enum, :be32, Family.firewall()}
  end
end

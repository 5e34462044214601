defmodule Linx.Netlink.Nfnl.Nft.Expr.Reject do
  @moduledoc """
  Drops the packet and answers with an ICMP error or a TCP reset.

  Kernel side: `NFTA_REJECT_*` of `include/uapi/linux/netfilter/nf_tables.h`. `icmp_code` is a code of
  the packet's ICMP version. With `:icmpx_unreach` it does not depend on the family: 0 no route,
  1 port unreachable, 2 host unreachable, 3 administratively prohibited.
  """

  use Linx.Netlink.Codec

  codec do
    attr 1, :type, {:enum, :be32, icmp_unreach: 0, tcp_rst: 1, icmpx_unreach: 2}
    attr 2, :icmp_code, :u8
  end
end

defmodule Linx.Netlink.Nfnl.Nft.Expr.Reject do
  @moduledoc """
  Drops the packet and tells its sender, by ICMP or by a TCP reset.

  Kernel side: `NFTA_REJECT_*` of `include/uapi/linux/netfilter/nf_tables.h`. `icmp_code` is
  that of the packet's own ICMP; with `:icmpx_unreach`, 0 no route, 1 port unreachable, 2 host
  unreachable, 3 prohibited, whatever the family.
  """

  use Linx.Netlink.Codec

  codec do
    attr 1, :type, {:enum, :be32, icmp_unreach: 0, tcp_rst: 1, icmpx_unreach: 2}
    attr 2, :icmp_code, :u8
  end
end

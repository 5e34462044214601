defmodule Linx.Netlink.Nfnl.Nft.Expr.Tproxy do
  @moduledoc """
  Transparent proxy: assigns the packet to the local socket bound to the address and port in
  registers.

  Kernel side: `NFTA_TPROXY_*` of `include/uapi/linux/netfilter/nf_tables.h`.
  """

  use Linx.Netlink.Codec

  alias Linx.Netlink.Nfnl.Family

  codec prefix: "NFTA_TPROXY_" do
    attr 1, :family, {:enum, :be32, Family.firewall()}, "family of the address",
      values: {"NFPROTO_", ip: "NFPROTO_IPV4", ip6: "NFPROTO_IPV6"}

    attr 2, :reg_addr, :be32, "register of the address"
    attr 3, :reg_port, :be32, "register of the port"
  end
end

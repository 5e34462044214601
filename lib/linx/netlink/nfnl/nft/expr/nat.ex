defmodule Linx.Netlink.Nfnl.Nft.Expr.Nat do
  @moduledoc """
  Network address translation: translates source or destination to an address, a port or a range of
  them, given in registers.

  Kernel side: `NFTA_NAT_*` of `include/uapi/linux/netfilter/nf_tables.h`, `NF_NAT_RANGE_*` of
  `nf_nat.h` beside it. `family` is that of the addresses; a table of the family `:inet` requires it.
  The kernel sets the flags `:map_ips` and `:proto_specified`.
  """

  use Linx.Netlink.Codec

  alias Linx.Netlink.Nfnl.Family
  alias Linx.Netlink.Nfnl.Nft.NatFlags

  codec prefix: "NFTA_NAT_" do
    attr 1, :type, {:enum, :be32, snat: 0, dnat: 1}, "address that is translated",
      values: "NFT_NAT_"

    attr 2, :family, {:enum, :be32, Family.firewall()}, "family of the addresses",
      values: {"NFPROTO_", ip: "NFPROTO_IPV4", ip6: "NFPROTO_IPV6"}

    attr 3, :reg_addr_min, :be32, "register of the lowest address"
    attr 4, :reg_addr_max, :be32, "register of the highest address"
    attr 5, :reg_proto_min, :be32, "register of the lowest port"
    attr 6, :reg_proto_max, :be32, "register of the highest port"

    attr 7, :flags, {:flags, :be32, NatFlags.names()}, "choice of addresses and ports",
      values: "NF_NAT_RANGE_"
  end
end

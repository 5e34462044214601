defmodule Linx.Netlink.Nfnl.Nft.Trace do
  @moduledoc """
  A step of a packet through the ruleset, after a rule has set `meta nftrace`.

  Kernel side: `NFTA_TRACE_*` of `include/uapi/linux/netfilter/nf_tables.h`. The group `:nftrace` of
  `Linx.Netlink.Nfnl.Monitor` carries traces.

  All steps of a packet have one `id`. `type` is the step: a `:rule` (the one with `rule_handle`),
  the `:policy` of a base chain, or the `:return` at the end of a chain. The first step has the
  headers of the packet. A packet of this machine has no `iif`.
  """

  use Linx.Netlink.Codec

  alias Linx.Netlink.Nfnl.{Family, FirewallHeader}
  alias Linx.Netlink.Nfnl.Nft.{Verdict, VerdictCode}

  codec prefix: "NFTA_TRACE_" do
    header(FirewallHeader, as: [res_id: nil])

    attr 1, :table, :string
    attr 2, :chain, :string
    attr 3, :rule_handle, :be64
    attr 4, :type, {:enum, :be32, policy: 1, return: 2, rule: 3}, values: "NFT_TRACETYPE_"
    attr 5, :verdict, {:nested, Verdict}
    attr 6, :id, :be32
    attr 7, :ll_header, :binary
    attr 8, :network_header, :binary
    attr 9, :transport_header, :binary
    attr 10, :iif, :be32
    attr 11, :iiftype, :be16
    attr 12, :oif, :be32
    attr 13, :oiftype, :be16
    attr 14, :mark, :be32

    attr 15, :nfproto, {:enum, :be32, Family.firewall()},
      values: {"NFPROTO_", ip: "NFPROTO_IPV4", ip6: "NFPROTO_IPV6"}

    attr 16, :policy, {:enum, :be32, VerdictCode.policies()}, values: "NF_"
  end
end

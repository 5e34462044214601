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
    header FirewallHeader, as: [res_id: nil]

    attr 1, :table, :string, "name of the table"
    attr 2, :chain, :string, "name of the chain"
    attr 3, :rule_handle, :be64, "handle of the rule"
    attr 4, :type, {:enum, :be32, policy: 1, return: 2, rule: 3}, "step", values: "NFT_TRACETYPE_"
    attr 5, :verdict, {:nested, Verdict}, "verdict of the step"
    attr 6, :id, :be32, "id of the packet's trace"
    attr 7, :ll_header, :binary, "link-layer header, bytes"
    attr 8, :network_header, :binary, "network header, bytes"
    attr 9, :transport_header, :binary, "start of the transport header, bytes"
    attr 10, :iif, :be32, "index of the incoming link"
    attr 11, :iiftype, :be16, "hardware type of the incoming link, ARPHRD_*"
    attr 12, :oif, :be32, "index of the outgoing link"
    attr 13, :oiftype, :be16, "hardware type of the outgoing link, ARPHRD_*"
    attr 14, :mark, :be32, "mark of the packet"

    attr 15, :nfproto, {:enum, :be32, Family.firewall()}, "family of the packet",
      values: {"NFPROTO_", ip: "NFPROTO_IPV4", ip6: "NFPROTO_IPV6"}

    attr 16, :policy, {:enum, :be32, VerdictCode.policies()}, "policy of the base chain",
      values: "NF_"
  end
end

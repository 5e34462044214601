defmodule Linx.Netlink.Nfnl.Nft.Expr.Synproxy do
  @moduledoc """
  SYN proxy: answers SYNs in place of a server, and connects to the server when the client has
  completed the handshake.

  Kernel side: `NFTA_SYNPROXY_*` of `include/uapi/linux/netfilter/nf_tables.h`, `NF_SYNPROXY_OPT_*`
  of `nf_synproxy.h` beside it.
  """

  use Linx.Netlink.Codec

  @flags [mss: 0x1, wscale: 0x2, sack_perm: 0x4, timestamp: 0x8, ecn: 0x10]

  codec prefix: "NFTA_SYNPROXY_" do
    attr 1, :mss, :be16, "maximum segment size, bytes"
    attr 2, :wscale, :u8, "window scale, bits to shift"
    attr 3, :flags, {:flags, :be32, @flags}, "TCP options to announce", values: "NF_SYNPROXY_OPT_"
  end
end

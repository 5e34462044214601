defmodule Linx.Netlink.Nfnl.Nft.CtTimeout do
  @moduledoc """
  Stateful object that sets timeouts of tracked connections: `NFTA_CT_TIMEOUT_*`.

  Kernel side: `include/uapi/linux/netfilter/nf_tables.h`. `data` holds attributes, for
  `Linx.Netlink.Attr`: each has a state of the protocol `l4proto` for its type, and a big-endian
  number of seconds. The types are `CTA_TIMEOUT_TCP_*` and the like of
  `include/uapi/linux/netfilter/nfnetlink_cttimeout.h`.
  """

  use Linx.Netlink.Codec

  alias Linx.Netlink.IpProtocol
  alias Linx.Netlink.Nfnl.Family

  codec prefix: "NFTA_CT_TIMEOUT_" do
    attr 1, :l3proto, {:enum, :be16, Family.firewall()}, "family of the connections",
      values: {"NFPROTO_", ip: "NFPROTO_IPV4", ip6: "NFPROTO_IPV6"}

    attr 2, :l4proto, {:enum, :u8, IpProtocol.names()}, "IP protocol of the connections",
      values: "IPPROTO_"

    attr 3, :data, :binary, "timeouts by state, attributes with big-endian numbers of s"
  end
end

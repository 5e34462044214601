defmodule Linx.Netlink.Nfnl.Nft.CtExpect do
  @moduledoc """
  Stateful object that makes connection tracking expect further connections to a port:
  `NFTA_CT_EXPECT_*`.

  Kernel side: `include/uapi/linux/netfilter/nf_tables.h`. `timeout` is in milliseconds, and in the
  host's byte order on the wire. `size` is the largest number of expected connections.
  """

  use Linx.Netlink.Codec

  alias Linx.Netlink.IpProtocol
  alias Linx.Netlink.Nfnl.Family

  codec prefix: "NFTA_CT_EXPECT_" do
    attr 1, :l3proto, {:enum, :be16, Family.firewall()}, "family of the connections",
      values: {"NFPROTO_", ip: "NFPROTO_IPV4", ip6: "NFPROTO_IPV6"}

    attr 2, :l4proto, {:enum, :u8, IpProtocol.names()}, "IP protocol of the connections",
      values: "IPPROTO_"

    attr 3, :dport, :be16, "destination port of the expected connection"
    attr 4, :timeout, :u32, "lifetime of the expectation, ms"
    attr 5, :size, :u8, "largest number of expectations"
  end
end

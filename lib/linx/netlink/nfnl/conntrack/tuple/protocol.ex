defmodule Linx.Netlink.Nfnl.Conntrack.Tuple.Protocol do
  @moduledoc """
  Protocol of a tuple, and its ports or ICMP fields: `CTA_PROTO_*`.

  Kernel side: `include/uapi/linux/netfilter/nfnetlink_conntrack.h`.
  """

  use Linx.Netlink.Codec

  alias Linx.Netlink.IpProtocol

  codec prefix: "CTA_PROTO_" do
    attr 1, :num, {:enum, :u8, IpProtocol.names()}, "IP protocol", values: "IPPROTO_"
    attr 2, :src_port, :be16, "source port"
    attr 3, :dst_port, :be16, "destination port"
    attr 4, :icmp_id, :be16, "ICMP identifier"
    attr 5, :icmp_type, :u8, "ICMP type"
    attr 6, :icmp_code, :u8, "ICMP code"
    attr 7, :icmpv6_id, :be16, "ICMPv6 identifier"
    attr 8, :icmpv6_type, :u8, "ICMPv6 type"
    attr 9, :icmpv6_code, :u8, "ICMPv6 code"
  end
end

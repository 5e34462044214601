defmodule Linx.Netlink.Nfnl.Conntrack.Tuple.Protocol do
  @moduledoc """
  Protocol of a tuple, and its ports or ICMP fields: `CTA_PROTO_*`.

  Kernel side: `include/uapi/linux/netfilter/nfnetlink_conntrack.h`.
  """

  use Linx.Netlink.Codec

  alias Linx.Netlink.Nfnl.IpProtocol

  codec prefix: "CTA_PROTO_" do
    attr 1, :num, {:enum, :u8, IpProtocol.names()}, values: "IPPROTO_"
    attr 2, :src_port, :be16
    attr 3, :dst_port, :be16
    attr 4, :icmp_id, :be16
    attr 5, :icmp_type, :u8
    attr 6, :icmp_code, :u8
    attr 7, :icmpv6_id, :be16
    attr 8, :icmpv6_type, :u8
    attr 9, :icmpv6_code, :u8
  end
end

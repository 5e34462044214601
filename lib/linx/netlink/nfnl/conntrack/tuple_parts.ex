defmodule Linx.Netlink.Nfnl.Conntrack.Tuple.Addresses do
  @moduledoc """
  Source and destination of a tuple, as IPv4 or as IPv6: `CTA_IP_*`.
  """

  use Linx.Netlink.Codec

  alias Linx.IP

  codec do
    attr 1, :v4_src, IP
    attr 2, :v4_dst, IP
    attr 3, :v6_src, IP
    attr 4, :v6_dst, IP
  end
end

defmodule Linx.Netlink.Nfnl.Conntrack.Tuple.Protocol do
  @moduledoc """
  Protocol of a tuple, and its ports, or what ICMP has in their place: `CTA_PROTO_*`.
  """

  use Linx.Netlink.Codec

  codec do
    attr 1, :num, :u8
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

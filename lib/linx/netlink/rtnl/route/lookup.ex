defmodule Linx.Netlink.Rtnl.Route.Lookup do
  @moduledoc """
  Fields of a packet that a route is looked up for, in requests and answers of
  `Linx.Netlink.Rtnl.Route.get/3`.

  Kernel side: `RTA_*` of `include/uapi/linux/rtnetlink.h`.

      Route.get(sock, "10.9.0.1", mark: 7, ip_proto: :tcp, dport: 443)
  """

  use Linx.Netlink.Codec
  use Linx.Netlink.Options

  alias Linx.Netlink.IpProtocol

  # The kernel takes no other (`rtm_getroute_parse_ip_proto` of net/ipv4/ip_output.c).
  @ip_protos Keyword.take(IpProtocol.names(), [:tcp, :udp, :icmp, :icmpv6])

  codec prefix: "RTA_" do
    attr 3, :iif, :u32, "index of the incoming link"
    attr 16, :mark, :u32, "firewall mark"
    attr 25, :uid, :u32, "user id of the sender"
    attr 27, :ip_proto, {:enum, :u8, IpProtocol.names()}, "IP protocol", values: "IPPROTO_"
    attr 28, :sport, :be16, "source port"
    attr 29, :dport, :be16, "destination port"
    attr 31, :flowlabel, :be32, "IPv6 flow label"
  end

  options(
    iif: {:link, "incoming link"},
    mark: {0..0xFFFFFFFF, "firewall mark"},
    uid: {0..0xFFFFFFFF, "user id of the sender"},
    ip_proto: {{:named, 0..255, @ip_protos}, "IP protocol"},
    sport: {1..0xFFFF, "source port"},
    dport: {1..0xFFFF, "destination port"},
    flowlabel: {0..0xFFFFF, "IPv6 flow label, from Linux 6.14"}
  )
end

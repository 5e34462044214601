defmodule Linx.Netlink.Rtnl.Route.Lookup do
  @moduledoc """
  What else decides about a packet's route, in questions and answers of
  `Linx.Netlink.Rtnl.Route.get/3`.

  Kernel side: `RTA_*` of `include/uapi/linux/rtnetlink.h`.

      Route.get(sock, "10.9.0.1", mark: 7, ip_proto: :tcp, dport: 443)
  """

  use Linx.Netlink.Codec
  use Linx.Netlink.Options

  codec do
    attr 3, :iif, :u32
    attr 16, :mark, :u32
    attr 25, :uid, :u32
    attr 27, :ip_proto, :u8
    attr 28, :sport, :be16
    attr 29, :dport, :be16
    attr 31, :flowlabel, :be32
  end

  options(
    iif: {:link, "link on which the packet arrives"},
    mark: {0..0xFFFFFFFF, "its mark"},
    uid: {0..0xFFFFFFFF, "user id of the sender"},
    ip_proto: {{:named, 0..255, tcp: 6, udp: 17, icmp: 1, icmpv6: 58}, "protocol"},
    sport: {1..0xFFFF, "source port"},
    dport: {1..0xFFFF, "destination port"},
    flowlabel: {0..0xFFFFF, "IPv6 flow label, from Linux 6.14"}
  )
end

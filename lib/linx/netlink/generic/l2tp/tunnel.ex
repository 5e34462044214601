defmodule Linx.Netlink.Generic.L2tp.Tunnel do
  @moduledoc """
  Tunnel of L2TP.

  Kernel side: `L2TP_ATTR_*` of `include/uapi/linux/l2tp.h`.
  """

  use Linx.Netlink.Codec
  use Linx.Netlink.Options

  alias Linx.IP
  alias Linx.Netlink.Generic.Header
  alias Linx.Netlink.Generic.L2tp.Stats

  @encap_types [udp: 0, ip: 1]

  codec prefix: "L2TP_ATTR_" do
    header Header

    attr 2, :encap_type, {:enum, :u16, @encap_types}, "what packets are carried in",
      values: "L2TP_ENCAPTYPE_"

    attr 7, :proto_version, :u8, "version of L2TP, 2 or 3"
    attr 9, :conn_id, :u32, "number of the tunnel"
    attr 10, :peer_conn_id, :u32, "number of the tunnel at the other end"
    attr 13, :udp_csum, {:bool, :u8}, "UDP checksums over IPv4"
    attr 21, :using_ipsec, {:bool, :u8}, "the socket has an IPsec policy"
    attr 23, :fd, :u32, "descriptor of the socket, request only"
    attr 24, :ip_saddr, IP, "local IPv4 address"
    attr 25, :ip_daddr, IP, "remote IPv4 address"
    attr 26, :udp_sport, :u16, "local UDP port"
    attr 27, :udp_dport, :u16, "remote UDP port"
    attr 30, :stats, {:nested, Stats}, "counters"
    attr 31, :ip6_saddr, IP, "local IPv6 address"
    attr 32, :ip6_daddr, IP, "remote IPv6 address"
    attr 33, :udp_zero_csum6_tx, :flag, "packets over IPv6 are sent without UDP checksum"
    attr 34, :udp_zero_csum6_rx, :flag, "packets over IPv6 are accepted without UDP checksum"
  end

  options(
    peer_conn_id: {1..0xFFFFFFFF, "number of the tunnel at the other end", required: true},
    encap_type: {{:enum, @encap_types}, "what packets are carried in, `:udp` if not given"},
    proto_version: {2..3, "version of L2TP, 3 if not given"},
    local: {{:ip, {:ip_saddr, :ip6_saddr}}, "local address"},
    remote: {{:ip, {:ip_daddr, :ip6_daddr}}, "remote address"},
    udp_sport: {0..0xFFFF, "local UDP port"},
    udp_dport: {0..0xFFFF, "remote UDP port"},
    udp_csum: {:boolean, "UDP checksums over IPv4"},
    udp_zero_csum6_tx: {:flag, "send packets over IPv6 without UDP checksum"},
    udp_zero_csum6_rx: {:flag, "accept packets over IPv6 without UDP checksum"},
    fd: {0..0x7FFFFFFF, "descriptor of a connected socket, in place of addresses and ports"}
  )
end

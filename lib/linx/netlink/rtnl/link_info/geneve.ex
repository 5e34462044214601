defmodule Linx.Netlink.Rtnl.LinkInfo.Geneve do
  @moduledoc """
  GENEVE tunnel: kind `"geneve"`.

  Kernel side: `IFLA_GENEVE_*` of `include/uapi/linux/if_link.h`.

      Link.create(sock, "gnv0", :geneve, id: 42, remote: "192.0.2.7")

  Either both `:id` and `:remote` are given, or `:collect_metadata`.
  """

  use Linx.Netlink.Codec
  use Linx.Netlink.Options

  alias Linx.IP
  alias Linx.Netlink.Rtnl.LinkInfo.{PortRange, TunnelNames}

  @dfs TunnelNames.dfs()

  codec prefix: "IFLA_GENEVE_" do
    attr 1, :id, :u32, "network identifier (VNI)"
    attr 2, :remote, IP, "IPv4 remote address"
    attr 3, :ttl, :u8, "hop limit, 0 for the default of the route"
    attr 4, :tos, :u8, "TOS byte, 1 to copy that of the inner packet"
    attr 5, :port, :be16, "UDP port of the remote end, by default 6081"

    attr 6,
         :collect_metadata,
         :flag,
         "take the tunnel parameters from the metadata of each packet"

    attr 7, :remote6, IP, "IPv6 remote address"
    attr 8, :udp_csum, {:bool, :u8}, "UDP checksum over IPv4"
    attr 9, :udp_zero_csum6_tx, {:bool, :u8}, "send without checksum over IPv6"
    attr 10, :udp_zero_csum6_rx, {:bool, :u8}, "accept no checksum over IPv6"
    attr 11, :label, :be32, "IPv6 flow label"
    attr 12, :ttl_inherit, {:bool, :u8}, "copy the hop limit of the inner packet"
    attr 13, :df, {:enum, :u8, @dfs}, "don't-fragment bit", values: "GENEVE_DF_"
    attr 14, :inner_proto_inherit, :flag, "carry IP packets without an Ethernet header"
    attr 15, :port_range, PortRange, "UDP source ports"
    attr 16, :gro_hint, :flag, "send the option by which the receiver merges packets (GRO)"
    attr 17, :local, IP, "IPv4 source address"
    attr 18, :local6, IP, "IPv6 source address"
  end

  options(
    id: {0..0xFFFFFF, "network identifier (VNI)"},
    remote: {{:ip, {:remote, :remote6}}, "remote address"},
    local: {{:ip, {:local, :local6}}, "source address"},
    ttl: {0..255, "hop limit, 0 for the default of the route"},
    ttl_inherit: {:bool, "copy the hop limit of the inner packet"},
    tos: {0..255, "TOS byte, 1 to copy that of the inner packet"},
    df: {{:enum, @dfs}, "don't-fragment bit"},
    label: {0..0xFFFFF, "IPv6 flow label"},
    port: {1..65_535, "UDP port of the remote end, by default 6081"},
    port_range: {{:pair, 1..65_535, PortRange}, "UDP source ports"},
    collect_metadata: {:flag, "take the tunnel parameters from the metadata of each packet"},
    udp_csum: {:bool, "UDP checksum over IPv4"},
    udp_zero_csum6_tx: {:bool, "send without checksum over IPv6"},
    udp_zero_csum6_rx: {:bool, "accept no checksum over IPv6"},
    inner_proto_inherit: {:flag, "carry IP packets without an Ethernet header"},
    gro_hint: {:flag, "send the option by which the receiver merges packets (GRO)"}
  )
end

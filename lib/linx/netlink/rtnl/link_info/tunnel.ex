defmodule Linx.Netlink.Rtnl.LinkInfo.Tunnel do
  @moduledoc """
  Attributes and options that tunnels for IP packets share: those over IPv4
  (`Linx.Netlink.Rtnl.LinkInfo.Iptun`) and those over IPv6 (`Linx.Netlink.Rtnl.LinkInfo.Ip6tnl`).

  Kernel side: `IFLA_IPTUN_*` of `include/uapi/linux/if_tunnel.h`.
  """

  use Linx.Netlink.Codec
  use Linx.Netlink.Options

  alias Linx.IP
  alias Linx.Netlink.Rtnl.LinkInfo.TunnelNames

  @encaps TunnelNames.encap_types()
  @encap_flags TunnelNames.encap_flags()

  codec prefix: "IFLA_IPTUN_" do
    attr 1, :link, :u32, "index of the underlying link"
    attr 2, :local, IP, "source address"
    attr 3, :remote, IP, "remote address"
    attr 4, :ttl, :u8, "hop limit, 0 to copy that of the inner packet"

    attr 15, :encap_type, {:enum, :u16, @encaps}, "second encapsulation", values: "TUNNEL_ENCAP_"

    attr 16, :encap_flags, {:flags, :u16, @encap_flags}, "checksums of the second encapsulation",
      values: "TUNNEL_ENCAP_FLAG_"

    attr 17,
         :encap_sport,
         :be16,
         "UDP source port of the second encapsulation, 0 for one per flow"

    attr 18, :encap_dport, :be16, "UDP port of the second encapsulation"

    attr 20, :fwmark, :u32, "mark of sent packets"
  end

  options(
    parent: {:link, "link that carries the packets", field: [:link]},
    ttl: {0..255, "hop limit, 0 to copy that of the inner packet"},
    encap_type: {{:enum, @encaps}, "second encapsulation"},
    encap_flags: {{:flags, @encap_flags}, "checksums of the second encapsulation"},
    encap_sport: {0..65_535, "UDP source port of the second encapsulation, 0 for one per flow"},
    encap_dport: {0..65_535, "UDP port of the second encapsulation"},
    fwmark: {0..0xFFFFFFFF, "mark of sent packets"}
  )
end

defmodule Linx.Netlink.Rtnl.LinkInfo.Ip6tnl do
  @moduledoc """
  Tunnel over IPv6 for IP packets: kind `"ip6tnl"`.

  Kernel side: `IFLA_IPTUN_*` of `include/uapi/linux/if_tunnel.h`; the flags are
  those of `include/uapi/linux/ip6_tunnel.h`.

      Link.create(sock, "t6", :ip6tnl, local: "2001:db8::1", remote: "2001:db8::2")

  `flags` has 32 bits, and 16 in a tunnel over IPv4 (`Linx.Netlink.Rtnl.LinkInfo.Iptun`). By default
  `:ttl` is 64 and `:encap_limit` 4; without `:proto` the tunnel carries any inner protocol.
  """

  use Linx.Netlink.Codec
  use Linx.Netlink.Options

  alias Linx.Netlink.Rtnl.LinkInfo.{Kind, Tunnel, TunnelNames}

  @behaviour Kind

  # IPPROTO_* of include/uapi/linux/in.h; 0 is any.
  @protocols [any: 0, ipip: 4, ipv6: 41]

  @flags TunnelNames.ip6_flags()

  codec prefix: "IFLA_IPTUN_" do
    include Tunnel
    attr 5, :tos, :u8, "TOS byte; not used by tunnels over IPv6"
    attr 6, :encap_limit, :u8, "maximum number of nested tunnels"
    attr 7, :flowinfo, :be32, "traffic class and flow label"

    attr 8, :flags, {:flags, :u32, @flags}, "fields copied from the inner packet",
      values:
        {"IP6_TNL_F_",
         cap_xmit: {:kernel, "include/net/ip6_tunnel.h"},
         cap_rcv: {:kernel, "include/net/ip6_tunnel.h"},
         cap_per_packet: {:kernel, "include/net/ip6_tunnel.h"}}

    attr 9, :proto, {:enum, :u8, @protocols}, "inner protocol",
      values: {"IPPROTO_", any: "IPPROTO_IP"}

    attr 19,
         :collect_metadata,
         :flag,
         "take the tunnel parameters from the metadata of each packet"
  end

  options(
    Tunnel.__options__() ++
      [
        local: {:ip6, "source address"},
        remote: {:ip6, "remote address"},
        encap_limit: {0..255, "maximum number of nested tunnels"},
        flowinfo: {0..0x0FFFFFFF, "traffic class and flow label"},
        flags: {{:flags, @flags}, "fields copied from the inner packet"},
        proto: {{:named, 0..255, @protocols}, "inner protocol"},
        collect_metadata: {:flag, "take the tunnel parameters from the metadata of each packet"}
      ]
  )

  @impl true
  @doc false
  def __defaults__(_kind, %{collect_metadata: true}), do: []
  def __defaults__(_kind, _given), do: Kind.ip6_tunnel()
end

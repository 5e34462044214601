defmodule Linx.Netlink.Rtnl.LinkInfo.Iptun do
  @moduledoc """
  Tunnel over IPv4 for IP packets: kinds `"ipip"` and `"sit"`.

  Kernel side: `IFLA_IPTUN_*` of `include/uapi/linux/if_tunnel.h`.

      Link.create(sock, "tun6to4", :sit, local: "192.0.2.1", remote: "192.0.2.2", ttl: 64)

  `sixrd_*` are the `IFLA_IPTUN_6RD_*` attributes. Two tunnels of one kind must differ in their
  addresses. Without `:proto` the tunnel carries any inner protocol; without `:ttl` it copies the
  hop limit of the inner packet.
  """

  @behaviour Linx.Netlink.Rtnl.LinkInfo.Kind

  use Linx.Netlink.Codec
  use Linx.Netlink.Options

  alias Linx.IP
  alias Linx.Netlink.Rtnl.LinkInfo.Tunnel

  # IPPROTO_* of include/uapi/linux/in.h; 0 is any.
  @protocols [any: 0, ipip: 4, ipv6: 41, mpls: 137]
  @flags [isatap: 0x1]

  codec prefix: "IFLA_IPTUN_" do
    include Tunnel
    attr 5, :tos, :u8, "TOS byte, 1 to copy that of the inner packet"
    attr 6, :encap_limit, :u8, "of tunnels over IPv6: `Linx.Netlink.Rtnl.LinkInfo.Ip6tnl`"
    attr 7, :flowinfo, :be32, "of tunnels over IPv6: `Linx.Netlink.Rtnl.LinkInfo.Ip6tnl`"
    attr 8, :flags, {:flags, :be16, @flags}, "ISATAP; sit only", values: "SIT_"

    attr 9, :proto, {:enum, :u8, @protocols}, "inner protocol",
      values: {"IPPROTO_", any: "IPPROTO_IP"}

    attr 10, :pmtudisc, {:bool, :u8}, "path MTU discovery"
    attr 11, :sixrd_prefix, IP, "prefix of 6rd; sit only", c: "IFLA_IPTUN_6RD_PREFIX"

    attr 12, :sixrd_relay_prefix, IP, "relay prefix of 6rd; sit only",
      c: "IFLA_IPTUN_6RD_RELAY_PREFIX"

    attr 13, :sixrd_prefixlen, :u16, "length of the 6rd prefix, bits; sit only",
      c: "IFLA_IPTUN_6RD_PREFIXLEN"

    attr 14, :sixrd_relay_prefixlen, :u16, "length of the relay prefix of 6rd, bits; sit only",
      c: "IFLA_IPTUN_6RD_RELAY_PREFIXLEN"

    attr 19,
         :collect_metadata,
         :flag,
         "take the tunnel parameters from the metadata of each packet; ipip only"
  end

  options(
    Tunnel.__options__() ++
      [
        local: {:ip4, "source address"},
        remote: {:ip4, "remote address"},
        tos: {0..255, "TOS byte, 1 to copy that of the inner packet"},
        flags: {{:flags, @flags}, "ISATAP; sit only"},
        proto: {{:named, 0..255, @protocols}, "inner protocol"},
        pmtudisc: {:bool, "path MTU discovery"},
        sixrd_prefix: {:ip6, "prefix of 6rd; sit only"},
        sixrd_relay_prefix: {:ip4, "relay prefix of 6rd; sit only"},
        sixrd_prefixlen: {0..128, "length of the 6rd prefix, bits; sit only"},
        sixrd_relay_prefixlen: {0..32, "length of the relay prefix of 6rd, bits; sit only"},
        collect_metadata:
          {:flag, "take the tunnel parameters from the metadata of each packet; ipip only"}
      ]
  )

  # `ip link add` sends 0, any inner protocol; the kernel's default is the protocol of the kind.
  @impl true
  @doc false
  def __defaults__("ipip", _given), do: [proto: 0]
  def __defaults__("sit", %{collect_metadata: true}), do: []
  def __defaults__("sit", _given), do: [proto: 0, ttl: 0]
end

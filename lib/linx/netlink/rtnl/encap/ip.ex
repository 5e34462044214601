defmodule Linx.Netlink.Rtnl.Encap.Ip do
  @moduledoc """
  Parameters of a tunnel over IPv4 for each packet: encapsulation type `:ip`.

  Kernel side: `LWTUNNEL_IP_*` of `include/uapi/linux/lwtunnel.h`; flags are `TUNNEL_*`
  of `include/uapi/linux/if_tunnel.h`.

      Route.add(sock, "10.9.0.0", 16, nil, dev: "vx0", encap: {:ip, id: 42, dst: "192.0.2.7"})

  The link of the route has to be a tunnel that takes its parameters from each packet
  (`collect_metadata`). GRE sends the id as key with the flag `:key` only.
  """

  use Linx.Netlink.Codec
  use Linx.Netlink.Options

  alias Linx.IP
  alias Linx.Netlink.Rtnl.Encap.TunnelOpts

  @flags [
    csum: 0x1,
    routing: 0x2,
    key: 0x4,
    seq: 0x8,
    strict: 0x10,
    rec: 0x20,
    version: 0x40,
    no_key: 0x80,
    dont_fragment: 0x100,
    oam: 0x200,
    crit_opt: 0x400,
    geneve_opt: 0x800,
    vxlan_opt: 0x1000,
    nocache: 0x2000,
    erspan_opt: 0x4000,
    gtp_opt: 0x8000
  ]

  codec prefix: "LWTUNNEL_IP_" do
    attr 1, :id, :be64, "key or network identifier"
    attr 2, :dst, IP, "remote address"
    attr 3, :src, IP, "source address"
    attr 4, :ttl, :u8, "TTL"
    attr 5, :tos, :u8, "TOS byte"
    attr 6, :flags, {:flags, :be16, @flags}, "header fields to send", values: {:be16, "TUNNEL_"}
    attr 8, :opts, {:nested, TunnelOpts}, "options of the tunnel type"
  end

  options(
    id: {0..0xFFFFFFFFFFFFFFFF, "key or network identifier"},
    dst: {:ip4, "remote address"},
    src: {:ip4, "source address, the kernel's choice if not given"},
    ttl: {0..255, "hop limit"},
    tos: {0..255, "TOS byte"},
    flags:
      {{:flags, Keyword.take(@flags, [:csum, :key, :seq, :dont_fragment])},
       "header fields to send"},
    opts: {{:struct, TunnelOpts}, "options of the tunnel type"}
  )

  # TUNNEL_*.
  @doc false
  @spec __flags__() :: keyword(pos_integer())
  def __flags__, do: @flags
end

defmodule Linx.Netlink.Rtnl.Encap.Ip6 do
  @moduledoc """
  Parameters of a tunnel over IPv6 for each packet: encapsulation type `:ip6`.

  Kernel side: `LWTUNNEL_IP6_*` of `include/uapi/linux/lwtunnel.h`; flags are those of
  `Linx.Netlink.Rtnl.Encap.Ip`.

      Route.add(sock, "10.9.0.0", 16, nil, dev: "vx0", encap: {:ip6, id: 42, dst: "2001:db8::7"})

  The link of the route has to be a tunnel that takes its parameters from each packet
  (`collect_metadata`).
  """

  use Linx.Netlink.Codec
  use Linx.Netlink.Options

  alias Linx.IP
  alias Linx.Netlink.Rtnl.Encap
  alias Linx.Netlink.Rtnl.Encap.TunnelOpts

  @flags Encap.Ip.__flags__()

  codec prefix: "LWTUNNEL_IP6_" do
    attr 1, :id, :be64, "key or network identifier"
    attr 2, :dst, IP, "remote address"
    attr 3, :src, IP, "source address"
    attr 4, :hoplimit, :u8, "hop limit"
    attr 5, :tc, :u8, "traffic class"
    attr 6, :flags, {:flags, :be16, @flags}, "header fields to send", values: {:be16, "TUNNEL_"}
    attr 8, :opts, {:nested, TunnelOpts}, "options of the tunnel type"
  end

  options(
    id: {0..0xFFFFFFFFFFFFFFFF, "key or network identifier"},
    dst: {:ip6, "remote address"},
    src: {:ip6, "source address, the kernel's choice if not given"},
    hoplimit: {0..255, "hop limit"},
    tc: {0..255, "traffic class"},
    flags: {{:flags, Keyword.take(@flags, [:csum, :key, :seq])}, "header fields to send"},
    opts: {{:struct, TunnelOpts}, "options of the tunnel type"}
  )
end

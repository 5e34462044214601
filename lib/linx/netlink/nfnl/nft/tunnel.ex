defmodule Linx.Netlink.Nfnl.Nft.Tunnel do
  @moduledoc """
  Stateful object with metadata of a tunnel: endpoints, id and options for packets that leave by a
  link in external mode.

  Kernel side: `NFTA_TUNNEL_KEY_*` of `include/uapi/linux/netfilter/nf_tables.h`.

      # For packets that leave by a link that was made with `ip link add ... type vxlan external`.
      Nft.add(%Nft.Object{
        family: :netdev,
        table: "t",
        name: "remote",
        type: :tunnel,
        data: %Nft.Tunnel{
          id: 42,
          ip: %Nft.Tunnel.Ip{src: ~IP"192.0.2.1", dst: ~IP"192.0.2.2"},
          opts: %Nft.Tunnel.Opts{vxlan: %Nft.Tunnel.Vxlan{gbp: 7}}
        }
      })

      %Expr.Objref{imm_type: :tunnel, imm_name: "remote"}

  `id` is required, and one of `ip` and `ip6`. `ttl` is 255 by default. `sport` and `dport` are UDP
  ports, which most links choose by themselves. The outer header has a checksum unless
  `:zero_csum_tx` is set.
  """

  use Linx.Netlink.Codec

  alias __MODULE__.{Ip, Ip6, Opts}

  codec prefix: "NFTA_TUNNEL_KEY_" do
    attr 1, :id, :be32, "tunnel id, such as a VNI"
    attr 2, :ip, {:nested, Ip}, "endpoints over IPv4"
    attr 3, :ip6, {:nested, Ip6}, "endpoints over IPv6"

    attr 4,
         :flags,
         {:flags, :be32, zero_csum_tx: 0x1, dont_fragment: 0x2, seq_number: 0x4},
         "properties of the outer header",
         values: "NFT_TUNNEL_F_"

    attr 5, :tos, :u8, "type of service of the outer header"
    attr 6, :ttl, :u8, "time to live of the outer header; 255 by default"
    attr 7, :sport, :be16, "UDP source port"
    attr 8, :dport, :be16, "UDP destination port"
    attr 9, :opts, {:nested, Opts}, "options of the tunnel protocol"
  end
end

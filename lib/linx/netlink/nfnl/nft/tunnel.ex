defmodule Linx.Netlink.Nfnl.Nft.Tunnel do
  @moduledoc """
  Where to a tunnel device takes packets, and how: `NFTA_TUNNEL_KEY_*`.

  Kernel side: `include/uapi/linux/netfilter/nf_tables.h`.

      # For packets that leave by a link that was made with `ip link add ... type vxlan external`.
      Nft.add(%Nft.Object{
        family: :netdev,
        table: "t",
        name: "there",
        type: :tunnel,
        data: %Nft.Tunnel{
          id: 42,
          ip: %Nft.Tunnel.Ip{src: ~IP"192.0.2.1", dst: ~IP"192.0.2.2"},
          opts: %Nft.Tunnel.Opts{vxlan: %Nft.Tunnel.Vxlan{gbp: 7}}
        }
      })

      %Expr.Objref{imm_type: :tunnel, imm_name: "there"}

  It takes the `id`, and one of `ip` and `ip6`. `ttl` is 255 if not given. `sport` and `dport` are
  ports, which most devices choose by themselves. The outer header has a checksum unless
  `:zero_csum_tx` is set.
  """

  use Linx.Netlink.Codec

  alias __MODULE__.{Ip, Ip6, Opts}

  codec do
    attr 1, :id, :be32
    attr 2, :ip, {:nested, Ip}
    attr 3, :ip6, {:nested, Ip6}
    attr 4, :flags, {:flags, :be32, zero_csum_tx: 0x1, dont_fragment: 0x2, seq_number: 0x4}
    attr 5, :tos, :u8
    attr 6, :ttl, :u8
    attr 7, :sport, :be16
    attr 8, :dport, :be16
    attr 9, :opts, {:nested, Opts}
  end
end

defmodule Linx.Netlink.Nfnl.Nft.Tunnel.Ip do
  @moduledoc """
  The ends of a tunnel over IPv4: `NFTA_TUNNEL_KEY_IP_*`.
  """

  use Linx.Netlink.Codec

  codec do
    attr 1, :src, Linx.IP
    attr 2, :dst, Linx.IP
  end
end

defmodule Linx.Netlink.Nfnl.Nft.Tunnel.Ip6 do
  @moduledoc """
  The ends of a tunnel over IPv6, and its flow label: `NFTA_TUNNEL_KEY_IP6_*`.
  """

  use Linx.Netlink.Codec

  codec do
    attr 1, :src, Linx.IP
    attr 2, :dst, Linx.IP
    attr 3, :flowlabel, :be32
  end
end

defmodule Linx.Netlink.Nfnl.Nft.Tunnel.Opts do
  @moduledoc """
  What one kind of tunnel alone has: `NFTA_TUNNEL_KEY_OPTS_*`. Only one of them can be given;
  `geneve` is a list of options.

  Kernels that have not been mended since the spring of 2025 corrupt their memory where `geneve`
  is more than one option.
  """

  use Linx.Netlink.Codec

  alias Linx.Netlink.Nfnl.Nft.Tunnel.{Erspan, Geneve, Vxlan}

  codec do
    attr 1, :vxlan, {:nested, Vxlan}
    attr 2, :erspan, {:nested, Erspan}
    attr 3, :geneve, {:repeated, {:nested, Geneve}}
  end
end

defmodule Linx.Netlink.Nfnl.Nft.Tunnel.Vxlan do
  @moduledoc """
  The group policy of a VXLAN packet: `NFTA_TUNNEL_KEY_VXLAN_*`.
  """

  use Linx.Netlink.Codec

  codec do
    attr 1, :gbp, :be32
  end
end

defmodule Linx.Netlink.Nfnl.Nft.Tunnel.Erspan do
  @moduledoc """
  The header of an ERSPAN packet, of version 1 with `v1_index`, or of version 2 with `v2_hwid` and
  `v2_dir`: `NFTA_TUNNEL_KEY_ERSPAN_*`.
  """

  use Linx.Netlink.Codec

  codec do
    attr 1, :version, :be32
    attr 2, :v1_index, :be32
    attr 3, :v2_hwid, :u8
    attr 4, :v2_dir, :u8
  end
end

defmodule Linx.Netlink.Nfnl.Nft.Tunnel.Geneve do
  @moduledoc """
  An option of a Geneve packet, whose `data` are whole words of 4 bytes:
  `NFTA_TUNNEL_KEY_GENEVE_*`.
  """

  use Linx.Netlink.Codec

  codec do
    attr 1, :class, :be16
    attr 2, :type, :u8
    attr 3, :data, :binary
  end
end

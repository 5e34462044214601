defmodule Linx.Netlink.Nfnl.Nft.Expr.Rt do
  @moduledoc """
  Loads what is known about the packet's route into `dreg`.

  Kernel side: `NFTA_RT_*` of `include/uapi/linux/netfilter/nf_tables.h`.
  """

  use Linx.Netlink.Codec

  codec do
    attr 1, :dreg, :be32
    attr 2, :key, {:enum, :be32, classid: 0, nexthop4: 1, nexthop6: 2, tcpmss: 3, xfrm: 4}
  end
end

defmodule Linx.Netlink.Nfnl.Nft.Expr.Fib do
  @moduledoc """
  Looks up a route for the packet and loads what it leads to into `dreg`; with `:present`,
  whether there is one.

  Kernel side: `NFTA_FIB_*` of `include/uapi/linux/netfilter/nf_tables.h`. The other flags say
  what the route is looked up by.

      # fib saddr . iif oif missing
      %Expr.Fib{result: :oif, flags: [:saddr, :iif, :present], dreg: 1}
  """

  use Linx.Netlink.Codec

  @flags [saddr: 0x1, daddr: 0x2, mark: 0x4, iif: 0x8, oif: 0x10, present: 0x20]

  codec do
    attr 1, :dreg, :be32
    attr 2, :result, {:enum, :be32, oif: 1, oifname: 2, addrtype: 3}
    attr 3, :flags, {:flags, :be32, @flags}
  end
end

defmodule Linx.Netlink.Nfnl.Nft.Expr.Exthdr do
  @moduledoc """
  Loads a part of an extension header or of an option into `dreg`, or writes it from `sreg`;
  with `:present`, whether it is there.

  Kernel side: `NFTA_EXTHDR_*` of `include/uapi/linux/netfilter/nf_tables.h`. `type` is the number
  of the header or option. With neither register, a TCP option is taken out.
  """

  use Linx.Netlink.Codec

  codec do
    attr 1, :dreg, :be32
    attr 2, :type, :u8
    attr 3, :offset, :be32
    attr 4, :len, :be32
    attr 5, :flags, {:flags, :be32, present: 0x1}
    attr 6, :op, {:enum, :be32, ipv6: 0, tcpopt: 1, ipv4: 2, sctp: 3, dccp: 4}
    attr 7, :sreg, :be32
  end

  @doc false
  # The kernel does not take all that it says of what is written or taken out
  # (net/netfilter/nft_exthdr.c).
  @spec writable(t()) :: t()
  def writable(%__MODULE__{dreg: nil, sreg: nil} = exthdr),
    do: %{exthdr | flags: nil, offset: nil, len: nil}

  def writable(%__MODULE__{dreg: nil} = exthdr), do: %{exthdr | flags: nil}
  def writable(exthdr), do: exthdr
end

defmodule Linx.Netlink.Nfnl.Nft.Expr.Numgen do
  @moduledoc """
  Loads the next number below `modulus`, or a random one, plus `offset`, into `dreg`.

  Kernel side: `NFTA_NG_*` of `include/uapi/linux/netfilter/nf_tables.h`.
  """

  use Linx.Netlink.Codec

  codec do
    attr 1, :dreg, :be32
    attr 2, :modulus, :be32
    attr 3, :type, {:enum, :be32, incremental: 0, random: 1}
    attr 4, :offset, :be32
  end
end

defmodule Linx.Netlink.Nfnl.Nft.Expr.Hash do
  @moduledoc """
  Loads a hash below `modulus`, plus `offset`, into `dreg`: of `len` bytes of `sreg`, or, with
  the `type` `:sym`, of the packet's addresses, the same for both directions.

  Kernel side: `NFTA_HASH_*` of `include/uapi/linux/netfilter/nf_tables.h`.
  """

  use Linx.Netlink.Codec

  codec do
    attr 1, :sreg, :be32
    attr 2, :dreg, :be32
    attr 3, :len, :be32
    attr 4, :modulus, :be32
    attr 5, :seed, :be32
    attr 6, :offset, :be32
    attr 7, :type, {:enum, :be32, jenkins: 0, sym: 1}
  end
end

defmodule Linx.Netlink.Nfnl.Nft.Expr.Socket do
  @moduledoc """
  Loads what is known about the socket that the packet belongs to into `dreg`.

  Kernel side: `NFTA_SOCKET_*` of `include/uapi/linux/netfilter/nf_tables.h`. `level` is that of
  the control group.
  """

  use Linx.Netlink.Codec

  codec do
    attr 1, :key, {:enum, :be32, transparent: 0, mark: 1, wildcard: 2, cgroupv2: 3}
    attr 2, :dreg, :be32
    attr 3, :level, :be32
  end
end

defmodule Linx.Netlink.Nfnl.Nft.Expr.Osf do
  @moduledoc """
  Loads the name of the operating system that a SYN looks like it came from into `dreg`.

  Kernel side: `NFTA_OSF_*` of `include/uapi/linux/netfilter/nf_tables.h`.
  """

  use Linx.Netlink.Codec

  codec do
    attr 1, :dreg, :be32
    attr 2, :ttl, :u8
    attr 3, :flags, {:flags, :be32, version: 0x1}
  end

  @doc false
  # The kernel says that there is no flag, and does not take it (net/netfilter/nft_osf.c).
  @spec writable(t()) :: t()
  def writable(%__MODULE__{flags: none} = osf) when none in [[], 0], do: %{osf | flags: nil}
  def writable(osf), do: osf
end

defmodule Linx.Netlink.Nfnl.Nft.Expr.Xfrm do
  @moduledoc """
  Loads what is known about the packet's IPsec state into `dreg`.

  Kernel side: `NFTA_XFRM_*` of `include/uapi/linux/netfilter/nf_tables.h`. `dir` is 0 for what
  comes in, 1 for what goes out (`XFRM_POLICY_*`), `spnum` which of several states.
  """

  use Linx.Netlink.Codec

  @keys [daddr_ip4: 1, daddr_ip6: 2, saddr_ip4: 3, saddr_ip6: 4, reqid: 5, spi: 6]

  codec do
    attr 1, :dreg, :be32
    attr 2, :key, {:enum, :be32, @keys}
    attr 3, :dir, :u8
    attr 4, :spnum, :be32
  end
end

defmodule Linx.Netlink.Nfnl.Nft.Expr.Tunnel do
  @moduledoc """
  Loads what is known about the tunnel that the packet came through into `dreg`.

  Kernel side: `NFTA_TUNNEL_*` of `include/uapi/linux/netfilter/nf_tables.h`.
  """

  use Linx.Netlink.Codec

  codec do
    attr 1, :key, {:enum, :be32, path: 0, id: 1}
    attr 2, :dreg, :be32
    attr 3, :mode, {:enum, :be32, none: 0, rx: 1, tx: 2}
  end
end

defmodule Linx.Netlink.Nfnl.Nft.Expr.Inner do
  @moduledoc """
  Loads from the packet inside of a tunnel: `expr`, which is `Linx.Netlink.Nfnl.Nft.Expr.Payload`
  or `Meta`, is carried out there.

  Kernel side: `NFTA_INNER_*` of `include/uapi/linux/netfilter/nf_tables.h`.

      # udp dport 4789 vxlan ip saddr ..., behind what looks at the port
      Expr.Inner.new(:vxlan, %Expr.Meta{key: :protocol, dreg: 1}),
      %Expr.Cmp{sreg: 1, op: :eq, data: Nft.Data.value(<<0x0800::16>>)},
      Expr.Inner.new(:vxlan, %Expr.Payload{base: :network_header, offset: 12, len: 4, dreg: 1})

  Behind the outer header come `hdrsize` bytes of the tunnel's (the flag `:hdrsize`; with the
  `type` `:geneve` its options, too), and then the headers that the other flags name: those of
  Ethernet (`:ll`), of IP (`:nh`) and of TCP and the like (`:th`). Loads of one `type` in a packet
  have to agree in the rest. `num` is 0.
  """

  use Linx.Netlink.Codec

  alias Linx.Netlink.Nfnl.Nft.Expr

  codec do
    attr 1, :num, :be32
    attr 2, :type, {:enum, :be32, vxlan: 1, geneve: 2}
    attr 3, :flags, {:flags, :be32, hdrsize: 0x1, ll: 0x2, nh: 0x4, th: 0x8}
    attr 4, :hdrsize, :be32
    attr 5, :expr, {:nested, Expr}
  end

  # As nft has them (src/proto.c); what has no number in the kernel has one of nft's.
  @tunnels %{
    vxlan: {:vxlan, 8, [:hdrsize, :ll, :nh, :th]},
    geneve: {:geneve, 8, [:hdrsize, :ll, :nh, :th]},
    gre: {3, 4, [:nh, :th]},
    gretap: {4, 4, [:ll, :nh, :th]}
  }

  @doc """
  The expression that carries out `expr` inside of a tunnel, as `nft` makes it.

      iex> alias Linx.Netlink.Nfnl.Nft.Expr
      iex> Expr.Inner.new(:gre, %Expr.Meta{key: :l4proto, dreg: 1})
      %Expr.Inner{
        num: 0,
        type: 3,
        flags: [:nh, :th],
        hdrsize: 4,
        expr: %Expr.Meta{key: :l4proto, dreg: 1}
      }
  """
  @spec new(:vxlan | :geneve | :gre | :gretap, struct()) :: t()
  def new(tunnel, expr) do
    {type, hdrsize, flags} = Map.fetch!(@tunnels, tunnel)
    %__MODULE__{num: 0, type: type, flags: flags, hdrsize: hdrsize, expr: expr}
  end
end

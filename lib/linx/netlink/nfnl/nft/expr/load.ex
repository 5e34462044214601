defmodule Linx.Netlink.Nfnl.Nft.Expr.Payload do
  @moduledoc """
  Loads bytes of the packet: `len` of them, `offset` bytes into the header `base`, into the
  register `dreg`; or, with `sreg` in place of `dreg`, writes them.

  Kernel side: `NFTA_PAYLOAD_*` of `include/uapi/linux/netfilter/nf_tables.h`.

      # tcp dport, udp dport
      %Expr.Payload{base: :transport_header, offset: 2, len: 2, dreg: 1}

  The `csum_` fields say which checksum is corrected after writing.
  """

  use Linx.Netlink.Codec

  @bases [
    ll_header: 0,
    network_header: 1,
    transport_header: 2,
    inner_header: 3,
    tun_header: 4
  ]

  codec do
    attr 1, :dreg, :be32
    attr 2, :base, {:enum, :be32, @bases}
    attr 3, :offset, :be32
    attr 4, :len, :be32
    attr 5, :sreg, :be32
    attr 6, :csum_type, {:enum, :be32, none: 0, inet: 1, sctp: 2}
    attr 7, :csum_offset, :be32
    attr 8, :csum_flags, {:flags, :be32, l4csum_pseudohdr: 0x1}
  end
end

defmodule Linx.Netlink.Nfnl.Nft.Expr.Meta do
  @moduledoc """
  Loads what is known about the packet into `dreg`, or sets it from `sreg`.

  Kernel side: `NFTA_META_*` of `include/uapi/linux/netfilter/nf_tables.h`. Numbers are in the
  host's byte order; names of links fill 16 bytes.
  """

  use Linx.Netlink.Codec

  @keys [
    len: 0,
    protocol: 1,
    priority: 2,
    mark: 3,
    iif: 4,
    oif: 5,
    iifname: 6,
    oifname: 7,
    iiftype: 8,
    oiftype: 9,
    skuid: 10,
    skgid: 11,
    nftrace: 12,
    rtclassid: 13,
    secmark: 14,
    nfproto: 15,
    l4proto: 16,
    bri_iifname: 17,
    bri_oifname: 18,
    pkttype: 19,
    cpu: 20,
    iifgroup: 21,
    oifgroup: 22,
    cgroup: 23,
    prandom: 24,
    secpath: 25,
    iifkind: 26,
    oifkind: 27,
    bri_iifpvid: 28,
    bri_iifvproto: 29,
    time_ns: 30,
    time_day: 31,
    time_hour: 32,
    sdif: 33,
    sdifname: 34,
    bri_broute: 35,
    bri_iifhwaddr: 37
  ]

  codec do
    attr 1, :dreg, :be32
    attr 2, :key, {:enum, :be32, @keys}
    attr 3, :sreg, :be32
  end
end

defmodule Linx.Netlink.Nfnl.Nft.Expr.Ct do
  @moduledoc """
  Loads what is known about the packet's connection into `dreg`, or sets it from `sreg`.

  Kernel side: `NFTA_CT_*` of `include/uapi/linux/netfilter/nf_tables.h`. Of `:state`, bit 0 is
  invalid, 1 established, 2 related, 3 new, 6 untracked, in the host's byte order. `direction`
  is 0 for the packets of the one who began, 1 for the replies.
  """

  use Linx.Netlink.Codec

  @keys [
    state: 0,
    direction: 1,
    status: 2,
    mark: 3,
    secmark: 4,
    expiration: 5,
    helper: 6,
    l3protocol: 7,
    src: 8,
    dst: 9,
    protocol: 10,
    proto_src: 11,
    proto_dst: 12,
    labels: 13,
    pkts: 14,
    bytes: 15,
    avgpkt: 16,
    zone: 17,
    eventmask: 18,
    src_ip: 19,
    dst_ip: 20,
    src_ip6: 21,
    dst_ip6: 22,
    id: 23
  ]

  codec do
    attr 1, :dreg, :be32
    attr 2, :key, {:enum, :be32, @keys}
    attr 3, :direction, :u8
    attr 4, :sreg, :be32
  end
end

defmodule Linx.Netlink.Nfnl.Nft.Expr.Bitwise do
  @moduledoc """
  Computes `(sreg &&& mask) ^^^ xor` into `dreg`, `len` bytes wide; or shifts, by `data`.

  Kernel side: `NFTA_BITWISE_*` of `include/uapi/linux/netfilter/nf_tables.h`. `:mask_xor` is
  the `op` if none is given. From Linux 6.13 `sreg2` can be another register to combine with.
  """

  use Linx.Netlink.Codec

  alias Linx.Netlink.Nfnl.Nft.Data

  codec do
    attr 1, :sreg, :be32
    attr 2, :dreg, :be32
    attr 3, :len, :be32
    attr 4, :mask, {:nested, Data}
    attr 5, :xor, {:nested, Data}
    attr 6, :op, {:enum, :be32, mask_xor: 0, lshift: 1, rshift: 2, and: 3, or: 4, xor: 5}
    attr 7, :data, {:nested, Data}
    attr 8, :sreg2, :be32
  end
end

defmodule Linx.Netlink.Nfnl.Nft.Expr.Byteorder do
  @moduledoc """
  Swaps the bytes of numbers of `size` bytes, `len` bytes in all, from `sreg` to `dreg`.

  Kernel side: `NFTA_BYTEORDER_*` of `include/uapi/linux/netfilter/nf_tables.h`.
  """

  use Linx.Netlink.Codec

  codec do
    attr 1, :sreg, :be32
    attr 2, :dreg, :be32
    attr 3, :op, {:enum, :be32, ntoh: 0, hton: 1}
    attr 4, :len, :be32
    attr 5, :size, :be32
  end
end

defmodule Linx.Netlink.Nfnl.Nft.Expr.Immediate do
  @moduledoc """
  Loads `data` into `dreg`. In register 0 it is a verdict, and decides.

  Kernel side: `NFTA_IMMEDIATE_*` of `include/uapi/linux/netfilter/nf_tables.h`.

      %Expr.Immediate{dreg: 0, data: Nft.Data.verdict(:accept)}
  """

  use Linx.Netlink.Codec

  alias Linx.Netlink.Nfnl.Nft.Data

  codec do
    attr 1, :dreg, :be32
    attr 2, :data, {:nested, Data}
  end
end

defmodule Linx.Netlink.Nfnl.Nft.Expr.Payload do
  @moduledoc """
  Loads `len` bytes of the packet, at `offset` in the header `base`, into the register `dreg`; with
  `sreg` in place of `dreg`, writes them.

  Kernel side: `NFTA_PAYLOAD_*` of `include/uapi/linux/netfilter/nf_tables.h`.

      # tcp dport, udp dport
      %Expr.Payload{base: :transport_header, offset: 2, len: 2, dreg: 1}

  The `csum_` fields describe the checksum that is updated after writing.
  """

  use Linx.Netlink.Codec

  @bases [
    ll_header: 0,
    network_header: 1,
    transport_header: 2,
    inner_header: 3,
    tun_header: 4
  ]

  codec prefix: "NFTA_PAYLOAD_" do
    attr 1, :dreg, :be32, "destination register"
    attr 2, :base, {:enum, :be32, @bases}, "header", values: "NFT_PAYLOAD_"
    attr 3, :offset, :be32, "offset in the header, bytes"
    attr 4, :len, :be32, "length of the value, bytes"
    attr 5, :sreg, :be32, "source register"

    attr 6, :csum_type, {:enum, :be32, none: 0, inet: 1, sctp: 2}, "checksum to update",
      values: "NFT_PAYLOAD_CSUM_"

    attr 7, :csum_offset, :be32, "offset of the checksum in the header, bytes"

    attr 8, :csum_flags, {:flags, :be32, l4csum_pseudohdr: 0x1}, "flags of the update",
      values: "NFT_PAYLOAD_"
  end
end

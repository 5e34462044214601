defmodule Linx.Netlink.Nfnl.Nft.Expr.Byteorder do
  @moduledoc """
  Converts numbers of `size` bytes, `len` bytes in all, between network and host byte order, from
  `sreg` to `dreg`.

  Kernel side: `NFTA_BYTEORDER_*` of `include/uapi/linux/netfilter/nf_tables.h`.
  """

  use Linx.Netlink.Codec

  codec prefix: "NFTA_BYTEORDER_" do
    attr 1, :sreg, :be32, "source register"
    attr 2, :dreg, :be32, "destination register"

    attr 3, :op, {:enum, :be32, ntoh: 0, hton: 1}, "direction of the conversion",
      values: "NFT_BYTEORDER_"

    attr 4, :len, :be32, "length of the value, bytes"
    attr 5, :size, :be32, "size of a number: 2, 4 or 8 bytes"
  end
end

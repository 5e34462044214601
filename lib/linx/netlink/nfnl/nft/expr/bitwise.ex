defmodule Linx.Netlink.Nfnl.Nft.Expr.Bitwise do
  @moduledoc """
  Computes `(sreg &&& mask) ^^^ xor` into `dreg`, over `len` bytes; `:lshift` and `:rshift` shift
  `sreg` by `data`.

  Kernel side: `NFTA_BITWISE_*` of `include/uapi/linux/netfilter/nf_tables.h`. `op` is `:mask_xor` if
  not given. From Linux 6.13 on `:and`, `:or` and `:xor` combine `sreg` with the register `sreg2`.
  """

  use Linx.Netlink.Codec

  alias Linx.Netlink.Nfnl.Nft.Data

  codec prefix: "NFTA_BITWISE_" do
    attr 1, :sreg, :be32, "source register"
    attr 2, :dreg, :be32, "destination register"
    attr 3, :len, :be32, "length of the value, bytes"
    attr 4, :mask, {:nested, Data}, "mask, for `:mask_xor`"
    attr 5, :xor, {:nested, Data}, "value to xor with, for `:mask_xor`"

    attr 6,
         :op,
         {:enum, :be32, mask_xor: 0, lshift: 1, rshift: 2, and: 3, or: 4, xor: 5},
         "operation",
         values: "NFT_BITWISE_"

    attr 7, :data, {:nested, Data}, "number of bits, for a shift"
    attr 8, :sreg2, :be32, "second source register"
  end
end

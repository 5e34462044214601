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

defmodule Linx.Netlink.Nfnl.Nft.Expr.Lookup do
  @moduledoc """
  Goes on if the set named `set` has what is in `sreg`, or with `:inv`, if it has not. With
  `dreg`, loads what the map has for it; in register 0, a verdict.

  Kernel side: `NFTA_LOOKUP_*` of `include/uapi/linux/netfilter/nf_tables.h`. A set made in the
  same transaction can be meant by `set_id`.
  """

  use Linx.Netlink.Codec

  codec do
    attr 1, :set, :string
    attr 2, :sreg, :be32
    attr 3, :dreg, :be32
    attr 4, :set_id, :be32
    attr 5, :flags, {:flags, :be32, inv: 0x1}
  end
end

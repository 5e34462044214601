defmodule Linx.Netlink.Nfnl.Nft.Expr.Connlimit do
  @moduledoc """
  Goes on as long as there are no more than `count` connections; with `:inv`, only then when
  there are more.

  Kernel side: `NFTA_CONNLIMIT_*` of `include/uapi/linux/netfilter/nf_tables.h`.
  """

  use Linx.Netlink.Codec

  codec do
    attr 1, :count, :be32
    attr 2, :flags, {:flags, :be32, inv: 0x1}
  end
end

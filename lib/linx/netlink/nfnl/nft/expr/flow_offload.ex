defmodule Linx.Netlink.Nfnl.Nft.Expr.FlowOffload do
  @moduledoc """
  Puts the packet's connection into the flowtable named `table_name`.

  Kernel side: `NFTA_FLOW_*` of `include/uapi/linux/netfilter/nf_tables.h`.
  """

  use Linx.Netlink.Codec

  codec do
    attr 1, :table_name, :string
  end
end

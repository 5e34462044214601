defmodule Linx.Netlink.Nfnl.Nft.Expr.FlowOffload do
  @moduledoc """
  Adds the packet's connection to the flowtable `table_name`.

  Kernel side: `NFTA_FLOW_*` of `include/uapi/linux/netfilter/nf_tables.h`.
  """

  use Linx.Netlink.Codec

  codec prefix: "NFTA_FLOW_" do
    attr 1, :table_name, :string, "name of the flowtable"
  end
end

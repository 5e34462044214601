defmodule Linx.Netlink.Nfnl.Nft.Expr.Lookup do
  @moduledoc """
  Looks up `sreg` in the set named `set`; the rule goes on if it has the key, with `:inv` if it has
  not. With `dreg`, loads the data of the map's element; in register 0, a verdict.

  Kernel side: `NFTA_LOOKUP_*` of `include/uapi/linux/netfilter/nf_tables.h`. `set_id` refers to a set
  that the same batch creates.
  """

  use Linx.Netlink.Codec

  codec prefix: "NFTA_LOOKUP_" do
    attr 1, :set, :string, "name of the set"
    attr 2, :sreg, :be32, "register of the key"
    attr 3, :dreg, :be32, "register that the data is loaded into, for a map"
    attr 4, :set_id, :be32, "id of the set within the batch"
    attr 5, :flags, {:flags, :be32, inv: 0x1}, "`:inv` inverts the match", values: "NFT_LOOKUP_F_"
  end
end

defmodule Linx.Netlink.Nfnl.Nft.Elements do
  @moduledoc """
  Elements of one set in one message: `NFTA_SET_ELEM_LIST_*`.

  Kernel side: `include/uapi/linux/netfilter/nf_tables.h`. A message holds some thousand elements;
  `Linx.Netlink.Nfnl.Nft.add_elements/2` makes as many messages as needed.

  `generation` is set by the kernel: the low 16 bits of the ruleset's generation
  (`Linx.Netlink.Nfnl.Nft.Gen`).
  """

  use Linx.Netlink.Codec

  alias Linx.Netlink.Nfnl.FirewallHeader
  alias Linx.Netlink.Nfnl.Nft.Element

  codec prefix: "NFTA_SET_ELEM_LIST_" do
    header FirewallHeader, as: [res_id: :generation]

    attr 1, :table, :string, "name of the table"
    attr 2, :set, :string, "name of the set"
    attr 4, :set_id, :be32, "id of the set within the batch"
    attr 3, :elements, {:array, {:nested, Element}, 1}, "elements", element: "NFTA_LIST_ELEM"
  end
end

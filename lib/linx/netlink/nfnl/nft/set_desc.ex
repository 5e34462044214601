defmodule Linx.Netlink.Nfnl.Nft.SetDesc do
  @moduledoc """
  Description of a set: its capacity, and the fields of its concatenated keys: `NFTA_SET_DESC_*`.

  Kernel side: `include/uapi/linux/netfilter/nf_tables.h`.
  """

  use Linx.Netlink.Codec

  alias Linx.Netlink.Nfnl.Nft.SetField

  codec prefix: "NFTA_SET_DESC_" do
    attr 1, :size, :be32, "largest number of elements"

    attr 2, :concat, {:array, {:nested, SetField}, 1}, "fields of the key",
      element: "NFTA_LIST_ELEM"
  end
end

defmodule Linx.Netlink.Nfnl.Nft.SetDesc do
  @moduledoc """
  How many elements a set has room for, and of which fields its keys are put together:
  `NFTA_SET_DESC_*`.
  """

  use Linx.Netlink.Codec

  alias Linx.Netlink.Nfnl.Nft.SetField

  codec do
    attr 1, :size, :be32
    attr 2, :concat, {:array, {:nested, SetField}, 1}
  end
end

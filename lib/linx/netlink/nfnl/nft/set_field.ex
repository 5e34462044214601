defmodule Linx.Netlink.Nfnl.Nft.SetField do
  @moduledoc """
  One field of a concatenated key, and its length in bytes: `NFTA_SET_FIELD_*`.
  """

  use Linx.Netlink.Codec

  codec do
    attr 1, :len, :be32
  end
end

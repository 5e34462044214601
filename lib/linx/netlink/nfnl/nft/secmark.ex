defmodule Linx.Netlink.Nfnl.Nft.Secmark do
  @moduledoc """
  A security context to mark packets with: `NFTA_SECMARK_*`.
  """

  use Linx.Netlink.Codec

  codec do
    attr 1, :ctx, :string
  end
end

defmodule Linx.Netlink.Nfnl.Nft.CtHelper do
  @moduledoc """
  Has a helper such as `"ftp"` look into connections: `NFTA_CT_HELPER_*`.

  `l4proto` is a number (6 TCP, 17 UDP).
  """

  use Linx.Netlink.Codec

  codec do
    attr 1, :name, :string
    attr 2, :l3proto, :be16
    attr 3, :l4proto, :u8
  end
end

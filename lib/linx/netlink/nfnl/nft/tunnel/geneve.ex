defmodule Linx.Netlink.Nfnl.Nft.Tunnel.Geneve do
  @moduledoc """
  An option of a Geneve packet, whose `data` are whole words of 4 bytes:
  `NFTA_TUNNEL_KEY_GENEVE_*`.
  """

  use Linx.Netlink.Codec

  codec do
    attr 1, :class, :be16
    attr 2, :type, :u8
    attr 3, :data, :binary
  end
end

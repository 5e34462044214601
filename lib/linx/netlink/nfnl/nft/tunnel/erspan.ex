defmodule Linx.Netlink.Nfnl.Nft.Tunnel.Erspan do
  @moduledoc """
  The header of an ERSPAN packet, of version 1 with `v1_index`, or of version 2 with `v2_hwid` and
  `v2_dir`: `NFTA_TUNNEL_KEY_ERSPAN_*`.
  """

  use Linx.Netlink.Codec

  codec do
    attr 1, :version, :be32
    attr 2, :v1_index, :be32
    attr 3, :v2_hwid, :u8
    attr 4, :v2_dir, :u8
  end
end

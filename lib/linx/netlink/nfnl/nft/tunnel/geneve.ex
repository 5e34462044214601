defmodule Linx.Netlink.Nfnl.Nft.Tunnel.Geneve do
  @moduledoc """
  One option of a Geneve header: `NFTA_TUNNEL_KEY_GENEVE_*`.

  Kernel side: `include/uapi/linux/netfilter/nf_tables.h`. `data` is a multiple of 4 bytes long.
  """

  use Linx.Netlink.Codec

  codec prefix: "NFTA_TUNNEL_KEY_GENEVE_" do
    attr 1, :class, :be16, "option class"
    attr 2, :type, :u8, "option type"
    attr 3, :data, :binary, "value, a multiple of 4 bytes"
  end
end

defmodule Linx.Netlink.Nfnl.Nft.CtHelper do
  @moduledoc """
  Stateful object that assigns a helper such as `"ftp"` to connections: `NFTA_CT_HELPER_*`.

  Kernel side: `include/uapi/linux/netfilter/nf_tables.h`. `l4proto` is a protocol number (6 TCP,
  17 UDP).
  """

  use Linx.Netlink.Codec

  codec do
    attr 1, :name, :string
    attr 2, :l3proto, :be16
    attr 3, :l4proto, :u8
  end
end

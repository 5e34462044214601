defmodule Linx.Netlink.Nfnl.Nft.Expr.Socket do
  @moduledoc """
  Loads what is known about the socket that the packet belongs to into `dreg`.

  Kernel side: `NFTA_SOCKET_*` of `include/uapi/linux/netfilter/nf_tables.h`. `level` is that of
  the control group.
  """

  use Linx.Netlink.Codec

  codec do
    attr 1, :key, {:enum, :be32, transparent: 0, mark: 1, wildcard: 2, cgroupv2: 3}
    attr 2, :dreg, :be32
    attr 3, :level, :be32
  end
end

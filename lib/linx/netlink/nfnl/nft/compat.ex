defmodule Linx.Netlink.Nfnl.Nft.Compat do
  @moduledoc """
  What a rule of `iptables` said of the packet's protocol: `NFTA_RULE_COMPAT_*`.
  """

  use Linx.Netlink.Codec

  codec do
    attr 1, :proto, :be32
    attr 2, :flags, {:flags, :be32, unused: 0x1, inv: 0x2}
  end
end

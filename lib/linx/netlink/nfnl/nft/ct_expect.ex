defmodule Linx.Netlink.Nfnl.Nft.CtExpect do
  @moduledoc """
  Has further connections expected, to a port and for a while: `NFTA_CT_EXPECT_*`.

  `timeout` is in milliseconds and in the host's byte order, `size` how many connections.
  """

  use Linx.Netlink.Codec

  codec do
    attr 1, :l3proto, :be16
    attr 2, :l4proto, :u8
    attr 3, :dport, :be16
    attr 4, :timeout, :u32
    attr 5, :size, :u8
  end
end

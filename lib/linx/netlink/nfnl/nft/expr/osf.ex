defmodule Linx.Netlink.Nfnl.Nft.Expr.Osf do
  @moduledoc """
  Passive OS fingerprinting: loads the name of the operating system that the SYN resembles into
  `dreg`.

  Kernel side: `NFTA_OSF_*` of `include/uapi/linux/netfilter/nf_tables.h`.
  """

  use Linx.Netlink.Codec

  codec prefix: "NFTA_OSF_" do
    attr 1, :dreg, :be32, "destination register"
    attr 2, :ttl, :u8, "comparison of the TTL: 0 exact, 1 not greater, 2 none"

    attr 3, :flags, {:flags, :be32, version: 0x1}, "`:version` loads the version too",
      values: "NFT_OSF_F_"
  end

  @doc false
  # The kernel dumps flags of 0, and refuses them (net/netfilter/nft_osf.c).
  @spec writable(t()) :: t()
  def writable(%__MODULE__{flags: none} = osf) when none in [[], 0], do: %{osf | flags: nil}
  def writable(osf), do: osf
end

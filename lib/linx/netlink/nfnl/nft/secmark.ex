defmodule Linx.Netlink.Nfnl.Nft.Secmark do
  @moduledoc """
  Stateful object with a security context, which marks packets: `NFTA_SECMARK_*`.

  Kernel side: `include/uapi/linux/netfilter/nf_tables.h`.
  """

  use Linx.Netlink.Codec

  codec prefix: "NFTA_SECMARK_" do
    attr 1, :ctx, :string, "security context"
  end
end

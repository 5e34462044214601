defmodule Linx.Netlink.Nfnl.Nft.SetField do
  @moduledoc """
  One field of a concatenated key: `NFTA_SET_FIELD_*`.

  Kernel side: `include/uapi/linux/netfilter/nf_tables.h`.
  """

  use Linx.Netlink.Codec

  codec prefix: "NFTA_SET_FIELD_" do
    attr 1, :len, :be32, "length of the field, bytes"
  end
end

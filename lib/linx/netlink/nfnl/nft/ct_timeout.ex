defmodule Linx.Netlink.Nfnl.Nft.CtTimeout do
  @moduledoc """
  After which time connections are forgotten: `NFTA_CT_TIMEOUT_*`.

  `data` are attributes, each a state of the protocol `l4proto` and a number of seconds in
  network order: `CTA_TIMEOUT_TCP_*` and the like of
  `include/uapi/linux/netfilter/nfnetlink_cttimeout.h`, for `Linx.Netlink.Attr`.
  """

  use Linx.Netlink.Codec

  codec do
    attr 1, :l3proto, :be16
    attr 2, :l4proto, :u8
    attr 3, :data, :binary
  end
end

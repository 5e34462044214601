defmodule Linx.Netlink.Nfnl.Conntrack.Protoinfo.Sctp do
  @moduledoc """
  State and verification tags of an SCTP association: `CTA_PROTOINFO_SCTP_*`.

  Kernel side: `include/uapi/linux/netfilter/nfnetlink_conntrack.h`.
  """

  use Linx.Netlink.Codec

  codec do
    attr 1, :state, :u8
    attr 2, :vtag_original, :be32
    attr 3, :vtag_reply, :be32
  end
end

defmodule Linx.Netlink.Nfnl.Conntrack.Protoinfo.Sctp do
  @moduledoc """
  State and verification tags of an SCTP association: `CTA_PROTOINFO_SCTP_*`.

  Kernel side: `include/uapi/linux/netfilter/nfnetlink_conntrack.h`, `enum sctp_conntrack` of
  `nf_conntrack_sctp.h` beside it.
  """

  use Linx.Netlink.Codec

  @states [
    none: 0,
    closed: 1,
    cookie_wait: 2,
    cookie_echoed: 3,
    established: 4,
    shutdown_sent: 5,
    shutdown_recd: 6,
    shutdown_ack_sent: 7,
    heartbeat_sent: 8,
    heartbeat_acked: 9
  ]

  codec prefix: "CTA_PROTOINFO_SCTP_" do
    attr 1, :state, {:enum, :u8, @states}, "state of the association", values: "SCTP_CONNTRACK_"
    attr 2, :vtag_original, :be32, "verification tag, original direction"
    attr 3, :vtag_reply, :be32, "verification tag, reply direction"
  end
end

defmodule Linx.Netlink.Nfnl.Conntrack.Protoinfo.Tcp do
  @moduledoc """
  State of a TCP connection and options of both directions: `CTA_PROTOINFO_TCP_*`.

  Kernel side: `include/uapi/linux/netfilter/nfnetlink_conntrack.h`, `enum tcp_conntrack` of
  `nf_conntrack_tcp.h` beside it.
  """

  use Linx.Netlink.Codec

  alias __MODULE__.Flags

  @states [
    none: 0,
    syn_sent: 1,
    syn_recv: 2,
    established: 3,
    fin_wait: 4,
    close_wait: 5,
    last_ack: 6,
    time_wait: 7,
    close: 8,
    syn_sent2: 9
  ]

  codec prefix: "CTA_PROTOINFO_TCP_" do
    attr 1, :state, {:enum, :u8, @states}, "state of the connection", values: "TCP_CONNTRACK_"
    attr 2, :wscale_original, :u8, "window scale of the originator, bits to shift"
    attr 3, :wscale_reply, :u8, "window scale of the responder, bits to shift"
    attr 4, :flags_original, Flags, "flags of the original direction"
    attr 5, :flags_reply, Flags, "flags of the reply direction"
  end
end

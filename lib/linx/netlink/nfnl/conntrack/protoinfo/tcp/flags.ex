defmodule Linx.Netlink.Nfnl.Conntrack.Protoinfo.Tcp.Flags do
  @moduledoc """
  Flags of one direction of a TCP connection: `struct nf_ct_tcp_flags`.

  Kernel side: `include/uapi/linux/netfilter/nf_conntrack_tcp.h`. When writing, `mask` selects the
  flags that are set or cleared.
  """

  use Linx.Netlink.Codec

  @flags [
    window_scale: 0x01,
    sack_perm: 0x02,
    close_init: 0x04,
    be_liberal: 0x08,
    data_unacknowledged: 0x10,
    maxack_set: 0x20,
    challenge_ack: 0x40,
    simultaneous_open: 0x80
  ]

  codec do
    header "struct nf_ct_tcp_flags" do
      field :flags, {:flags, :u8, @flags}, "properties of the direction",
        values:
          {"IP_CT_TCP_FLAG_",
           challenge_ack: "IP_CT_EXP_CHALLENGE_ACK",
           simultaneous_open: "IP_CT_TCP_SIMULTANEOUS_OPEN"}

      field :mask, {:flags, :u8, @flags}, "flags that a write sets or clears",
        values:
          {"IP_CT_TCP_FLAG_",
           challenge_ack: "IP_CT_EXP_CHALLENGE_ACK",
           simultaneous_open: "IP_CT_TCP_SIMULTANEOUS_OPEN"}
    end
  end
end

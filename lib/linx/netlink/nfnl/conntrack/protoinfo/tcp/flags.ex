defmodule Linx.Netlink.Nfnl.Conntrack.Protoinfo.Tcp.Flags do
  @moduledoc """
  Properties of one side of a TCP connection, and when writing, which of them are meant:
  `struct nf_ct_tcp_flags`.
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
    header do
      field :flags, {:flags, :u8, @flags}
      field :mask, {:flags, :u8, @flags}
    end
  end
end

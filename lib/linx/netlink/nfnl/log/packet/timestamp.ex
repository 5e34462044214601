defmodule Linx.Netlink.Nfnl.Log.Packet.Timestamp do
  @moduledoc """
  Arrival of a logged packet, seconds and microseconds since 1970:
  `struct nfulnl_msg_packet_timestamp`.

  Kernel side: `include/uapi/linux/netfilter/nfnetlink_log.h`.
  """

  use Linx.Netlink.Codec

  codec do
    header do
      field :sec, :be64
      field :usec, :be64
    end
  end
end

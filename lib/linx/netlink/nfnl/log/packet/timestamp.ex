defmodule Linx.Netlink.Nfnl.Log.Packet.Timestamp do
  @moduledoc """
  When the packet arrived, in seconds and microseconds since 1970:
  `struct nfulnl_msg_packet_timestamp`.
  """

  use Linx.Netlink.Codec

  codec do
    header do
      field :sec, :be64
      field :usec, :be64
    end
  end
end

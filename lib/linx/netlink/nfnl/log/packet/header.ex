defmodule Linx.Netlink.Nfnl.Log.Packet.Header do
  @moduledoc """
  The packet's EtherType, and the number of the hook it was logged at:
  `struct nfulnl_msg_packet_hdr`.
  """

  use Linx.Netlink.Codec

  codec do
    header do
      field :hw_protocol, :be16
      field :hook, :u8
      pad 1
    end
  end
end

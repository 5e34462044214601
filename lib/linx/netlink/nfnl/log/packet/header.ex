defmodule Linx.Netlink.Nfnl.Log.Packet.Header do
  @moduledoc """
  EtherType and netfilter hook of a logged packet: `struct nfulnl_msg_packet_hdr`.

  Kernel side: `include/uapi/linux/netfilter/nfnetlink_log.h`.
  """

  use Linx.Netlink.Codec

  codec do
    header "struct nfulnl_msg_packet_hdr" do
      field :hw_protocol, :be16, "EtherType, ETH_P_*"
      field :hook, :u8, "netfilter hook, by the family of the packet"
      pad 1
    end
  end
end

defmodule Linx.Netlink.Nfnl.Log.Packet do
  @moduledoc """
  A packet that a firewall rule logged.

  Kernel side: `NFULA_*` of `include/uapi/linux/netfilter/nfnetlink_log.h`, `enum ip_conntrack_info`
  of `nf_conntrack_common.h` beside it.

      %Linx.Netlink.Nfnl.Log.Packet{
        family: :ipv4,
        group: 5,
        prefix: "dropped ",
        ifindex_indev: 2,
        payload: <<0x45, _::binary>>
      }

  `payload` is the packet from its network header on, up to the `:copy` length of
  `Linx.Netlink.Nfnl.Log.start_link/1`. `mark` is `nil` if it is 0. `timestamp` is `nil` if the
  packet has none, as packets of this machine. `uid` and `gid` are `nil` if the packet has no socket.
  `seq`, `seq_global` and `ct` are set if the option `:with` asked for them.
  """

  use Linx.Netlink.Codec

  alias Linx.Netlink.Nfnl.{Conntrack, PacketHeader}
  alias Linx.Netlink.Nfnl.Nft.Hook
  alias __MODULE__.{Header, Timestamp, Vlan}

  @ct_info [established: 0, related: 1, new: 2, established_reply: 3, related_reply: 4]

  codec prefix: "NFULA_" do
    header PacketHeader, as: [res_id: :group]

    attr 1, :packet_hdr, Header, "EtherType and hook"
    attr 2, :mark, :be32, "mark of the packet"
    attr 3, :timestamp, Timestamp, "time of arrival"
    attr 4, :ifindex_indev, :be32, "index of the incoming link"
    attr 5, :ifindex_outdev, :be32, "index of the outgoing link"
    attr 6, :ifindex_physindev, :be32, "index of the incoming port of the bridge"
    attr 7, :ifindex_physoutdev, :be32, "index of the outgoing port of the bridge"
    attr 8, :hwaddr, :packet_hw, "source link-layer address"
    attr 9, :payload, :binary, "packet from the network header on, bytes"
    attr 10, :prefix, :string, "prefix of the rule"
    attr 11, :uid, :be32, "user id of the socket"
    attr 12, :seq, :be32, "sequence number in the group"
    attr 13, :seq_global, :be32, "sequence number of all groups"
    attr 14, :gid, :be32, "group id of the socket"
    attr 15, :hwtype, :be16, "hardware type of the link, ARPHRD_*"
    attr 16, :hwheader, :binary, "link-layer header, bytes"
    attr 17, :hwlen, :be16, "length of the link-layer header, bytes"
    attr 18, :ct, {:attributes, Conntrack}, "entry of the connection"

    attr 19, :ct_info, {:enum, :be32, @ct_info}, "relation of the packet to the connection",
      values: "IP_CT_"

    attr 20, :vlan, {:nested, Vlan}, "VLAN tag"
    attr 21, :l2hdr, :binary, "link-layer header with VLAN tags, bytes"
  end

  @doc """
  The name of the hook where the packet was logged, in its family, or the number if it has none.

      iex> alias Linx.Netlink.Nfnl.Log.Packet
      iex> Packet.hook_name(%Packet{family: :ipv4, packet_hdr: %Packet.Header{hook: 1}})
      :input
  """
  @spec hook_name(t()) :: atom() | 0..255 | nil
  def hook_name(%__MODULE__{packet_hdr: nil}), do: nil

  def hook_name(%__MODULE__{family: family, packet_hdr: %Header{hook: number}}),
    do: Hook.name(%Hook{hooknum: number}, family)
end

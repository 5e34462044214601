defmodule Linx.Netlink.Generic.L2tp.Session do
  @moduledoc """
  Session of an L2TP tunnel.

  Kernel side: `L2TP_ATTR_*` of `include/uapi/linux/l2tp.h`.

  A cookie is 4 or 8 bytes. `cookie` is sent in each packet, `peer_cookie` is what received packets
  must have.
  """

  use Linx.Netlink.Codec
  use Linx.Netlink.Options

  alias Linx.Netlink.Generic.Header
  alias Linx.Netlink.Generic.L2tp.Stats

  @pw_types [none: 0, eth_vlan: 4, eth: 5, ppp: 7, ppp_ac: 8, ip: 11]
  @l2spec_types [none: 0, default: 1]

  codec prefix: "L2TP_ATTR_" do
    header Header
    attr 1, :pw_type, {:enum, :u16, @pw_types}, "type of the frames", values: "L2TP_PWTYPE_"

    attr 5, :l2spec_type, {:enum, :u8, @l2spec_types}, "sublayer in front of frames",
      values: "L2TP_L2SPECTYPE_"

    attr 8, :ifname, :string, "name of the link"
    attr 9, :conn_id, :u32, "number of the tunnel"
    attr 10, :peer_conn_id, :u32, "number of the tunnel at the other end"
    attr 11, :session_id, :u32, "number of the session"
    attr 12, :peer_session_id, :u32, "number of the session at the other end"
    attr 15, :cookie, :binary, "cookie of sent packets"
    attr 16, :peer_cookie, :binary, "cookie of received packets"
    attr 18, :recv_seq, {:bool, :u8}, "packets without sequence number are dropped"
    attr 19, :send_seq, {:bool, :u8}, "packets are sent with sequence numbers"
    attr 20, :lns_mode, {:bool, :u8}, "this end decides on sequence numbers"
    attr 21, :using_ipsec, {:bool, :u8}, "the socket has an IPsec policy"
    attr 22, :recv_timeout, :u64, "time that packets wait to be put in order, milliseconds"
    attr 30, :stats, {:nested, Stats}, "counters"
  end

  options(
    peer_session_id: {1..0xFFFFFFFF, "number of the session at the other end", required: true},
    pw_type: {{:enum, @pw_types}, "type of the frames, `:eth` if not given"},
    ifname: {{:name, 15}, "name of the link"},
    cookie:
      {{:check, &__MODULE__.__cookie__/1, "binary of 4 or 8 bytes"}, "cookie of sent packets"},
    peer_cookie:
      {{:check, &__MODULE__.__cookie__/1, "binary of 4 or 8 bytes"}, "cookie of received packets"},
    l2spec_type: {{:enum, @l2spec_types}, "sublayer in front of frames, `:default` if not given"},
    recv_seq: {:boolean, "drop packets without sequence number"},
    send_seq: {:boolean, "send packets with sequence numbers"},
    lns_mode: {:boolean, "this end decides on sequence numbers"},
    recv_timeout:
      {0..0xFFFFFFFFFFFFFFFF, "time that packets wait to be put in order, milliseconds"}
  )

  @doc false
  @spec __cookie__(term()) :: {:ok, binary()} | :error
  def __cookie__(bytes) when is_binary(bytes) and byte_size(bytes) in [4, 8], do: {:ok, bytes}
  def __cookie__(_other), do: :error
end

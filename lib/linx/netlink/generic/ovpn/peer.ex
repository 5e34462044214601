defmodule Linx.Netlink.Generic.Ovpn.Peer do
  @moduledoc """
  Peer of an ovpn link.

  Kernel side: `OVPN_A_PEER_*` of `include/uapi/linux/ovpn.h`.
  """

  use Linx.Netlink.Codec
  use Linx.Netlink.Options

  alias Linx.IP

  @reasons [teardown: 0, userspace: 1, expired: 2, transport_error: 3, transport_disconnect: 4]

  codec prefix: "OVPN_A_PEER_" do
    attr 1, :id, :u32, "number of the peer, 24 bits"
    attr 2, :remote_ipv4, IP, "address of the peer"
    attr 3, :remote_ipv6, IP, "address of the peer"
    attr 4, :remote_ipv6_scope_id, :u32, "index of the link of a link-local address"
    attr 5, :remote_port, :be16, "port of the peer"
    attr 6, :socket, :u32, "descriptor of the socket"
    attr 7, :socket_netnsid, :s32, "id of the namespace of the socket, if it is another"
    attr 8, :vpn_ipv4, IP, "address of the peer within the tunnel"
    attr 9, :vpn_ipv6, IP, "address of the peer within the tunnel"
    attr 10, :local_ipv4, IP, "local address of sent packets"
    attr 11, :local_ipv6, IP, "local address of sent packets"
    attr 12, :local_port, :be16, "local port"
    attr 13, :keepalive_interval, :u32, "silence after which a packet is sent, seconds"
    attr 14, :keepalive_timeout, :u32, "silence after which the peer is deleted, seconds"

    attr 15, :del_reason, {:enum, :u32, @reasons}, "why the peer was deleted",
      values: "OVPN_DEL_PEER_REASON_"

    attr 16, :vpn_rx_bytes, :uint, "bytes received from the tunnel", volatile: true
    attr 17, :vpn_tx_bytes, :uint, "bytes sent into the tunnel", volatile: true
    attr 18, :vpn_rx_packets, :uint, "packets received from the tunnel", volatile: true
    attr 19, :vpn_tx_packets, :uint, "packets sent into the tunnel", volatile: true
    attr 20, :link_rx_bytes, :uint, "bytes of encrypted packets received", volatile: true
    attr 21, :link_tx_bytes, :uint, "bytes of encrypted packets sent", volatile: true
    attr 22, :link_rx_packets, :uint, "encrypted packets received", volatile: true
    attr 23, :link_tx_packets, :uint, "encrypted packets sent", volatile: true
    attr 24, :tx_id, :u32, "number in sent packets, if it is not `id`"
  end

  # The peer in a request.
  @peer {:peer, __MODULE__}

  options(
    socket:
      {0..0x7FFFFFFF, "descriptor of a UDP or TCP socket",
       field: [@peer, :socket], required: true},
    remote:
      {{:check, &__MODULE__.__remote__/1,
        "`{address, port}` or `{address, port, index of a link}`"},
       "address and port of the peer", field: [@peer, :remote]},
    local:
      {{:check, &__MODULE__.__local__/1, "IP address of the family of `:remote`"},
       "local address of sent packets", field: [@peer, :local]},
    vpn_ipv4: {:ip4, "address of the peer within the tunnel", field: [@peer, :vpn_ipv4]},
    vpn_ipv6: {:ip6, "address of the peer within the tunnel", field: [@peer, :vpn_ipv6]},
    keepalive_interval:
      {0..0xFFFFFFFF, "silence after which a packet is sent, seconds",
       field: [@peer, :keepalive_interval]},
    keepalive_timeout:
      {0..0xFFFFFFFF, "silence after which the peer is deleted, seconds",
       field: [@peer, :keepalive_timeout]},
    tx_id:
      {0..0xFFFFFF, "number in sent packets, the peer's own if not given; from Linux 7.0",
       field: [@peer, :tx_id]}
  )

  @doc false
  @spec __remote__(term()) :: {:ok, {:fields, keyword()}} | :error
  def __remote__({address, port, scope})
      when is_integer(scope) and scope in 0..0x7FFFFFFF do
    with {:ok, {:fields, fields}} <- __remote__({address, port}),
         do: {:ok, {:fields, [remote_ipv6_scope_id: scope] ++ fields}}
  end

  def __remote__({address, port}) when is_integer(port) and port in 1..0xFFFF do
    case IP.cast(address) do
      {:ok, %IP{family: :inet} = ip} -> {:ok, {:fields, [remote_ipv4: ip, remote_port: port]}}
      {:ok, ip} -> {:ok, {:fields, [remote_ipv6: ip, remote_port: port]}}
      {:error, _reason} -> :error
    end
  end

  def __remote__(_other), do: :error

  @doc false
  @spec __local__(term()) :: {:ok, {:fields, keyword()}} | :error
  def __local__(address) do
    case IP.cast(address) do
      {:ok, %IP{family: :inet} = ip} -> {:ok, {:fields, [local_ipv4: ip]}}
      {:ok, ip} -> {:ok, {:fields, [local_ipv6: ip]}}
      {:error, _reason} -> :error
    end
  end
end

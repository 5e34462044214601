defmodule Linx.Netlink.Generic.WireGuard.Peer do
  @moduledoc """
  Peer of a WireGuard link.

  Kernel side: `WGPEER_A_*` of `include/uapi/linux/wireguard.h`.

      {:ok, %WireGuard{peers: [peer]}} = WireGuard.get(sock, "wg0")
      peer.endpoint
      #=> {~IP"192.0.2.1", 51820}

  `Linx.Netlink.Generic.WireGuard.set/3` takes peers as keyword lists of options. An option that is not
  given leaves the peer's setting as it is.
  """

  use Linx.Netlink.Codec
  use Linx.Netlink.Options

  alias Linx.IP.Subnet
  alias Linx.Netlink.Generic.WireGuard.{AllowedIp, Endpoint, Key, Timespec}
  alias Linx.Netlink.Options
  alias __MODULE__.Settings

  codec prefix: "WGPEER_A_" do
    include Settings

    attr 6,
         :last_handshake_time,
         Timespec,
         "time of the last handshake, in UTC; `nil` if there was none",
         volatile: true,
         as: DateTime

    attr 7, :rx_bytes, :u64, "bytes received", volatile: true
    attr 8, :tx_bytes, :u64, "bytes sent", volatile: true

    attr 9,
         :allowed_ips,
         {:array, {:nested, AllowedIp}},
         "subnets that the peer may send from, and that are routed to it",
         c: "WGPEER_A_ALLOWEDIPS",
         as: {:repeated, Subnet}

    attr 10, :protocol_version, :u32, "version of the protocol, 1"
  end

  options(
    public_key: {
      {:secret, {:check, &Key.cast_public/1, "`Linx.Netlink.Generic.WireGuard.Key` or Base64"}},
      "public key, which identifies the peer",
      required: true
    },
    preshared_key: {
      {:secret, {:check, &Key.cast_secret/1, "key or Base64, `nil` removes it"}},
      "key that both ends share, in addition to their own"
    },
    endpoint: {
      {:check, &Endpoint.cast/1,
       "`{address, port}`, `{address, port, link}` for a link-local address, or text such as " <>
         "`\"192.0.2.1:51820\"`, `\"[2001:db8::1]:51820\"`, `\"[fe80::1%eth0]:51820\"`"},
      "address to send to, until the peer sends from another one"
    },
    persistent_keepalive_interval:
      {0..0xFFFF, "interval of packets that keep the way open, seconds; 0 for none"},
    allowed_ips: {
      {:list, {:check, &__MODULE__.cast_allowed_ip/1, "subnet or `{:remove, subnet}`"}},
      "subnets to be added to those that the peer may send from, taken from other peers of the link " <>
        "that have them; `{:remove, subnet}` takes one from this peer, from Linux 6.16"
    },
    replace_allowed_ips: {:boolean, "remove the peer's other subnets"},
    remove: {:boolean, "remove the peer"},
    update_only: {:boolean, "change the peer if it exists, and do not add it otherwise"}
  )

  @no_key %Key{bytes: <<0::256>>, secret: true}

  @doc false
  @spec cast(term()) :: {:ok, %{atom() => term()}} | {:error, Options.reason()}
  def cast(opts), do: Options.cast(__options__(), opts)

  @doc false
  @spec cast_allowed_ip(term()) ::
          {:ok, Subnet.t() | {:remove, Subnet.t()}} | {:error, {:bad_subnet, term()}}
  def cast_allowed_ip({:remove, subnet}),
    do: with({:ok, subnet} <- Subnet.cast(subnet), do: {:ok, {:remove, subnet}})

  def cast_allowed_ip(subnet), do: Subnet.cast(subnet)

  @doc false
  # The peers of the messages of a dump. The kernel divides a peer between messages where its subnets do
  # not fit: adjacent parts of one key are one peer.
  @spec join([[t()] | nil]) :: [t()]
  def join([peers | rest]), do: put(peers || [], join(rest))
  def join([]), do: []

  defp put([%{public_key: key} = peer], [%{public_key: key} = next | rest]),
    do: [%{finished(peer) | allowed_ips: (peer.allowed_ips || []) ++ next.allowed_ips} | rest]

  defp put([peer | peers], rest), do: [finished(peer) | put(peers, rest)]
  defp put([], rest), do: rest

  defp finished(peer) do
    %{
      peer
      | preshared_key: if(peer.preshared_key == @no_key, do: nil, else: peer.preshared_key),
        last_handshake_time: Timespec.to_datetime(peer.last_handshake_time),
        allowed_ips: peer.allowed_ips || []
    }
  end
end

defmodule Linx.Netlink.Generic.WireGuard.Peer.Settings do
  @moduledoc false
  # Attributes of a peer that are read and written.

  use Linx.Netlink.Codec

  alias Linx.Netlink.Generic.WireGuard.Key

  codec prefix: "WGPEER_A_" do
    attr 1, :public_key, Key.Public, "public key, which identifies the peer", as: Key

    attr 2, :preshared_key, Key.Secret, "key that both ends share, in addition",
      secret: true,
      as: Key

    attr 4, :endpoint, :sockaddr, "address that packets are sent to"

    attr 5,
         :persistent_keepalive_interval,
         :u16,
         "interval of packets that keep the way open, seconds; 0 for none"
  end
end

defmodule Linx.Netlink.Generic.WireGuard.Key.Secret do
  @moduledoc false
  # Payload of a private key or a preshared key.

  use Linx.Netlink.Codec

  alias Linx.Netlink.Generic.WireGuard.Key

  codec into: %Key{bytes: nil, secret: true} do
    header do
      field :bytes, {:binary, 32}, secret: true
    end
  end
end

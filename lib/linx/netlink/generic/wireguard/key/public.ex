defmodule Linx.Netlink.Generic.WireGuard.Key.Public do
  @moduledoc false
  # Payload of a public key.

  use Linx.Netlink.Codec

  alias Linx.Netlink.Generic.WireGuard.Key

  codec into: %Key{bytes: nil, secret: false} do
    header do
      field :bytes, {:binary, 32}
    end
  end
end

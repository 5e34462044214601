defmodule Linx.Netlink.Generic.WireGuard.Settings do
  @moduledoc false
  # Attributes of a link that are read and written.

  use Linx.Netlink.Codec

  alias Linx.Netlink.Generic.WireGuard.Key

  codec prefix: "WGDEVICE_A_" do
    attr 1, :ifindex, :u32, "index of the link"
    attr 3, :private_key, Key.Secret, "private key", secret: true, as: Key

    attr 6,
         :listen_port,
         :u16,
         "UDP port; while the link is down, 0 if the kernel is to choose one"

    attr 7, :fwmark, :u32, "mark of encrypted packets, 0 for none"
  end
end

defmodule Linx.Netlink.Rtnl.LinkInfo.Ovpn do
  @moduledoc """
  OpenVPN data channel: kind `"ovpn"`.

  Kernel side: `IFLA_OVPN_*` of `include/uapi/linux/if_link.h`, Linux 6.16. Peers are
  set over generic netlink.
  """

  use Linx.Netlink.Codec
  use Linx.Netlink.Options

  @modes [p2p: 0, mp: 1]

  codec prefix: "IFLA_OVPN_" do
    attr 1, :mode, {:enum, :u8, @modes}, "point-to-point, or multipoint", values: "OVPN_MODE_"
  end

  options(mode: {{:enum, @modes}, "point-to-point, or multipoint", only: :create})
end

defmodule Linx.Netlink.Rtnl.LinkInfo.Amt do
  @moduledoc """
  Automatic multicast tunnel (AMT, RFC 7450): kind `"amt"`.

  Kernel side: `IFLA_AMT_*` of `include/uapi/linux/amt.h`.

      Link.create(sock, "amt0", :amt, mode: :gateway, parent: "eth0", local: "192.0.2.1", discovery: "192.0.2.9")
  """

  use Linx.Netlink.Codec
  use Linx.Netlink.Options

  alias Linx.IP

  @modes [gateway: 0, relay: 1]

  codec prefix: "IFLA_AMT_" do
    attr 1, :mode, {:enum, :u32, @modes}, "role of this end", values: "AMT_MODE_"
    attr 2, :relay_port, :be16, "UDP port of the relay"
    attr 3, :gateway_port, :be16, "UDP port of the gateway"
    attr 4, :link, :u32, "index of the underlying link"
    attr 5, :local_ip, IP, "source address"
    attr 6, :remote_ip, IP, "address of the relay that the gateway has found"
    attr 7, :discovery_ip, IP, "address that a gateway sends discovery messages to"
    attr 8, :max_tunnels, :u32, "maximum number of tunnels of a relay"
  end

  options(
    parent:
      {:link, "link that carries the packets", field: [:link], required: true, only: :create},
    mode: {{:enum, @modes}, "role", required: true, only: :create},
    relay_port: {1..65_535, "UDP port of the relay", only: :create},
    gateway_port: {1..65_535, "UDP port of the gateway", only: :create},
    local: {:ip4, "source address", field: [:local_ip], required: true, only: :create},
    discovery:
      {:ip4, "address that a gateway sends discovery messages to",
       field: [:discovery_ip], only: :create},
    max_tunnels: {1..0xFFFFFFFF, "maximum number of tunnels of a relay", only: :create}
  )
end

defmodule Linx.Netlink.Generic.WireGuard.AllowedIp do
  @moduledoc false
  # A subnet that a peer may send from, as the kernel reports it.

  use Linx.Netlink.Codec

  codec prefix: "WGALLOWEDIP_A_", into: %Linx.IP.Subnet{address: nil, prefix: nil} do
    attr 2, :address, Linx.IP, c: "WGALLOWEDIP_A_IPADDR"
    attr 3, :prefix, :u8, c: "WGALLOWEDIP_A_CIDR_MASK"
  end
end

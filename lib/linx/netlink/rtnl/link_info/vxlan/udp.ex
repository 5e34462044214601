defmodule Linx.Netlink.Rtnl.LinkInfo.Vxlan.Udp do
  @moduledoc """
  Checksums and header variants of a VXLAN.
  """

  use Linx.Netlink.Codec

  codec prefix: "IFLA_VXLAN_" do
    attr 18, :udp_csum, {:bool, :u8}, "UDP checksum over IPv4"
    attr 19, :udp_zero_csum6_tx, {:bool, :u8}, "send without checksum over IPv6"
    attr 20, :udp_zero_csum6_rx, {:bool, :u8}, "accept no checksum over IPv6"
    attr 21, :remcsum_tx, {:bool, :u8}, "remote checksum offload, sending"
    attr 22, :remcsum_rx, {:bool, :u8}, "remote checksum offload, receiving"
    attr 23, :gbp, :flag, "group policy extension"
    attr 24, :remcsum_nopartial, :flag, "no partial checksums with remote checksum offload"
    attr 27, :gpe, :flag, "generic protocol extension"
  end
end

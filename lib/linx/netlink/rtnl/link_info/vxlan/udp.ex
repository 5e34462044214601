defmodule Linx.Netlink.Rtnl.LinkInfo.Vxlan.Udp do
  @moduledoc """
  Checksums and header variants of a VXLAN.
  """

  use Linx.Netlink.Codec

  codec prefix: "IFLA_VXLAN_" do
    attr 18, :udp_csum, :u8
    attr 19, :udp_zero_csum6_tx, :u8
    attr 20, :udp_zero_csum6_rx, :u8
    attr 21, :remcsum_tx, :u8
    attr 22, :remcsum_rx, :u8
    attr 23, :gbp, :flag
    attr 24, :remcsum_nopartial, :flag
    attr 27, :gpe, :flag
  end
end

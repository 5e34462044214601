defmodule Linx.Netlink.Rtnl.Encap.TunnelOpts.Geneve do
  @moduledoc """
  GENEVE options (RFC 8926), the n-th made of the n-th of each list:
  `LWTUNNEL_IP_OPT_GENEVE_*` of `include/uapi/linux/lwtunnel.h`.
  """

  use Linx.Netlink.Codec

  codec prefix: "LWTUNNEL_IP_OPT_GENEVE_" do
    attr 1, :class, {:repeated, :be16}, "class of each option"
    attr 2, :type, {:repeated, :u8}, "type of each option"
    attr 3, :data, {:repeated, :binary}, "data of each option, 4 to 128 bytes"
  end
end

defmodule Linx.Netlink.Rtnl.Encap.TunnelOpts.Vxlan do
  @moduledoc """
  The group policy of a VXLAN: `LWTUNNEL_IP_OPT_VXLAN_*` of
  `include/uapi/linux/lwtunnel.h`.
  """

  use Linx.Netlink.Codec

  codec prefix: "LWTUNNEL_IP_OPT_VXLAN_" do
    attr 1, :gbp, :u32, "group policy"
  end
end

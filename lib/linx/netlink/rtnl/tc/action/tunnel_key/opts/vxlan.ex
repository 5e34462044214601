defmodule Linx.Netlink.Rtnl.Tc.Action.TunnelKey.Opts.Vxlan do
  @moduledoc """
  Option of VXLAN.

  Kernel side: `TCA_TUNNEL_KEY_ENC_OPT_VXLAN_*` of `include/uapi/linux/tc_act/tc_tunnel_key.h`.
  """

  use Linx.Netlink.Codec

  codec prefix: "TCA_TUNNEL_KEY_ENC_OPT_VXLAN_" do
    attr 1, :gbp, :u32, "group policy"
  end
end

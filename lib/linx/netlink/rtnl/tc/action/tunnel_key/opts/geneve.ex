defmodule Linx.Netlink.Rtnl.Tc.Action.TunnelKey.Opts.Geneve do
  @moduledoc """
  Options of GENEVE (RFC 8926), the n-th made of the n-th of each list.

  Kernel side: `TCA_TUNNEL_KEY_ENC_OPT_GENEVE_*` of `include/uapi/linux/tc_act/tc_tunnel_key.h`.
  """

  use Linx.Netlink.Codec

  codec prefix: "TCA_TUNNEL_KEY_ENC_OPT_GENEVE_" do
    attr 1, :class, {:repeated, :be16}, "class of each option"
    attr 2, :type, {:repeated, :u8}, "type of each option"
    attr 3, :data, {:repeated, :binary}, "data of each option, 4 to 124 bytes"
  end
end

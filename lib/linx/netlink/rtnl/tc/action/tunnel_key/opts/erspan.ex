defmodule Linx.Netlink.Rtnl.Tc.Action.TunnelKey.Opts.Erspan do
  @moduledoc """
  Options of ERSPAN.

  Kernel side: `TCA_TUNNEL_KEY_ENC_OPT_ERSPAN_*` of `include/uapi/linux/tc_act/tc_tunnel_key.h`.
  """

  use Linx.Netlink.Codec

  codec prefix: "TCA_TUNNEL_KEY_ENC_OPT_ERSPAN_" do
    attr 1, :ver, :u8, "version, 1 or 2"
    attr 2, :index, :be32, "index, of version 1"
    attr 3, :dir, :u8, "direction, of version 2"
    attr 4, :hwid, :u8, "identity of the hardware, of version 2"
  end
end

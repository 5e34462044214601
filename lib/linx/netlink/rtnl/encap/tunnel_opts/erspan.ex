defmodule Linx.Netlink.Rtnl.Encap.TunnelOpts.Erspan do
  @moduledoc """
  The header of an ERSPAN: `LWTUNNEL_IP_OPT_ERSPAN_*` of
  `include/uapi/linux/lwtunnel.h`.
  """

  use Linx.Netlink.Codec

  codec prefix: "LWTUNNEL_IP_OPT_ERSPAN_" do
    attr 1, :ver, :u8, "version, 1 or 2"
    attr 2, :index, :be32, "index of the port, version 1"
    attr 3, :dir, :u8, "direction, version 2"
    attr 4, :hwid, :u8, "hardware id, version 2"
  end
end

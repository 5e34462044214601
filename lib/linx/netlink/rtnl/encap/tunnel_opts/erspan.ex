defmodule Linx.Netlink.Rtnl.Encap.TunnelOpts.Erspan do
  @moduledoc """
  The header of an ERSPAN: `LWTUNNEL_IP_OPT_ERSPAN_*` of
  `include/uapi/linux/lwtunnel.h`.
  """

  use Linx.Netlink.Codec

  codec prefix: "LWTUNNEL_IP_OPT_ERSPAN_" do
    attr 1, :ver, :u8
    attr 2, :index, :be32
    attr 3, :dir, :u8
    attr 4, :hwid, :u8
  end
end

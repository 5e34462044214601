defmodule Linx.Netlink.Rtnl.Tc.Filter.Flower.EncOpts.Pfcp do
  @moduledoc """
  Header of PFCP.

  Kernel side: `TCA_FLOWER_KEY_ENC_OPT_PFCP_*` of `include/uapi/linux/pkt_cls.h`.
  """

  use Linx.Netlink.Codec

  codec prefix: "TCA_FLOWER_KEY_ENC_OPT_PFCP_" do
    attr 1, :type, :u8, "type"
    attr 2, :seid, :be64, "session endpoint id"
  end
end

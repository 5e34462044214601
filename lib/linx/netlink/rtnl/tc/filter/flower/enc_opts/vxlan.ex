defmodule Linx.Netlink.Rtnl.Tc.Filter.Flower.EncOpts.Vxlan do
  @moduledoc """
  Options of VXLAN.

  Kernel side: `TCA_FLOWER_KEY_ENC_OPT_VXLAN_*` of `include/uapi/linux/pkt_cls.h`.
  """

  use Linx.Netlink.Codec

  codec prefix: "TCA_FLOWER_KEY_ENC_OPT_VXLAN_" do
    attr 1, :gbp, :u32, "group policy"
  end
end

defmodule Linx.Netlink.Rtnl.Tc.Filter.Flower.EncOpts.Geneve do
  @moduledoc """
  Option of GENEVE.

  Kernel side: `TCA_FLOWER_KEY_ENC_OPT_GENEVE_*` of `include/uapi/linux/pkt_cls.h`.
  """

  use Linx.Netlink.Codec

  codec prefix: "TCA_FLOWER_KEY_ENC_OPT_GENEVE_" do
    attr 1, :class, :be16, "class"
    attr 2, :type, :u8, "type"
    attr 3, :data, :binary, "data"
  end
end

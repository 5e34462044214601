defmodule Linx.Netlink.Rtnl.Tc.Filter.Flower.EncOpts.Erspan do
  @moduledoc """
  Header of ERSPAN.

  Kernel side: `TCA_FLOWER_KEY_ENC_OPT_ERSPAN_*` of `include/uapi/linux/pkt_cls.h`.
  """

  use Linx.Netlink.Codec

  codec prefix: "TCA_FLOWER_KEY_ENC_OPT_ERSPAN_" do
    attr 1, :ver, :u8, "version"
    attr 2, :index, :be32, "index, of version 1"
    attr 3, :dir, :u8, "direction, of version 2"
    attr 4, :hwid, :u8, "id of the hardware, of version 2"
  end
end

defmodule Linx.Netlink.Rtnl.Tc.Filter.Flower.EncOpts.Gtp do
  @moduledoc """
  PDU session of GTP.

  Kernel side: `TCA_FLOWER_KEY_ENC_OPT_GTP_*` of `include/uapi/linux/pkt_cls.h`.
  """

  use Linx.Netlink.Codec

  codec prefix: "TCA_FLOWER_KEY_ENC_OPT_GTP_" do
    attr 1, :pdu_type, :u8, "type of the PDU"
    attr 2, :qfi, :u8, "id of the QoS flow"
  end
end

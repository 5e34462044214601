defmodule Linx.Netlink.Rtnl.LinkInfo.Can.CtrlmodeExt do
  @moduledoc """
  Modes that a CAN controller supports: `IFLA_CAN_CTRLMODE_*`.
  """

  use Linx.Netlink.Codec

  alias Linx.Netlink.Rtnl.LinkInfo.Can.Ctrlmode

  codec prefix: "IFLA_CAN_CTRLMODE_" do
    attr 1,
         :supported,
         {:flags, :u32, Ctrlmode.__modes__()},
         "modes that the controller supports",
         values: "CAN_CTRLMODE_"
  end
end
